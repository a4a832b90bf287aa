/**
 * Evaluation and backtest of 700,000 predictions of two symbols: the stages' own programs under all five
 * scopes against a pandas script under the three it knows. Both read Parquet.
 *
 *   node bench/evaluate-backtest/measure.mjs [--days 243]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT } from '../pipeline-session.mjs';
import { pythonWith } from '../python-environment.mjs';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MODEL = { seed: 1, ic: 0.04, volatility: 'constant' };
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const FOLD_DAYS = 15;
const VALIDATION_DAYS = 30;
const SCOPES = ['timestamp', 'date', 'global', 'trailing', 'validation'];
const PACKAGES = ['pandas==2.3.3', 'numpy==2.3.5', 'scipy==1.16.3', 'pyarrow==22.0.0'];

const { values } = parseArgs({ options: { days: { type: 'string', default: '243' } } });
const days = Number(values.days);
const startMs = Date.UTC(2022, 0, 1);
const testStartMs = startMs + VALIDATION_DAYS * DAY_MS;
const endMs = testStartMs + days * DAY_MS;

await setup({ root: ROOT });
const dist = (file) => import(path.join(ROOT, 'dist', file));
const { concatBars, monthsBetween, monthStartMs, monthEndMs } = await dist('lib/bars/index.js');
const { tableFromBars } = await dist('lib/bars/bar-file.js');
const { extendPath, initialState } = await dist('simulator/models/path.js');
const { writeTable } = await dist('lib/store/parquet.js');
const { numberColumn, timeColumn } = await dist('lib/store/table.js');
const { evaluate } = await dist('activities/programs/evaluate.js');
const { backtest } = await dist('activities/programs/backtest.js');

/** Bars of a symbol; its prediction is the planted signal and noise. */
function marketOf(symbol) {
  const months = [];
  let state = initialState(30_000);
  for (const month of monthsBetween(startMs, endMs)) {
    const range = { month, startMs: monthStartMs(month), endMs: Math.min(endMs, monthEndMs(month)) };
    const extended = extendPath({ ...MODEL, symbol }, state, range);
    state = extended.state;
    months.push(extended.bars);
  }
  const bars = concatBars(months);
  const { open, high, low, close } = bars;
  const prediction = open.map((price, row) => {
    const power = high[row] > low[row] ? (close[row] - price) / (high[row] - low[row]) : 0;
    return 1e-5 * power + 1e-5 * Math.sin(row * 12.9898);
  });
  const target = open.map((_, row) => close[row + 1] / open[row + 1] - 1);
  return { symbol, bars, prediction, target };
}

/** Rows filed in [from, to), by time and then symbol. */
function predictionTable(markets, fromMs, toMs) {
  const rows = [];
  const { openTimeMs } = markets[0].bars;
  for (let row = 0; row < openTimeMs.length; row++) {
    const filedMs = openTimeMs[row] + MINUTE_MS;
    if (filedMs >= fromMs && filedMs < toMs) for (let at = 0; at < markets.length; at++) rows.push([at, row]);
  }
  const column = (of) => Float64Array.from(rows, ([at, row]) => of(markets[at], row));
  const codes = Int32Array.from(rows, ([at]) => at);
  return {
    rows: rows.length,
    columns: new Map([
      ['symbol', { kind: 'string', dictionary: SYMBOLS, codes }],
      ['timestamp', timeColumn(column(({ bars }, row) => bars.openTimeMs[row]))],
      ['target', numberColumn(column(({ target }, row) => target[row]))],
      ['prediction', numberColumn(column(({ prediction }, row) => prediction[row]))],
    ]),
  };
}

