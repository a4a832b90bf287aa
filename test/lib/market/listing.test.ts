/** The list of an archive: pages in order, and refusals that are remembered. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OriginBlocks } from '../../../lib/market/budget-state.js';
import { observeSymbol } from '../../../lib/market/index.js';
import { listKeys, parseListing } from '../../../lib/market/listing.js';
import { startExchange } from '../../../simulator/index.js';
import { freshDir, RECORDED } from '../../simulator/run-klines.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface ListingAnswer {
  readonly status?: number;
  readonly body: string;
  readonly retryAfter?: string;
}

/** An archive that answers what `answer` says; tells what it was asked. */
async function archive(
  answer: (query: URLSearchParams, request: number) => ListingAnswer | Promise<ListingAnswer>,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url!);
    const query = new URL(request.url!, 'http://archive').searchParams;
    void Promise.resolve(answer(query, asked.length)).then(({ status = 200, body, retryAfter }) =>
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end(body),
    );
  });
  closers.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function listing(keys: readonly string[], next: string | null = null): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
  const more = next === null ? '' : `<NextMarker>${next}</NextMarker>`;
  return `<ListBucketResult xmlns="x"><IsTruncated>${next !== null}</IsTruncated>${more}${contents}</ListBucketResult>`;
}

const optionsOf = (url: string, budgetDir = freshDir()): Parameters<typeof listKeys>[0] => ({
  archiveUrl: url,
  blocks: new OriginBlocks(budgetDir, url),
  timeoutMs: 2000,
});

it('goes through all pages, marker by marker', async () => {
  const { url, asked } = await archive((query) => ({
    body: query.get('marker') === 'a/2' ? listing(['a/3']) : listing(['a/1', 'a/2'], 'a/2'),
  }));
  expect(await listKeys(optionsOf(url), 'a/')).toEqual(['a/1', 'a/2', 'a/3']);
  expect(asked).toHaveLength(2);
});

it('ends with an error where pages do not advance', async () => {
  const { url } = await archive(() => ({ body: listing(['a/1'], 'a/1') }));
  await expect(listKeys(optionsOf(url), 'a/')).rejects.toMatchObject({ code: 'LISTING_UNREADABLE' });
});

describe('the XML', () => {
  it('has entities in its names', () => {
    const { keys, nextMarker } = parseListing(
      listing(['a&amp;lt;b', '&lt;&#39;&quot;&gt;'], 'a&amp;b'),
      'http://x',
    );
    expect(keys).toEqual(['a&lt;b', `<'">`]);
    expect(nextMarker).toBe('a&b');
  });

  it('names the last key as marker where it names none', () => {
    const xml = listing(['a', 'b'], 'z').replace(/<NextMarker>.*<\/NextMarker>/, '');
    expect(parseListing(xml, 'http://x').nextMarker).toBe('b');
  });

  it.each(['<html></html>', listing(['a']).slice(0, -5), ''])('is refused when it is none: %s', (xml) => {
    expect(() => parseListing(xml, 'http://x')).toThrow(/cannot be listed/);
  });
});

describe.each([429, 418])('%i', (status) => {
  const refused = { status, retryAfter: '120', body: '{"code":-1003,"msg":"Way too many requests"}' };

  it('is waited for, and remembered by whoever asks next', async () => {
    const { url, asked } = await archive(() => refused);
    const exchange = await startExchange({ recorded: RECORDED });
    closers.push(() => exchange.close());
    const options = { restUrl: exchange.url, archiveUrl: url, market: 'um' as const, budgetDir: freshDir() };
    for (let attempt = 0; attempt < 2; attempt++) {
      const observed = observeSymbol({ ...options, symbol: 'BTCUSDT', interval: '1m' });
      const thrown: unknown = await observed.catch((error: unknown) => error);
      expect(thrown).toMatchObject({ name: 'ExchangeError', code: 'EXCHANGE_RATE_LIMITED' });
      expect((thrown as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(100_000);
    }
    expect(asked).toHaveLength(1);
  });

  it('stops before the next page and before a second try', async () => {
    const budgetDir = freshDir();
    const { url, asked } = await archive((_query, request) =>
      request === 1 ? { body: listing(['a/1'], 'a/1') } : refused,
    );
    await expect(listKeys(optionsOf(url, budgetDir), 'a/')).rejects.toMatchObject({
      code: 'EXCHANGE_RATE_LIMITED',
    });
    expect(asked).toHaveLength(2);
    const block = { kind: 'banned' as const, untilMs: Date.now() + 60_000 };
    const later = await archive(async (_query, request) => {
      // Another activity hears of a ban while this one is on its first page, or about to try again.
      await new OriginBlocks(budgetDir, later.url).note(block);
      return status === 418 ? { body: listing(['a/1'], `a/${request}`) } : { status: 503, body: '' };
    });
    await expect(listKeys(optionsOf(later.url, budgetDir), 'a/')).rejects.toMatchObject({
      code: 'EXCHANGE_RATE_LIMITED',
    });
    expect(later.asked).toHaveLength(1);
  });
});

it('the simulator refuses and counts requests to archives and their list during a ban', async () => {
  const exchange = await startExchange({ recorded: RECORDED, fault: ['418@1'] });
  closers.push(() => exchange.close());
  const zip = 'data/futures/um/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2023-03.zip';
  expect((await fetch(`${exchange.url}/${zip}.CHECKSUM`)).status).toBe(200);
  expect((await fetch(`${exchange.url}/fapi/v1/ping`)).status).toBe(418);
  for (const path of ['?prefix=data/', `${zip}.CHECKSUM`]) {
    expect((await fetch(`${exchange.url}/${path}`)).status).toBe(418);
  }
  expect(exchange.counters().requestsDuringBan).toBe(2);
});
