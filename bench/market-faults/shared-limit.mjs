/**
 * Two processes download by REST alone from one exchange with a small weight limit while a foreign program asks
 * the same exchange at a pace of its own, and stops as long as it is refused. The exchange counts: used weight must
 * never pass the limit, and no request may come during a ban.
 * All processes read a clock that runs twenty times as fast, so that a minute takes three seconds.
 *
 *   node bench/market-faults/shared-limit.mjs [weight limit]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../pipeline-session.mjs';

const SPEED = 20;
const realNow = Date.now;
/** From the true time on, so that files made a moment ago are not old. */
const originMs = process.argv[2] === 'work' ? Number(process.argv[6]) : realNow();
Date.now = () => originMs + (realNow() - originMs) * SPEED;
/** Timers run at true speed: ten seconds of the fast clock. */
const TIMEOUT_MS = 10_000 * SPEED;

const RECORDED = path.join(ROOT, 'simulator/recorded');
const dist = (file) => import(path.join(ROOT, 'dist', file));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One month by REST, again whenever the exchange or the budget says to come back. */
async function work(url, budgetDir, symbol) {
  const { klines } = await dist('activities/programs/klines.js');
  const outDir = mkdtempSync(path.join(tmpdir(), 'minute-alpha-shared-'));
  const params = {
    ...{ restUrl: url, archiveUrl: url, market: 'um', symbol, interval: '1m', month: '2023-04' },
    ...{ startMs: Date.UTC(2023, 3), endMs: Date.UTC(2023, 4), monthlyArchive: false, dailyArchives: [] },
    ...{ requestDelayMs: 0, maxKlinesPerRequest: 1500, recheck: null },
  };
  const host = { threads: 1, lightgbmLibrary: null, browserPath: null, budgetDir, restTimeoutMs: TIMEOUT_MS };
  for (;;) {
    try {
      const watch = { signal: new AbortController().signal, progress: () => undefined };
      const { facts } = await klines({ params, inputs: {}, outDir, host }, watch);
      rmSync(outDir, { recursive: true });
      return facts.bars;
    } catch (thrown) {
      if (typeof thrown.retryAfterMs !== 'number') throw thrown;
      await pause(thrown.retryAfterMs / SPEED);
    }
  }
}

async function main(weightLimit) {
  const { startExchange } = await dist('simulator/index.js');
  const exchange = await startExchange({ recorded: RECORDED, weightLimit });
  const budgetDir = mkdtempSync(path.join(tmpdir(), 'minute-alpha-budget-'));
  let over = false;
  let [foreign, refused] = [0, 0];
  // A sixth of the limit, in bursts of three.
  const others = (async () => {
    while (!over) {
      for (let request = 0; request < 3; request++, foreign++) {
        const answer = await fetch(`${exchange.url}/fapi/v1/ping`);
        if (answer.status === 200) continue;
        refused++;
        await pause((Number(answer.headers.get('retry-after')) * 1000) / SPEED);
      }
      await pause((60_000 / SPEED / (weightLimit / 6)) * 3);
    }
  })();
  const workers = ['BTCUSDT', 'ETHUSDT'].map((symbol) =>
    fork(fileURLToPath(import.meta.url), ['work', exchange.url, budgetDir, symbol, String(originMs)]),
  );
  const ends = await Promise.all(workers.map((child) => once(child, 'exit')));
  over = true;
  await others;
  const { highestWeight, requestsDuringBan, bansGiven, requests } = exchange.counters();
  await exchange.close();
  rmSync(budgetDir, { recursive: true, force: true });
  console.log(
    `limit ${weightLimit}: two workers ended with ${ends.map(([code]) => code).join(' and ')}, ${requests['/fapi/v1/klines']} pages, ${foreign} foreign requests, ${refused} refused; highest weight in a minute ${highestWeight}, bans ${bansGiven}, requests during a ban ${requestsDuringBan}`,
  );
  if (highestWeight > weightLimit || requestsDuringBan > 0 || ends.some(([code]) => code !== 0))
    process.exitCode = 1;
}

if (process.argv[2] === 'work') {
  await work(...process.argv.slice(3));
  process.exit();
}
await main(Number(process.argv[2] ?? 240));
