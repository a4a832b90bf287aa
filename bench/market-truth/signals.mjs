/**
 * The baselines of `martingale.mjs` alone, without model, server and HTTP: the same markets, folds, rules and
 * numbers for -rsi and -ret10bar, in seconds a seed. Seeds of a finished `martingale.mjs` (`--compare FILE`) must
 * give the same t.
 *
 *   node bench/market-truth/signals.mjs [--seeds 1-20] [--out FILE] [--compare FILE]
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT } from '../pipeline-session.mjs';
import { normality } from './normality.mjs';
import { RANGE, SIGNALS, TRADABLE } from './rules.mjs';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const FOLD_DAYS = 15;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
/** Prices travel as 15 digits of text in the pipeline and not here: a rank may flip now and then. */
const LARGEST_DIFFERENCE = 0.01;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-20' },
    out: { type: 'string' },
    compare: { type: 'string' },
  },
});
const [first, last = first] = values.seeds.split('-').map(Number);
await setup({ root: ROOT });
const dist = (file) => import(path.join(ROOT, 'dist', file));
const { concatBars, monthsBetween, monthStartMs, monthEndMs } = await dist('lib/bars/index.js');
const { compileFeatures, computeModelRows } = await dist('lib/features/index.js');
const { evaluateSignal, matchTimes, binRows } = await dist('lib/evaluation/index.js');
const { runRule } = await dist('lib/backtest/rule.js');
const { extendPath, initialState } = await dist('simulator/models/path.js');
const startMs = Date.parse(RANGE.start);
const endMs = Date.parse(RANGE.end);
const firstTestMs = Date.parse('2022-03-01');
const folds = Array.from({ length: Math.ceil((endMs - firstTestMs) / (FOLD_DAYS * DAY_MS)) }, (_, k) => ({
  label: String(k + 1),
  startMs: firstTestMs + k * FOLD_DAYS * DAY_MS,
  endMs: Math.min(endMs, firstTestMs + (k + 1) * FOLD_DAYS * DAY_MS),
}));

function barsOf(seed, symbol, price) {
  const model = { seed, symbol, ic: 0, volatility: 'stochastic' };
  const months = [];
  let state = initialState(price);
  for (const month of monthsBetween(startMs, endMs)) {
    const range = { month, startMs: monthStartMs(month), endMs: Math.min(endMs, monthEndMs(month)) };
    const extended = extendPath(model, state, range);
    state = extended.state;
    months.push(extended.bars);
  }
  return concatBars(months);
}

/** Rows filed in [from, to) of a time-ordered series. */
function filedRange(timeMs, from, to) {
  const at = (limit) => {
    const found = timeMs.findIndex((time) => time + MINUTE_MS >= limit);
    return found < 0 ? timeMs.length : found;
  };
  return [at(from), at(to)];
}

async function judgedSignals(seed) {
  const expressions = Object.fromEntries(
    Object.values(SIGNALS)
      .filter((signal) => signal !== null)
      .map((signal, index) => [`signal_${index}`, signal]),
  );
  const features = await compileFeatures({ flags: {}, expressions, indicators: [] });
  const judged = Object.values(expressions).map(() => []);
  for (const symbol of SYMBOLS) {
    const bars = barsOf(seed, symbol, 100);
    const rows = computeModelRows({
      bars,
      symbol,
      intervalMs: MINUTE_MS,
      rangeStartMs: startMs,
      rangeEndMs: endMs,
      features,
    });
    Object.keys(expressions).forEach((name, index) => {
      const signal = rows.columns[features.columns.indexOf(name)];
      judged[index].push(judgedSymbol(symbol, bars, { timeMs: rows.openTimeMs, signal }));
    });
  }
  return Object.values(expressions).map((name, index) => ({
    name,
    judged: { intervalMs: MINUTE_MS, folds: folds.map(({ label }) => label), symbols: judged[index] },
  }));
}

