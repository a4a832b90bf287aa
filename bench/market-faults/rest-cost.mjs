/**
 * What two symbols cost by REST alone: requests, weight and minutes. Six years computed for the real limit of 2,400 a
 * minute at each page size; a year of both symbols computed and, beside it, asked of the simulated exchange.
 * Waits that the budget asks for pass at once: both sides read one clock that jumps.
 *
 *   node bench/market-faults/rest-cost.mjs [months]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../pipeline-session.mjs';

const dist = (file) => import(path.join(ROOT, 'dist', file));
const { startExchange } = await dist('simulator/index.js');
const { klines } = await dist('activities/programs/klines.js');
const { MARKET_RULES, rangeWeight } = await dist('lib/market/markets.js');
const { allowanceOf } = await dist('lib/market/budget.js');

const MINUTE_MS = 60_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const YEAR = 2022;
const CEILING = 1500;
const allowance = allowanceOf(MARKET_RULES.um.weightLimit);
const realNow = Date.now;
let offsetMs = 0;
Date.now = () => realNow() + offsetMs;

function computedForSixYears() {
  const bars = (2 * (Date.UTC(2024, 0) - Date.UTC(2018, 0))) / MINUTE_MS;
  for (const limit of [99, 499, 1000, 1500]) {
    const requests = Math.ceil(bars / limit);
    const weight = requests * MARKET_RULES.um.klinesWeight(limit);
    const delayed = (requests * 0.3) / 60;
    console.log(
      `six years, limit ${limit}: ${requests} requests, weight ${weight}, ${(weight / allowance).toFixed(1)} min by weight at ${allowance} a minute, ${delayed.toFixed(1)} min by request_delay 0.3 s`,
    );
  }
}

/** One month by REST, again whenever the budget says to come back; answers its bars. */
async function download(exchange, budgetDir, { symbol, startMs, endMs }) {
  const outDir = mkdtempSync(path.join(tmpdir(), 'minute-alpha-out-'));
  const params = {
    ...{ restUrl: exchange.url, archiveUrl: exchange.url, market: 'um', symbol, interval: '1m' },
    ...{ month: new Date(startMs).toISOString().slice(0, 7), startMs, endMs },
    ...{ monthlyArchive: false, dailyArchives: [], requestDelayMs: 0, recheck: null },
    maxKlinesPerRequest: CEILING,
  };
  const host = { threads: 1, lightgbmLibrary: null, browserPath: null, budgetDir };
  const watch = { signal: new AbortController().signal, progress: () => undefined };
  for (;;) {
    try {
      const { facts } = await klines({ params, inputs: {}, outDir, host }, watch);
      rmSync(outDir, { recursive: true });
      return facts.bars;
    } catch (thrown) {
      if (typeof thrown.retryAfterMs !== 'number') throw thrown;
      offsetMs += thrown.retryAfterMs;
    }
  }
}

async function main(months) {
  computedForSixYears();
  const ranges = SYMBOLS.flatMap((symbol) =>
    Array.from({ length: months }, (_, month) => ({
      ...{ symbol, startMs: Date.UTC(YEAR, month), endMs: Date.UTC(YEAR, month + 1) },
    })),
  );
  const pages = ranges.map(({ startMs, endMs }) => (endMs - startMs) / MINUTE_MS);
  const { bestPageRows } = MARKET_RULES.um;
  const requests = pages.reduce((sum, bars) => sum + Math.ceil(bars / bestPageRows), 0);
  const weight = pages.reduce((sum, bars) => sum + rangeWeight(MARKET_RULES.um, bars, CEILING), 0);
  console.log(
    `${months} months x 2, computed: ${requests} pages, weight ${weight}, ${(weight / allowance).toFixed(1)} min by weight`,
  );
  const end = new Date(Date.UTC(YEAR, months)).toISOString().slice(0, 10);
  const exchange = await startExchange({
    model: 'martingale',
    symbols: SYMBOLS,
    start: `${YEAR}-01-01`,
    end,
  });
  const budgetDir = mkdtempSync(path.join(tmpdir(), 'minute-alpha-budget-'));
  let bars = 0;
  const [startedMs, realStartedMs] = [Date.now(), realNow()];
  for (const range of ranges) bars += await download(exchange, budgetDir, range);
  const minutes = (Date.now() - startedMs) / MINUTE_MS;
  const { requests: asked, highestWeight } = exchange.counters();
  console.log(
    `${months} months x 2, simulated: ${bars} bars, ${asked['/fapi/v1/klines']} pages, ${asked['/fapi/v1/exchangeInfo']} of exchangeInfo, ${minutes.toFixed(1)} min of the exchange's clock (${((realNow() - realStartedMs) / MINUTE_MS).toFixed(1)} of them on this machine), highest weight in a minute ${highestWeight}`,
  );
  await exchange.close();
  rmSync(budgetDir, { recursive: true });
}

await main(Number(process.argv[2] ?? 12));
