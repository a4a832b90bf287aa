/** A request_delay longer than an attempt waits: each attempt gets one request through, and must keep its answer. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { memoryAfter } from '../../../activities/failures.js';
import { ExchangeError } from '../../../lib/errors.js';
import { exchangeTimeMs, observeSymbol } from '../../../lib/market/index.js';
import { startExchange, type RunningExchange } from '../../../simulator/index.js';
import { freshDir, marchParams, RECORDED, runKlines } from '../../simulator/run-klines.js';

const DELAY_MS = 30_000;
const realNow = Date.now;
let offsetMs = 0;
let exchange: RunningExchange;

beforeEach(async () => {
  offsetMs = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs);
  exchange = await startExchange({ recorded: RECORDED });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await exchange.close();
});

/** Attempts as Temporal makes them; each may be told to come back, eight times at most. */
async function attempts<R>(ask: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof ExchangeError) || thrown.code !== 'REQUEST_DELAYED' || attempt === 8)
        throw thrown;
      offsetMs += thrown.retryAfterMs!;
    }
  }
}

const optionsOf = (): Parameters<typeof observeSymbol>[0] => ({
  ...{ restUrl: exchange.url, archiveUrl: exchange.url, market: 'um', interval: '1m', symbol: 'BTCUSDT' },
  ...{ budgetDir: freshDir(), requestDelayMs: DELAY_MS },
});

it('lets the clock be read by one request', async () => {
  expect(Math.abs((await exchangeTimeMs(optionsOf())) - Date.now())).toBeLessThan(5000);
  expect(exchange.counters().requests).toEqual({ '/fapi/v1/exchangeInfo': 1 });
});

it('lets a symbol be observed, with no request made twice', async () => {
  const options = optionsOf();
  expect(await attempts(() => observeSymbol(options))).toMatchObject({ firstBarMs: Date.UTC(2023, 2) });
  expect(exchange.counters().requests).toMatchObject({ '/fapi/v1/exchangeInfo': 1, '/fapi/v1/klines': 2 });
});

it('lets an unknown symbol be told', async () => {
  const options = { ...optionsOf(), symbol: 'NOPEUSDT' };
  await expect(attempts(() => observeSymbol(options))).rejects.toMatchObject({ code: 'SYMBOL_UNKNOWN' });
});

it('lets a month with a hole be done', async () => {
  const [startMs, endMs] = [Date.UTC(2023, 2, 24, 12, 50), Date.UTC(2023, 2, 24, 13, 50)];
  const params = { startMs, endMs, monthlyArchive: false, requestDelayMs: DELAY_MS };
  const budgetDir = freshDir();
  const { quality } = await attempts(() => runKlines(marchParams(exchange.url, params), { budgetDir }));
  expect(quality).toMatchObject({ bars: 0, missing: 60 });
  // The hole twice, and twice what comes first after its start.
  expect(exchange.counters().requests['/fapi/v1/klines']).toBe(4);
});

it('does not hide that the exchange fails, however often it is asked', async () => {
  await exchange.close();
  exchange = await startExchange({ recorded: RECORDED, fault: ['5xx'] });
  const options = optionsOf();
  const ask = (): Promise<unknown> => exchangeTimeMs(options).catch((thrown: unknown) => thrown);
  const failure = await ask();
  expect(failure).toMatchObject({ code: 'EXCHANGE_UNAVAILABLE' });
  const unanswered = memoryAfter(failure, { unanswered: 1 });
  expect(unanswered).toEqual({ unanswered: 2 });
  const delayed = await ask();
  expect(delayed).toMatchObject({ code: 'REQUEST_DELAYED' });
  expect(memoryAfter(delayed, unanswered)).toMatchObject({ unanswered: 2 });
  const limited = new ExchangeError('EXCHANGE_RATE_LIMITED', { what: '', fix: '', retryAfterMs: 5 });
  expect(memoryAfter(limited, unanswered)).toEqual({ unanswered: 0 });
});
