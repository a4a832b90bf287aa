/** What a second observation of a symbol still asks the exchange. */
import { createHash } from 'node:crypto';
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

const WHAT = { market: 'um', symbol: 'BTCUSDT', interval: '1m' } as const;

/** Requests for klines that observing to `neededEndMs` takes; the span it tells is always the whole one. */
async function requests(neededEndMs?: number, isRecheck = false): Promise<number> {
  const count = (): number => exchange.counters().requests['/fapi/v1/klines'] ?? 0;
  const before = count();
  const urls = { restUrl: exchange.url, archiveUrl: exchange.url };
  const options = { ...urls, ...WHAT, budgetDir, neededEndMs, isRecheck };
  expect(await observeSymbol(options)).toMatchObject(SPAN);
  return count() - before;
}

it('is nothing where the bars were seen to reach what is needed, to the millisecond', async () => {
  const endMs = SPAN.lastBarMs + 60_000;
  expect(await requests(endMs)).toBe(2);
  expect(await requests(endMs)).toBe(0);
  expect(await requests(endMs + 1)).toBe(1);
  expect(await requests()).toBe(1);
});

it('is everything after a day, in a recheck, and where what was kept is torn or no span', async () => {
  expect(await requests(0)).toBe(2);
  expect(await requests(0)).toBe(0);
  expect(await requests(0, true)).toBe(2);
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 24 * 3_600_000);
  expect(await requests(0)).toBe(2);
  const spans = path.join(budgetDir, 'spans');
  for (const name of fs.readdirSync(spans)) fs.truncateSync(path.join(spans, name), 10);
  expect(await requests(0)).toBe(2);
  for (const name of fs.readdirSync(spans)) {
    const text = JSON.stringify({
      firstBarMs: 1e300,
      firstToldMs: Date.now(),
      firstArchive: '2023-03',
      lastBarMs: null,
    });
    fs.writeFileSync(path.join(spans, name), text);
  }
  expect(await requests(0)).toBe(2);
});

it('is the first bar again where the archive begins with another month than before', async () => {
  expect(await requests(0)).toBe(2);
  const late = await startExchange({
    ...{ model: 'martingale', symbols: ['BTCUSDT'] },
    ...{ start: '2023-02-10', end: '2023-05-01' },
  });
  try {
    const options = { restUrl: exchange.url, archiveUrl: late.url, ...WHAT, budgetDir, neededEndMs: 0 };
    expect(await observeSymbol(options)).toMatchObject(SPAN);
    expect(exchange.counters().requests['/fapi/v1/klines']).toBe(4);
  } finally {
    await late.close();
  }
});

it('is kept of a symbol that REST has forgotten since', async () => {
  const market = { model: 'martingale', start: '2023-03-15', end: '2023-05-01' } as const;
  const listed = await startExchange({ ...market, symbols: ['BTCUSDT'] });
  const other = await startExchange({ ...market, symbols: ['OTHERUSDT'] });
  const firstBarMs = Date.UTC(2023, 2, 15);
  const options = { restUrl: listed.url, archiveUrl: listed.url, ...WHAT, budgetDir };
  try {
    expect(await observeSymbol(options)).toMatchObject({ firstBarMs });
    const spans = path.join(budgetDir, 'spans');
    const [told] = fs.readdirSync(spans);
    const fresh = { ...options, restUrl: other.url };
    // The archive's name alone tells the start of its month.
    expect(await observeSymbol(fresh)).toMatchObject({ firstBarMs: Date.UTC(2023, 2) });
    const text = fs.readFileSync(path.join(spans, told!));
    const identity = JSON.stringify([other.url, 'um', 'BTCUSDT', '1m']);
    const name = createHash('sha256').update(identity).digest('hex').slice(0, 32);
    fs.writeFileSync(path.join(spans, `${name}.json`), text);
    expect(await observeSymbol(fresh)).toMatchObject({ firstBarMs });
  } finally {
    await listed.close();
    await other.close();
  }
});
