/**
 * Downloads four days of recorded bars from an exchange with faults, by a monthly zip, by daily zips and by REST
 * alone: each fault alone, then random mixtures of two to six. Every result must equal the truth or end with a typed error; no request may come during a ban.
 * Waits that the exchange asks for pass at once: both sides read one clock that jumps.
 *
 *   node bench/market-faults/measure.mjs [mixtures] [seed]
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../pipeline-session.mjs';
import { dailyZips } from './daily-zips.mjs';

const RECORDED = path.join(ROOT, 'simulator/recorded');
const STEM = 'BTCUSDT-1m-2023-03';
const DAYS = ['2023-03-22', '2023-03-23', '2023-03-24', '2023-03-25'];
const RANGE = { startMs: Date.UTC(2023, 2, 22), endMs: Date.UTC(2023, 2, 26) };
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MOST_ATTEMPTS = 80;
const dist = (file) => import(path.join(ROOT, 'dist', file));
const { startExchange } = await dist('simulator/index.js');
const { FAULTS } = await dist('simulator/faults/registry.js');
const { klines } = await dist('activities/programs/klines.js');
const { barsFromTable } = await dist('lib/bars/bar-file.js');
const { BAR_COLUMNS } = await dist('lib/bars/bar-table.js');
const { readTable } = await dist('lib/store/parquet.js');
const { ExchangeError, PipelineError } = await dist('lib/errors.js');

/** A folder with the daily zips of the range. */
function dailyFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-daily-'));
  const monthly = readFileSync(path.join(RECORDED, `futures/um/monthly/klines/BTCUSDT/1m/${STEM}.zip`));
  for (const [name, zip] of dailyZips(monthly, STEM, DAYS)) writeFileSync(path.join(folder, name), zip);
  return folder;
}

/** What the exchange has, and what the listing shows of it. */
const SOURCES = {
  monthly: { recorded: RECORDED, files: { monthlyArchive: true, dailyArchives: [] } },
  daily: { recorded: dailyFolder(), files: { monthlyArchive: false, dailyArchives: DAYS } },
  rest: { recorded: RECORDED, files: { monthlyArchive: false, dailyArchives: [] } },
};

const realNow = Date.now;
let offsetMs = 0;
Date.now = () => realNow() + offsetMs;

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function attempt(url, files, budgetDir) {
  const outDir = mkdtempSync(path.join(tmpdir(), 'minute-alpha-faults-'));
  const params = {
    ...{ restUrl: url, archiveUrl: url, market: 'um', symbol: 'BTCUSDT', interval: '1m', month: '2023-03' },
    ...{ ...RANGE, ...files, requestDelayMs: 0, maxKlinesPerRequest: 1500 },
    recheck: null,
  };
  const host = { threads: 1, lightgbmLibrary: null, browserPath: null, budgetDir };
  const job = {
    params,
    inputs: {},
    outDir,
    // Long enough for a file that the exchange packs anew, in this same process.
    host: { ...host, restTimeoutMs: 1500, archiveTimeoutMs: 1500 },
  };
  try {
    await klines(job, { signal: new AbortController().signal, progress: () => undefined });
    const file = path.join(outDir, 'bars.parquet');
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    return { digest, bars: barsFromTable(await readTable({ path: file })) };
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** The bars at last and their file's digest, or the code of the typed error; anything else is thrown. */
async function download(url, files) {
  const budgetDir = mkdtempSync(path.join(tmpdir(), 'minute-alpha-budget-'));
  try {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt(url, files, budgetDir);
      } catch (thrown) {
        if (!(thrown instanceof PipelineError)) throw thrown;
        if (!(thrown instanceof ExchangeError) || attempts === MOST_ATTEMPTS) return thrown.code;
        offsetMs += thrown.retryAfterMs ?? 1000;
      }
    }
  } finally {
    rmSync(budgetDir, { recursive: true, force: true });
  }
}

async function tryFaults(fault, { seed, source, weightLimit }) {
  const { recorded, files } = SOURCES[source];
  // Files made now are not old in the first hours of this clock.
  offsetMs = 0;
  const exchange = await startExchange({ recorded, fault, seed, weightLimit });
  try {
    return { end: await download(exchange.url, files), counters: exchange.counters() };
  } finally {
    await exchange.close();
  }
}