function write(folder, name, table) {
  const file = path.join(folder, `${name}.parquet`);
  writeTable(file, table);
  const digest = `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
  return { node: name, output: name, path: file, digest, rows: table.rows };
}

function prepare(folder) {
  const markets = SYMBOLS.map(marketOf);
  write(folder, 'predictions', predictionTable(markets, testStartMs, endMs));
  const starts = Array.from(
    { length: Math.ceil(days / FOLD_DAYS) },
    (_, k) => testStartMs + k * FOLD_DAYS * DAY_MS,
  );
  const iso = (ms) => new Date(ms).toISOString();
  const folds = starts.map((from) => ({
    label: iso(from).slice(0, 10),
    testStart: iso(from),
    testEnd: iso(Math.min(endMs, from + FOLD_DAYS * DAY_MS)),
  }));
  const bars = markets.map(({ symbol, bars: table }) => [
    `bars/${symbol}`,
    [write(folder, `bars-${symbol}`, tableFromBars(table))],
  ]);
  const part = (name, from, to) => write(folder, `${name}-${from}`, predictionTable(markets, from, to));
  const inputs = {
    ...Object.fromEntries(bars),
    predictions: starts.map((from) => part('test', from, Math.min(endMs, from + FOLD_DAYS * DAY_MS))),
    validation: starts.map((from) => part('valid', from - VALIDATION_DAYS * DAY_MS, from)),
  };
  return { inputs, folds };
}

/** User and system CPU seconds of this process. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Wall seconds of each program over all scopes, and CPU seconds of all. */
async function runOurs(folder, { inputs, folds }, bins) {
  const seconds = { evaluate: 0, backtest: 0 };
  const context = { progress: () => undefined, signal: new AbortController().signal };
  const cpuFrom = cpuSeconds();
  for (const scope of SCOPES) {
    const judged = {
      interval: '1m',
      intervalMs: MINUTE_MS,
      symbols: SYMBOLS,
      bins,
      scope,
      trailingDays: 7,
      folds,
    };
    const common = { ...judged, signal: null, definition: null };
    const costs = {
      quantile: bins,
      side: 'longshort',
      feeFrac: 0.0005,
      delayBars: 0,
      halfSpreadBp: 0,
      trials: 1,
      funding: null,
    };
    for (const [name, program, params] of [
      ['evaluate', evaluate, common],
      ['backtest', backtest, { ...common, ...costs }],
    ]) {
      const outDir = path.join(folder, `${name}-${scope}-${bins}`);
      mkdirSync(outDir);
      const from = performance.now();
      await program({ params, inputs, outDir, host: {} }, context);
      seconds[name] += (performance.now() - from) / 1000;
    }
  }
  return { seconds, cpu: cpuSeconds() - cpuFrom };
}

const sumOf = (parts) => Object.values(parts).reduce((sum, each) => sum + each, 0);

function show(name, { seconds, cpu }) {
  const total = sumOf(seconds);
  const parts = Object.entries(seconds).map(([step, each]) => `${step} ${each.toFixed(1)} s`);
  console.log(
    `${name.padEnd(32)} ${total.toFixed(1).padStart(6)} s, CPU ${cpu.toFixed(1).padStart(6)} s  (${parts.join(', ')})`,
  );
  return { total, cpu };
}

const folder = mkdtempSync(path.join(tmpdir(), 'evaluate-backtest-'));
try {
  const prepared = prepare(folder);
  const python = pythonWith('evaluation', PACKAGES);
  for (const bins of [10, 5000]) {
    const ours = show(`minute-alpha, 5 scopes, ${bins} bins`, await runOurs(folder, prepared, bins));
    const script = path.join(ROOT, 'bench/evaluate-backtest/reference.py');
    const output = execFileSync(python, [script, folder, `${bins}`], { maxBuffer: 2 ** 26 });
    const { rows, seconds, cpu } = JSON.parse(output.toString());
    const theirs = show(`pandas, 3 scopes, ${bins} bins`, { seconds, cpu: sumOf(cpu) });
    const { 'IC by minute': minutes, ...rest } = seconds;
    console.log(
      `${rows} predictions: ${(theirs.total / ours.total).toFixed(1)} times faster, by CPU ${(theirs.cpu / ours.cpu).toFixed(1)}; ${(sumOf(rest) / ours.total).toFixed(2)} without pandas' IC by minute (${minutes.toFixed(0)} s)`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
