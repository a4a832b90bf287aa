/**
 * What formulas cost beside the cheapest built-in that does similar work, on one month of bars: ten of them
 * must cost less than ten times it. Processor time, not the clock, because other programs may run beside.
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

/** Ten formulas of windows of ten lengths, from `first` bars on. */
const tenOf = (make, first = 14) =>
  Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`x${index}`, make(index + first)]));

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

/**
 * A kind of work, the built-in that does the like of it, and ten formulas of it. The built-ins' windows
 * have 14 bars, the formulas' 14 to 23.
 *
 * - `returns` computes ten columns at once, so a tenth of it is what one formula is held against.
 * - `natr` is the only recursive average with a column of its own beside `rsi`, which has two of them.
 *   It averages a true range and divides by the close; the formulas average the range and do so too.
 * - Nothing built in correlates. `cci` takes one mean and one deviation of one column, a correlation two
 *   of each and a product: the formulas are held against less work than theirs.
 * - `stoch` says where the close stands in its window, and so does a rank. `alpha001` ranks as well, but
 *   five different numbers, which it can count; formulas of its 240 bars are measured beside it.
 */
const PAIRS = [
  {
    work: 'arithmetic of one bar',
    group: 'bop',
    expressions: Object.fromEntries(shares.map((text, index) => [`x${index}`, text])),
  },
  {
    work: 'lag: return over it',
    group: 'returns',
    columns: 10,
    expressions: tenOf((n) => `close / lag(open, ${n}) - 1`),
  },
  { work: 'diff', group: 'returns', columns: 10, expressions: tenOf((n) => `diff(close, ${n})`) },
  {
    work: 'sum: mean weighted by volume',
    group: 'mfi',
    expressions: tenOf((n) => `sum(close * volume, ${n}) / sum(volume, ${n})`),
  },
  { work: 'sma', group: 'cci', expressions: tenOf((n) => `close / sma(close, ${n}) - 1`) },
  { work: 'std', group: 'cci', expressions: tenOf((n) => `std(close, ${n})`) },
  { work: 'zscore', group: 'cci', expressions: tenOf((n) => `zscore(close, ${n})`) },
  { work: 'corr', group: 'cci', expressions: tenOf((n) => `corr(close, volume, ${n})`) },
  {
    work: 'min and max: place in the range',
    group: 'stoch',
    expressions: tenOf((n) => `(close - min(low, ${n})) / (max(high, ${n}) - min(low, ${n}))`),
  },
  { work: 'rank', group: 'stoch', expressions: tenOf((n) => `rank(close, ${n})`) },
  {
    work: 'rank among 240 bars, beside one that counts',
    group: 'alpha001',
    expressions: tenOf((n) => `rank(close, ${n})`, 240),
  },
  { work: 'ema', group: 'natr', expressions: tenOf((n) => `ema(high - low, ${n}) / close`) },
];

const noGroups = Object.fromEntries(REGISTRY.flags.map((flag) => [flag, false]));

/** Milliseconds of processor time of this process so far. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A run of a definition's columns, over memory that is used again as in a thread that computes month after month. */
async function runOf(definition) {
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
  return () => {
    const fromMs = cpuMs();
    runPlan(plan, { ...frame, scratch, source: (name) => bars[BAR_VARIABLES[name]] });
    const usedMs = cpuMs() - fromMs;
    scratch.reclaim();
    return usedMs;
  };
}

/** Least milliseconds of processor time of each; they take turns, so that what else runs disturbs both. */
function leastOf(first, second) {
  const least = [Infinity, Infinity];
  for (let run = 0; run < runs; run++) {
    least[0] = Math.min(least[0], first());
    least[1] = Math.min(least[1], second());
  }
  return least;
}

console.log(`${bars.length} bars, least of ${runs} runs, milliseconds of processor time`);
console.log('| work | built-in | built-in ms | ten formulas ms | times |');
console.log('| --- | --- | ---: | ---: | ---: |');
const ratios = [];
for (const { work, group, columns = 1, expressions } of PAIRS) {
  const [all, formulas] = leastOf(
    await runOf({ flags: { ...noGroups, [group]: true } }),
    await runOf({ expressions }),
  );
  const own = all / columns;
  ratios.push(formulas / own);
  const name = columns === 1 ? group : `${group} / ${columns}`;
  console.log(
    `| ${work} | ${name} | ${own.toFixed(2)} | ${formulas.toFixed(2)} | ${(formulas / own).toFixed(1)} |`,
  );
}
console.log(`highest ${Math.max(...ratios).toFixed(1)} times; the aim is below 10`);
