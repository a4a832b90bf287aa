/** What a server or a proxy between may do to a request, over real HTTP. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { httpGet } from '../../../lib/market/http.js';
import { startExchange } from '../../../simulator/index.js';
import { RECORDED } from '../../simulator/run-klines.js';

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const limits = { timeoutMs: 2000, maxBytes: 1000 };

describe('redirects', () => {
  it('to another server are refused, and nothing is asked there', async () => {
    let asked = 0;
    const other = await serve((_request, response) => {
      asked++;
      response.end('secret');
    });
    const url = await serve((_request, response) => response.writeHead(302, { location: other }).end());
    await expect(httpGet(`${url}/fapi/v1/time`, limits)).rejects.toMatchObject({
      code: 'FOREIGN_REDIRECT',
      message: expect.stringContaining('binance_base_url') as string,
    });
    expect(asked).toBe(0);
  });

  it('on the same server are followed, a few times', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/b') response.end('here');
      else response.writeHead(301, { location: request.url === '/a' ? '/b' : '/loop' }).end();
    });
    expect((await httpGet(`${url}/a`, limits)).body.toString()).toBe('here');
    await expect(httpGet(`${url}/loop`, limits)).rejects.toThrow(/redirects without end/);
  });
});

it('an answer larger than expected is refused before it is read', async () => {
  const url = await serve((_request, response) => response.end(Buffer.alloc(5000)));
  await expect(httpGet(`${url}/x.zip`, limits)).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
});

describe('a slow answer', () => {
  const zip = 'data/futures/um/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2023-03.zip';
  const MOST_BYTES = 2 ** 26;

  it('that keeps coming is waited for, longer than four silences', async () => {
    const exchange = await startExchange({ recorded: RECORDED, fault: ['slow@1'] });
    servers.push(exchange);
    const startedMs = performance.now();
    // 20 parts in a second.
    const { body } = await httpGet(`${exchange.url}/${zip}`, { timeoutMs: 200, maxBytes: MOST_BYTES });
    expect(performance.now() - startedMs).toBeGreaterThan(4 * 200);
    const whole = await httpGet(`${exchange.url}/${zip}`, { timeoutMs: 5000, maxBytes: MOST_BYTES });
    expect(body.equals(whole.body)).toBe(true);
  });

  it('that stops coming is given up', async () => {
    const exchange = await startExchange({ recorded: RECORDED, fault: ['stalled'] });
    servers.push(exchange);
    const asked = httpGet(`${exchange.url}/${zip}`, { timeoutMs: 200, maxBytes: MOST_BYTES });
    await expect(asked).rejects.toMatchObject({
      code: 'EXCHANGE_UNREACHABLE',
      what: expect.stringContaining('did not answer in time') as string,
    });
  });

  it('of a byte now and then is given up, though it never stops', async () => {
    const url = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(timer));
    });
    await expect(httpGet(`${url}/x.zip`, { ...limits, timeoutMs: 100 })).rejects.toMatchObject({
      details: { networkCode: 'ETIMEDOUT' },
    });
  });

  it('is read before it is given up, where this thread was busy', async () => {
    const url = await serve((_request, response) => {
      response.write('half, ');
      setTimeout(() => response.end('whole'), 20);
    });
    const asked = httpGet(`${url}/x.zip`, { ...limits, timeoutMs: 60 });
    setTimeout(() => {
      const untilMs = performance.now() + 150;
      while (performance.now() < untilMs);
    }, 15);
    expect((await asked).body.toString()).toBe('half, whole');
  });
});

it('a TLS handshake that fails says what to look at', async () => {
  const url = await serve((_request, response) => response.end());
  const plain = await httpGet(url.replace('http:', 'https:'), limits).catch((thrown: unknown) => thrown);
  expect(plain).toMatchObject({
    code: 'EXCHANGE_UNREACHABLE',
    message: expect.stringMatching(/TLS/) as string,
  });
  const server = tls.createServer((socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const broken = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(httpGet(broken, limits)).rejects.toMatchObject({ code: 'EXCHANGE_UNREACHABLE' });
});

it('a caller that aborts gets its own reason', async () => {
  const url = await serve(() => undefined);
  const controller = new AbortController();
  const asked = httpGet(url, { ...limits, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
});
