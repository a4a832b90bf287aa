/**
 * What six years of two symbols cost by REST alone: requests, weight and minutes at each page size, computed for
 * the real limit of 2,400 a minute; and one month of it measured against the simulated exchange.
 *
 *   node bench/market-faults/rest-cost.mjs
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../pipeline-session.mjs';

const dist = (file) => import(path.join(ROOT, 'dist', file));
const { startExchange } = await dist('simulator/index.js');
const { klines } = await dist('activities/programs/klines.js');
const { MARKET_RULES } = await dist('lib/market/markets.js');
const { allowanceOf } = await dist('lib/market/budget.js');

const BARS = (2 * (Date.UTC(2024, 0) - Date.UTC(2018, 0))) / 60_000;
const allowance = allowanceOf(MARKET_RULES.um.weightLimit);

for (const limit of [99, 499, 1000, 1500]) {
  const requests = Math.ceil(BARS / limit);
  const weight = requests * MARKET_RULES.um.klinesWeight(limit);
  const delayed = (requests * 0.3) / 60;
  console.log(
    `limit ${limit}: ${requests} requests, weight ${weight}, ${(weight / allowance).toFixed(1)} min by weight at ${allowance} a minute, ${delayed.toFixed(1)} min by request_delay 0.3 s`,
  );
}

const exchange = await startExchange({
  model: 'martingale',
  symbols: ['BTCUSDT'],
  start: '2023-03-01',
  end: '2023-04-01',
});
for (const ceiling of [1500, 99]) {
  const folders = ['out', 'budget'].map((name) => mkdtempSync(path.join(tmpdir(), `minute-alpha-${name}-`)));
  const before = exchange.counters().requests['/fapi/v1/klines'] ?? 0;
  const month = { month: '2023-03', startMs: Date.UTC(2023, 2), endMs: Date.UTC(2023, 3) };
  const params = {
    ...{ restUrl: exchange.url, archiveUrl: exchange.url, market: 'um', symbol: 'BTCUSDT', interval: '1m' },
    ...{ ...month, monthlyArchive: false, dailyArchives: [], requestDelayMs: 0, recheck: null },
    maxKlinesPerRequest: ceiling,
  };
  const host = { threads: 1, lightgbmLibrary: null, browserPath: null, budgetDir: folders[1] };
  const started = performance.now();
  const { facts } = await klines(
    { params, inputs: {}, outDir: folders[0], host },
    { signal: new AbortController().signal, progress: () => undefined },
  );
  const requests = exchange.counters().requests['/fapi/v1/klines'] - before;
  console.log(
    `simulated month, ceiling ${ceiling}: ${facts.bars} bars, ${requests} requests, weight ${facts.weightUsed}, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
await exchange.close();