function judgedSymbol(symbol, bars, { timeMs, signal }) {
  const [from, to] = filedRange(timeMs, firstTestMs, endMs);
  const test = timeMs.slice(from, to);
  const foldOf = (time) => folds.findIndex((fold) => time + MINUTE_MS < fold.endMs);
  const barRow = matchTimes(test, bars.openTimeMs);
  return {
    symbol,
    timeMs: test,
    prediction: signal.slice(from, to),
    target: test.map((_, row) => bars.close[barRow[row] + 1] / bars.open[barRow[row] + 1] - 1),
    fold: Int32Array.from(test, foldOf),
    barRow,
    bars,
    validation: folds.map((fold) => {
      const [start, end] = filedRange(timeMs, fold.startMs - FOLD_DAYS * DAY_MS, fold.startMs);
      return { timeMs: timeMs.slice(start, end), prediction: signal.slice(start, end) };
    }),
  };
}

function trade(judged, scope, bins = 10) {
  const binned = binRows(judged, { scope, bins, trailingDays: 7 });
  const { result } = runRule({
    rule: { scope, exPost: scope === 'date', bins, quantile: bins, side: 'longshort', text: '' },
    symbols: judged.symbols.map(({ symbol, bars, barRow }, index) => ({
      symbol,
      bars,
      barRow,
      bins: binned.bins[index],
    })),
    costs: { feeFrac: 0, halfSpreadFrac: 0, delayBars: 0 },
    intervalMs: MINUTE_MS,
    folds,
    trials: 1,
  });
  const { sharpe, days, annualReturn } = result.gross;
  return { t: sharpe * Math.sqrt(days / 365), sharpe, annualReturn };
}

async function runSeed(seed) {
  const row = { seed };
  for (const { name, judged } of await judgedSignals(seed)) {
    const options = {
      scope: 'global',
      bins: 10,
      trailingDays: 7,
      interval: '1m',
      signal: name,
      importance: [],
      sourceRows: {},
    };
    row[`${name} IC`] = { t: evaluateSignal(judged, options).ic.daily.t };
    for (const scope of TRADABLE) row[`${name} ${scope}`] = trade(judged, scope);
    if (name !== '-rsi') continue;
    for (const scope of ['date', 'trailing']) row[`-rsi ${scope}/1440`] = trade(judged, scope, 1440);
  }
  return row;
}

function compare(row) {
  if (values.compare === undefined || !existsSync(values.compare)) return;
  const lines = readFileSync(values.compare, 'utf8').trim().split('\n');
  const other = lines.map((line) => JSON.parse(line)).find(({ seed }) => seed === row.seed);
  if (other === undefined) return;
  const names = Object.keys(row).filter((name) => name !== 'seed');
  const largest = Math.max(...names.map((name) => Math.abs(row[name].t - other[name].t)));
  console.log(`seed ${row.seed}: at most ${largest.toExponential(1)} from the pipeline's t`);
  if (largest > LARGEST_DIFFERENCE) process.exitCode = 1;
}

const rows = [];
for (let seed = first; seed <= last; seed++) {
  const row = await runSeed(seed);
  rows.push(row);
  compare(row);
  if (values.out) appendFileSync(values.out, `${JSON.stringify(row)}\n`);
}
for (const name of Object.keys(rows[0]).filter((key) => key !== 'seed')) {
  const { n, mean, deviation, largest, p } = normality(rows.map((row) => row[name].t));
  const average = (key) => rows.reduce((sum, row) => sum + (row[name][key] ?? Number.NaN), 0) / n;
  const numbers = [mean, deviation, largest, p].map((value) => value.toFixed(2).padStart(7));
  console.log(
    `${name.padEnd(24)} ${n} ${numbers.join(' ')} ${average('sharpe').toFixed(2).padStart(8)} ${(100 * average('annualReturn')).toFixed(1).padStart(8)} %`,
  );
  if (!name.includes('date') && (p < 0.01 || largest > 4)) process.exitCode = 1;
}
