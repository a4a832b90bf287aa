/** The two ways a request is sent, directly and through a proxy of the environment: both keep every limit. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namesProxy } from '../../../activities/host/program-host.js';
import { httpGet } from '../../../lib/market/http.js';

const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
]);
const TEXT = 'open,high,low,close\n'.repeat(40);
const PACKERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };

const servers: http.Server[] = [];
let environment: Record<string, string | undefined> = {};

beforeEach(() => {
  environment = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, process.env[name]]));
  for (const name of PROXY_VARIABLES) Reflect.deleteProperty(process.env, name);
});

afterEach(() => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(answer: http.RequestListener): Promise<http.Server & { url: string }> {
  const server = http.createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const limits = { timeoutMs: 2000, maxBytes: 1000 };

/** Both ways to reach a server that answers with `answer`: at its own address, and as the proxy of another. */
const WAYS = {
  directly: async (answer: http.RequestListener) => (await serve(answer)).url,
  'through a proxy': async (answer: http.RequestListener) => {
    process.env.HTTP_PROXY = (await serve(answer)).url;
    return 'http://exchange.invalid';
  },
};

describe.each(Object.entries(WAYS))('%s', (_name, reach) => {
  it.each(Object.entries(PACKERS))('an answer packed as %s is unpacked', async (encoding, pack) => {
    const url = await reach((request, response) => {
      expect(request.headers['accept-encoding']).toMatch(/gzip.*br/);
      response.writeHead(200, { 'content-encoding': encoding, 'X-Case': 'kept' }).end(pack(TEXT));
    });
    const answer = await httpGet(`${url}/list`, limits);
    expect(answer.body.toString()).toBe(TEXT);
    expect(answer.headers['x-case']).toBe('kept');
  });

  it('the size is that of the unpacked answer', async () => {
    const url = await reach((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5000)));
    });
    await expect(httpGet(`${url}/x`, limits)).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
  });

  it('any status is an answer, and a redirect is not followed to another server', async () => {
    const url = await reach((request, response) => {
      const isAway = request.url?.endsWith('/away') ?? false;
      response.writeHead(isAway ? 302 : 418, isAway ? { location: 'http://other.invalid/' } : {}).end('no');
    });
    expect(await httpGet(`${url}/x`, limits)).toMatchObject({ status: 418, body: Buffer.from('no') });
    await expect(httpGet(`${url}/away`, limits)).rejects.toMatchObject({ code: 'FOREIGN_REDIRECT' });
  });

  it.each(['head', 'body'])(
    'a caller that aborts in the %s gets its reason, and the connection ends',
    async (part) => {
      const controller = new AbortController();
      let ended: Promise<unknown> = Promise.resolve();
      const url = await reach((request, response) => {
        ended = new Promise((resolve) => request.socket.once('close', resolve));
        if (part === 'body') response.write('half');
        setTimeout(() => controller.abort(new Error('enough')), 20);
      });
      await expect(httpGet(url, { ...limits, signal: controller.signal })).rejects.toThrow('enough');
      await ended;
    },
  );

  it.each(['head', 'body'])('silence in the %s ends the request', async (part) => {
    const url = await reach((_request, response) => void (part === 'body' && response.write('half')));
    await expect(httpGet(url, { ...limits, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'EXCHANGE_UNREACHABLE',
      details: { networkCode: 'ETIMEDOUT' },
    });
  });

  it.each(['head', 'body'])('a connection cut in the %s is told as such', async (part) => {
    const url = await reach((_request, response) => {
      if (part === 'head') response.socket?.resetAndDestroy();
      else response.write('half', () => response.socket?.resetAndDestroy());
    });
    await expect(httpGet(url, limits)).rejects.toMatchObject({
      what: expect.stringContaining('cut the connection') as string,
    });
  });

  it('one connection serves many requests, one after the other', async () => {
    const sockets = new Set<unknown>();
    const url = await reach((request, response) => {
      sockets.add(request.socket);
      response.end('yes');
    });
    for (let asked = 0; asked < 5; asked++) await httpGet(url, limits);
    expect(sockets.size).toBe(1);
  });
});

it('a packed answer that breaks off is not taken for a whole one', async () => {
  const url = await WAYS.directly((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(TEXT).subarray(0, 40));
  });
  await expect(httpGet(url, limits)).rejects.toMatchObject({
    code: 'EXCHANGE_UNREACHABLE',
    what: expect.stringContaining('packed its answer') as string,
  });
});

describe('proxies of the environment', () => {
  it('are asked for what is not on this machine, and for nothing that is', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = await serve((request, response) => {
      asked.push(request.url);
      response.end('by proxy');
    });
    const own = await serve((_request, response) => response.end('directly'));
    process.env.HTTP_PROXY = proxy.url;
    expect((await httpGet('http://exchange.invalid/a', limits)).body.toString()).toBe('by proxy');
    expect((await httpGet(`${own.url}/b`, limits)).body.toString()).toBe('directly');
    expect(asked).toEqual(['http://exchange.invalid/a']);
  });

  it.each(['http_proxy', 'HTTPS_PROXY', 'all_proxy'])('are seen in %s', (name) => {
    expect(namesProxy({ [name]: 'http://127.0.0.1:1' })).toBe(true);
    expect(namesProxy({ [name]: '', NO_PROXY: '*' })).toBe(false);
  });
});
