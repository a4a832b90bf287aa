/** Answers that are damaged where it matters: a refusal that is cut, a head that lies or switches protocols. */
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ArchiveClient } from '../../../lib/market/archive.js';
import { blockOf } from '../../../lib/market/answer-errors.js';
import { httpGet } from '../../../lib/market/http.js';
import { RestClient } from '../../../lib/market/rest.js';
import { freshDir } from '../../simulator/run-klines.js';

const MINUTE_MS = 60_000;
const servers: (net.Server | http.Server)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: net.Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that sends these bytes to each request, then ends the connection or leaves it as it is. */
function serveBytes(bytes: Buffer, { leavesOpen = false } = {}): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => (leavesOpen ? socket.write(bytes) : socket.end(bytes)));
    server.once('close', () => socket.destroy());
  });
  return listen(server);
}

const head = (status: string, ...headers: string[]): Buffer =>
  Buffer.from([`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n'));

const json = Buffer.from('{"code":-1003,"msg":"Way too many requests"}');
const REFUSALS: readonly (readonly [string, Buffer, boolean])[] = [
  ['is cut', Buffer.concat([head('418 X', 'Retry-After: 300', 'Content-Length: 500'), json]), false],
  ['stalls', Buffer.concat([head('418 X', 'Retry-After: 300', 'Content-Length: 500'), json]), true],
  [
    'is cut in a chunk',
    Buffer.concat([
      head('429 X', 'Retry-After: 300', 'Transfer-Encoding: chunked'),
      Buffer.from('ff\r\nabc'),
    ]),
    false,
  ],
  [
    'says it is packed and is not',
    Buffer.concat([
      head('418 X', 'Retry-After: 300', 'Content-Encoding: gzip', `Content-Length: ${json.length}`),
      json,
    ]),
    false,
  ],
  [
    'is packed and empty',
    head('418 X', 'Retry-After: 300', 'Content-Encoding: gzip', 'Content-Length: 0'),
    false,
  ],
  [
    'is a large web page',
    Buffer.concat([head('429 X', 'Retry-After: 300', 'Content-Length: 200000'), Buffer.alloc(200_000, 'x')]),
    false,
  ],
];

describe('a refusal whose text', () => {
  it.each(REFUSALS)('%s counts, for REST and archive', async (_what, bytes, leavesOpen) => {
    const url = await serveBytes(bytes, { leavesOpen });
    const rest = new RestClient({ restUrl: url, market: 'um', budgetDir: freshDir(), requestDelayMs: 0 });
    const refused = { code: 'EXCHANGE_RATE_LIMITED' };
    const failure: unknown = await rest.exchangeInfo().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject(refused);
    expect((failure as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(240_000);
    const names = { market: 'um', symbol: 'BTCUSDT', interval: '1m' } as const;
    const archive = new ArchiveClient({ ...names, archiveUrl: url, budgetDir: freshDir() });
    await expect(archive.klines('monthly', '2023-03', () => undefined)).rejects.toMatchObject(refused);
    // Noted: nothing is sent any more.
    for (const server of servers.splice(0)) server.close();
    await expect(archive.list('daily')).rejects.toMatchObject(refused);
  });
});

it('a CHECKSUM that is not there is not there, however long the page that says so', async () => {
  const server = http.createServer((request, response) => {
    if (request.url!.endsWith('.CHECKSUM')) response.writeHead(404).end('x'.repeat(6000));
    else response.end(Buffer.alloc(100));
  });
  const names = { market: 'um', symbol: 'BTCUSDT', interval: '1m' } as const;
  const archive = new ArchiveClient({ ...names, archiveUrl: await listen(server), budgetDir: freshDir() });
  const { sha256, problems } = await archive.klines('monthly', '2023-03', () => undefined);
  expect(sha256).toBeNull();
  expect(problems[0]!.problem).toContain('without a CHECKSUM file (404)');
});

describe('a head', () => {
  const limits = { timeoutMs: 2000, maxBytes: 1000, hasProxy: false };

  it('that switches protocols is a failure, at once', async () => {
    const url = await serveBytes(head('101 Switching', 'Upgrade: h2c', 'Connection: Upgrade'), {
      leavesOpen: true,
    });
    const before = performance.now();
    await expect(httpGet(`${url}/x`, limits)).rejects.toMatchObject({ code: 'EXCHANGE_UNREACHABLE' });
    expect(performance.now() - before).toBeLessThan(limits.timeoutMs);
  });

  it.each(['constructor', '__proto__', 'compress'])(
    'of the encoding %s gives the bytes as they are',
    async (name) => {
      const url = await serveBytes(
        Buffer.concat([head('200 X', `Content-Encoding: ${name}`, 'Content-Length: 2'), Buffer.from('[]')]),
      );
      expect((await httpGet(`${url}/x`, limits)).body.toString()).toBe('[]');
    },
  );

  it('does not ask for an encoding that servers do not agree on', async () => {
    const server = http.createServer((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(String(request.headers['accept-encoding'])));
    });
    expect((await httpGet(await listen(server), limits)).body.toString()).toBe('gzip, br');
  });
});

describe('a Date that cannot be right', () => {
  const openMs = Date.UTC(2023, 2, 25);
  const row = (minute: number): unknown[] => {
    const at = openMs + minute * MINUTE_MS;
    return [at, '1', '1', '1', '1', '1', at + MINUTE_MS - 1, '1', 1, '1', '1', '0'];
  };

  async function klinesAt(date: string, endMs?: number): Promise<unknown> {
    const info = { symbols: [], rateLimits: [], serverTime: Date.now() };
    const server = http.createServer((request, response) => {
      response.sendDate = false;
      response.setHeader('date', date);
      const body = request.url!.includes('exchangeInfo') ? info : [row(0), row(1), row(2)];
      response.end(JSON.stringify(body));
    });
    const rest = new RestClient({
      restUrl: await listen(server),
      market: 'um',
      budgetDir: freshDir(),
      requestDelayMs: 0,
    });
    const query = { symbol: 'BTCUSDT', interval: '1m', startMs: openMs, limit: 3 } as const;
    return rest.klines(endMs === undefined ? query : { ...query, endMs }).then(
      ({ length }) => length,
      (thrown: unknown) => (thrown as Error).message,
    );
  }

  it('takes no bars: it is told', async () => {
    const told = /the clock in its head, .*, is before the end of/;
    expect(await klinesAt('Thu, 01 Jan 1970 00:00:10 GMT', openMs + 3 * MINUTE_MS)).toMatch(told);
    expect(await klinesAt('Sat, 25 Mar 2023 00:02:30 GMT', openMs + 3 * MINUTE_MS)).toMatch(told);
    expect(await klinesAt('Sat, 25 Mar 2023 00:01:30 GMT')).toMatch(told);
  });

  it('is right where only the last bar of a time that goes on is open', async () => {
    expect(await klinesAt('Sat, 25 Mar 2023 00:02:30 GMT')).toBe(2);
    expect(await klinesAt('Sat, 25 Mar 2023 00:03:00 GMT', openMs + 3 * MINUTE_MS)).toBe(3);
  });
});

it('Retry-After may be a date, in the clock of the exchange', () => {
  const nowMs = Date.UTC(2026, 0, 1, 12, 0, 1);
  const headersAt = (dateMs: number): Record<string, string> => ({
    date: new Date(dateMs).toUTCString(),
    'retry-after': new Date(dateMs + 10 * MINUTE_MS).toUTCString(),
  });
  for (const dateMs of [nowMs, nowMs - 86_400_000]) {
    const { untilMs } = blockOf({ status: 429, headers: headersAt(dateMs), body: Buffer.alloc(0) }, nowMs);
    expect(untilMs - nowMs).toBe(10 * MINUTE_MS);
  }
});