const totals = { runs: 0, truth: 0, typedErrors: 0, wrong: 0, requestsDuringBan: 0, overLimit: 0, faults: 0 };

const RESTATED_ROWS = 10;
const RESTATED = ['volume', 'quoteVolume', 'takerBuyVolume', 'takerBuyQuoteVolume'];

/**
 * The truth, but for days whose zip was replaced while it was fetched: then the new one is right, whose last ten bars
 * have ten times their volumes. A monthly zip ends outside the range.
 */
function isTruth(end, truth, mayBeReplaced) {
  if (end.digest === truth.digest) return true;
  if (!mayBeReplaced || end.bars?.length !== truth.bars.length) return false;
  const times = Float64Array.from(truth.bars.openTimeMs, (_, row) => (isRestated(end, truth, row) ? 10 : 1));
  return BAR_COLUMNS.every((name) =>
    truth.bars[name].every(
      (value, row) => end.bars[name][row] === value * (RESTATED.includes(name) ? times[row] : 1),
    ),
  );
}

/** Whether the row is one of the last ten of a day that is restated as a whole. */
function isRestated(end, { bars }, row) {
  const dayEndMs = (Math.floor(bars.openTimeMs[row] / DAY_MS) + 1) * DAY_MS;
  if (bars.openTimeMs[row] < dayEndMs - RESTATED_ROWS * MINUTE_MS) return false;
  const last = bars.openTimeMs.indexOf(dayEndMs - MINUTE_MS);
  return end.bars.volume[last] === bars.volume[last] * 10;
}

function note(name, { end, counters }, truth) {
  totals.runs++;
  totals.requestsDuringBan += counters.requestsDuringBan;
  totals.overLimit += Number(counters.highestWeight > counters.weightLimit);
  totals.faults += Object.values(counters.faultsServed).reduce((sum, count) => sum + count, 0);
  const isTrue = isTruth(end, truth, /^daily: .*replaced-archive/.test(name));
  const isError = typeof end === 'string';
  if (isTrue) totals.truth++;
  else if (isError) totals.typedErrors++;
  else totals.wrong++;
  const verdict = isTrue ? 'the truth' : isError ? end : 'wrong bars';
  if (!isTrue || counters.requestsDuringBan > 0) console.log(`${name}: ${verdict}`);
}

/** What strikes requests strikes a third of them; what strikes files, all; rows, those of one file and one page. */
function alone(name, source) {
  const { kind } = FAULTS[name];
  if (kind === 'limit' || kind === 'reply' || source === 'rest') return `${name}%33`;
  return kind === 'rows' ? `${name}@1` : name;
}

async function main(mixtures, seed) {
  const { end: truth } = await tryFaults([], { seed, source: 'monthly', weightLimit: 2400 });
  const names = Object.keys(FAULTS);
  for (const name of names) {
    for (const source of Object.keys(SOURCES)) {
      const text = alone(name, source);
      note(`${source}: ${text}`, await tryFaults([text], { seed, source, weightLimit: 2400 }), truth);
    }
  }
  const random = randomOf(seed);
  for (let mixture = 0; mixture < mixtures; mixture++) {
    const count = 2 + Math.floor(random() * 5);
    const chosen = new Set(Array.from({ length: count }, () => names[Math.floor(random() * names.length)]));
    const fault = [...chosen].map((name) =>
      random() < 0.5 ? `${name}%${5 + Math.floor(random() * 25)}` : `${name}@${1 + Math.floor(random() * 6)}`,
    );
    const options = {
      seed: seed + mixture,
      source: Object.keys(SOURCES)[Math.floor(random() * 3)],
      weightLimit: random() < 0.3 ? 12 : 2400,
    };
    note(`${options.source}: ${fault.join(' ')}`, await tryFaults(fault, options), truth);
  }
  console.log(
    `${names.length} faults from three sources and ${mixtures} mixtures, seed ${seed}: ${totals.runs} downloads, ${totals.truth} the truth, ${totals.typedErrors} typed errors, ${totals.wrong} wrong; ${totals.faults} faults served, ${totals.requestsDuringBan} requests during a ban, ${totals.overLimit} over the weight limit`,
  );
  if (totals.wrong + totals.requestsDuringBan + totals.overLimit > 0) process.exitCode = 1;
}

await main(Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 1));
rmSync(SOURCES.daily.recorded, { recursive: true });
process.exit();
