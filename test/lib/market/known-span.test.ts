/** What a second observation of a symbol still asks the exchange. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { observeSymbol } from '../../../lib/market/index.js';
import { startExchange, type RunningExchange } from '../../../simulator/index.js';
import { freshDir, RECORDED } from '../../simulator/run-klines.js';

const SPAN = { firstBarMs: Date.UTC(2023, 2), lastBarMs: Date.UTC(2023, 4) - 60_000 };
const realNow = Date.now;
let exchange: RunningExchange;
let budgetDir: string;

beforeEach(async () => {
  exchange = await startExchange({ recorded: RECORDED });
  budgetDir = freshDir();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await exchange.close();
});

/** Requests for klines that observing to `neededEndMs` takes; the span it tells is always the whole one. */
async function requests(neededEndMs?: number): Promise<number> {
  const count = (): number => exchange.counters().requests['/fapi/v1/klines'] ?? 0;
  const before = count();
  const urls = { restUrl: exchange.url, archiveUrl: exchange.url };
  const what = { market: 'um', symbol: 'BTCUSDT', interval: '1m' } as const;
  expect(await observeSymbol({ ...urls, ...what, budgetDir, neededEndMs })).toMatchObject(SPAN);
  return count() - before;
}

it('is nothing where the bars were seen to reach what is needed, to the millisecond', async () => {
  const endMs = SPAN.lastBarMs + 60_000;
  expect(await requests(endMs)).toBe(2);
  expect(await requests(endMs)).toBe(0);
  expect(await requests(endMs + 1)).toBe(1);
  expect(await requests()).toBe(1);
});

it('is everything after a day, and where what was kept is torn', async () => {
  expect(await requests(0)).toBe(2);
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 24 * 3_600_000);
  expect(await requests(0)).toBe(2);
  const spans = path.join(budgetDir, 'spans');
  for (const name of fs.readdirSync(spans)) fs.truncateSync(path.join(spans, name), 10);
  expect(await requests(0)).toBe(2);
});
