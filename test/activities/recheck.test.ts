/** Which stored months `--recheck` asks for again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recheck } from '../../activities/recheck.js';
import type { Storage } from '../../lib/store/index.js';
import { startExchange, type RunningExchange } from '../../simulator/index.js';
import { firstDifference, freshDir, marchParams, RECORDED, runKlines } from '../simulator/run-klines.js';

let exchange: RunningExchange;
beforeEach(async () => {
  exchange = await startExchange({ recorded: RECORDED });
});
afterEach(() => exchange.close());

/** A store with one month of BTCUSDT, whose archive had another hash when it was downloaded. */
function storeWith(params: object): Storage {
  const record = {
    outputs: [{ digest: 'sha256:bars' }],
    facts: {
      archives: { 'BTCUSDT-1m-2023-03.zip': '0'.repeat(64) },
      ...{ missing: 0, sources: { rest: 0 }, archiveProblems: [] },
    },
  };
  const parts: Partial<Record<keyof Storage, unknown>> = {
    async *newestRuns() {
      await Promise.resolve();
      yield { nodes: { 'klines/BTCUSDT/2023-03': { stage: 'klines', key: 'k' } } };
    },
    lookup: () => Promise.resolve({ state: 'hit', record }),
    readPreimage: () => Promise.resolve({ params }),
    readMark: () => Promise.resolve(null),
  };
  return parts as unknown as Storage;
}

async function rechecked(endMs: number, nowMs: number): ReturnType<typeof recheck> {
  const params = marchParams(exchange.url, { endMs });
  const { restUrl, archiveUrl, market, interval } = params;
  const observed = { symbol: 'BTCUSDT', firstBarMs: params.startMs, lastBarMs: nowMs - 60_000 };
  return recheck(
    storeWith(params),
    { restUrl, archiveUrl, market, interval, budgetDir: freshDir() },
    { symbols: [{ ...observed, monthlyArchives: ['2023-03'], dailyArchives: [] }], nowMs },
  );
}

it('a whole month with another hash', async () => {
  const found = await rechecked(Date.UTC(2023, 3), Date.UTC(2023, 5));
  expect(found['BTCUSDT/2023-03']).toMatchObject({
    previous: { digest: 'sha256:bars', startMs: Date.UTC(2023, 2), endMs: Date.UTC(2023, 3) },
  });
  expect(found['BTCUSDT/2023-03']!.mark).toMatch(/^archive /);
});

it('also a month that end_date cuts', async () => {
  const found = await rechecked(Date.UTC(2023, 2, 20), Date.UTC(2023, 5));
  expect(found['BTCUSDT/2023-03']?.mark).toMatch(/^archive /);
});

it('not a month that is not over', async () => {
  expect(await rechecked(Date.UTC(2023, 2, 20), Date.UTC(2023, 2, 20, 5))).toEqual({});
});

it('rows that an earlier end_date leaves out are not told as removed', async () => {
  const whole = await runKlines(marchParams(exchange.url));
  const params = marchParams(exchange.url, { endMs: Date.UTC(2023, 2, 20), recheck: 'archive 1' });
  const cut = await runKlines(params, { previous: whole.barsPath });
  expect(firstDifference(whole.bars, cut.bars)).not.toBeNull();
  expect(cut.result.facts.restated).toEqual({ changedRows: 0, addedRows: 0, removedRows: 0 });
});

it('days that a later end_date adds are not told as added, other rows are', async () => {
  const [startMs, endMs] = [Date.UTC(2023, 2), Date.UTC(2023, 2, 20)];
  const cut = await runKlines(marchParams(exchange.url, { endMs }));
  const params = marchParams(exchange.url, { recheck: 'archive 1' });
  const before = { previous: cut.barsPath };
  const whole = await runKlines({ ...params, previous: { startMs, endMs } }, before);
  expect(whole.bars.length).toBeGreaterThan(cut.bars.length);
  expect(whole.result.facts.restated).toEqual({ changedRows: 0, addedRows: 0, removedRows: 0 });
  // What was asked for before and was not there then is new.
  const asked = await runKlines({ ...params, previous: { startMs, endMs: endMs + 86_400_000 } }, before);
  expect(asked.result.facts.restated).toMatchObject({ changedRows: 0, addedRows: 1440, removedRows: 0 });
});
