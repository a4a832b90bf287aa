/**
 * What formulas cost beside the cheapest built-in that does similar work, on one month of bars: ten of them
 * must cost less than ten times it. Each pair computes windows, or values, of the same bars.
 *
 *   node bench/features/expressions.mjs [--runs 100]
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT } from '../pipeline-session.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '100' } } });
const runs = Number(values.runs);

await setup({ root: ROOT });
const dist = (file) => import(path.join(ROOT, 'dist', file));
const { MINUTE_MS, monthEndMs, monthStartMs } = await dist('lib/bars/index.js');
const { ColumnScratch, compileFeatures, REGISTRY } = await dist('lib/features/index.js');
const { runPlan } = await dist('lib/features/column-frame.js');
const { monthFrame } = await dist('lib/features/month-frame.js');
const { BAR_VARIABLES } = await dist('lib/features/registry.js');
const { extendPath, initialState } = await dist('simulator/models/path.js');

const MONTH = '2022-01';
const range = { month: MONTH, startMs: monthStartMs(MONTH), endMs: monthEndMs(MONTH) };
const model = { seed: 1, ic: 0, volatility: 'stochastic', symbol: 'BTCUSDT' };
const { bars } = extendPath(model, initialState(30_000), range);

/** Ten formulas of windows of 14 to 23 bars; the built-ins' have 14. */
const tenOf = (make) =>
  Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`x${index}`, make(index + 14)]));

const PRICE_PAIRS = [
  ['close', 'open'],
  ['high', 'close'],
  ['close', 'low'],
  ['open', 'low'],
  ['high', 'open'],
];
/** Ten shares of one price move in another. */
const shares = PRICE_PAIRS.flatMap(([a, b]) =>
  ['high - low', 'high + low'].map((range) => `(${a} - ${b}) / (${range})`),
);

/** A kind of work, the built-in that does the like of it, and ten formulas of it. */
const PAIRS = [
  ['arithmetic of one bar', 'bop', Object.fromEntries(shares.map((text, index) => [`x${index}`, text]))],
  ['returns over a lag (10 columns)', 'returns', tenOf((n) => `close / lag(open, ${n}) - 1`)],
  ['deviation from a mean', 'cci', tenOf((n) => `zscore(close, ${n})`)],
  [
    'range of a window',
    'stoch',
    tenOf((n) => `(close - min(low, ${n})) / (max(high, ${n}) - min(low, ${n}))`),
  ],
  ['a recursive average', 'natr', tenOf((n) => `ema(high - low, ${n}) / close`)],
  ['sums of a window', 'mfi', tenOf((n) => `sum(close * volume, ${n}) / sum(volume, ${n})`)],
];

const noGroups = Object.fromEntries(REGISTRY.flags.map((flag) => [flag, false]));

/** Milliseconds of processor time of this process so far. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Milliseconds of processor time of computing a definition's columns: the least of all runs, which other
 * programs disturbed least. Memory is used again, as in a thread that computes month after month.
 */
async function millisecondsOf(definition) {
  const { plan } = await compileFeatures({ flags: noGroups, expressions: {}, indicators: [], ...definition });
  const frame = monthFrame({
    bars,
    intervalMs: MINUTE_MS,
    volumeBarSize: null,
    frameBars: plan.frameBars,
    monthStartMs: range.startMs,
    rangeStartMs: range.startMs,
    rangeEndMs: range.endMs,
  });
  const scratch = new ColumnScratch();
  const times = Array.from({ length: runs }, () => {
    const fromMs = cpuMs();
    runPlan(plan, { ...frame, scratch, source: (name) => bars[BAR_VARIABLES[name]] });
    const usedMs = cpuMs() - fromMs;
    scratch.reclaim();
    return usedMs;
  });
  return Math.min(...times);
}

console.log(`${bars.length} bars, least of ${runs} runs`);
for (const [work, group, expressions] of PAIRS) {
  const own = await millisecondsOf({ flags: { ...noGroups, [group]: true } });
  const formulas = await millisecondsOf({ expressions });
  console.log(
    `${work.padEnd(34)} ${group.padEnd(8)} ${own.toFixed(2)} ms, ten formulas ${formulas.toFixed(2)} ms: ${(formulas / own).toFixed(1)} times`,
  );
}
