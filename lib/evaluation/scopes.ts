/** The five ways to decide a row's bin. */
import { DAY_MS } from '../bars/interval.js';
import { binGroup, binOf, GridCounts } from './bins.js';
import type { Judged, JudgedSymbol, ValidationRows } from './judged.js';
import { foldRanges, mergedRows, timeGroups } from './judged-rows.js';
import { trailingBins } from './trailing.js';
import type { GridSummary, ScopeName } from './types.js';

/** Scopes whose bins depend on predictions that come later. */
export const EX_POST: Readonly<Record<ScopeName, boolean>> = {
  timestamp: false,
  trailing: false,
  validation: false,
  date: true,
  global: true,
};

export interface ScopeOptions {
  readonly scope: ScopeName;
  readonly bins: number;
  readonly trailingDays: number;
}

export interface ScopedBins {
  /** Per symbol, a bin 1..bins for each row; 0 where it has none. */
  readonly bins: readonly Int32Array[];
  readonly grid: GridSummary;
}

/** Bins all rows under a scope. */
export function binRows(judged: Judged, options: ScopeOptions): ScopedBins {
  const counts = new GridCounts(options.bins);
  const bins = binners[options.scope](judged, options, counts);
  return { bins, grid: summarizeGrid(judged, options, counts) };
}

type Binner = (judged: Judged, options: ScopeOptions, counts: GridCounts) => Int32Array[];

const binners: Record<ScopeName, Binner> = {
  timestamp: (judged, _options, counts) => binTogether(judged, (timeMs) => timeMs, counts),
  date: (judged, _options, counts) =>
    binTogether(judged, (timeMs) => Math.floor((timeMs + judged.intervalMs) / DAY_MS), counts),
  global: (judged, _options, counts) => binTogether(judged, () => 0, counts),
  trailing: (judged, options, counts) =>
    judged.symbols.map((symbol) => trailingOf(judged, symbol, options, counts)),
  validation: (judged, _options, counts) => judged.symbols.map((symbol) => frozenOf(judged, symbol, counts)),
};

/** Ranks the rows of all symbols that share a group, against each other; `groupOf` never falls with time. */
function binTogether(judged: Judged, groupOf: (timeMs: number) => number, counts: GridCounts): Int32Array[] {
  const rows = mergedRows(judged);
  const into = new Int32Array(rows.timeMs.length);
  // A copy, because small groups are put in order where they stand.
  const known = new Int32Array(rows.inTime.length);
  for (const [start, end] of timeGroups(rows, groupOf)) {
    let last = start;
    for (let at = start; at < end; at++) {
      const row = rows.inTime[at]!;
      if (!Number.isNaN(rows.prediction[row]!)) known[last++] = row;
    }
    counts.rowsWithoutBin += end - last;
    binGroup(rows.prediction, known.subarray(start, last), into, counts);
  }
  return splitBySymbol(judged.symbols, into);
}

function splitBySymbol(symbols: readonly JudgedSymbol[], into: Int32Array): Int32Array[] {
  let offset = 0;
  return symbols.map(({ timeMs }) => into.subarray(offset, (offset += timeMs.length)));
}

function trailingOf(
  judged: Judged,
  symbol: JudgedSymbol,
  options: ScopeOptions,
  counts: GridCounts,
): Int32Array {
  const bins = new Int32Array(symbol.timeMs.length);
  const windowMs = options.trailingDays * DAY_MS;
  for (const { fold, start, end } of foldRanges(symbol)) {
    const past = symbol.validation[fold]!;
    const window = { windowMs, leastRows: Math.max(rowsOfDay(judged, symbol, past), options.bins) };
    const rows = {
      timeMs: joined(past.timeMs, symbol.timeMs.subarray(start, end)),
      prediction: joined(past.prediction, symbol.prediction.subarray(start, end)),
      firstTest: past.timeMs.length,
    };
    bins.set(trailingBins(rows, window, counts), start);
  }
  return bins;
}

/** Rows of one day: by the interval, or for volume bars the mean of the validation's days. */
function rowsOfDay(judged: Judged, { bars }: JudgedSymbol, { timeMs }: ValidationRows): number {
  if (bars.volumeBars === undefined) return Math.ceil(DAY_MS / judged.intervalMs);
  const days = (timeMs.at(-1)! - timeMs[0]!) / DAY_MS;
  return timeMs.length === 0 ? 1 : Math.ceil(timeMs.length / Math.max(1, days));
}

function joined(left: Float64Array, right: Float64Array): Float64Array {
  const both = new Float64Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

/** Thresholds of the fold's validation predictions of the symbol, frozen for its test window. */
function frozenOf(judged: Judged, symbol: JudgedSymbol, counts: GridCounts): Int32Array {
  const bins = new Int32Array(symbol.timeMs.length);
  for (const { fold, start, end } of foldRanges(symbol)) {
    const sorted = symbol.validation[fold]!.prediction.filter((value) => !Number.isNaN(value)).sort();
    const n = sorted.length;
    counts.groups += 1;
    const constant = n > 0 && sorted[0] === sorted[n - 1];
    if (constant) counts.constantGroups += 1;
    if (n < counts.bins) counts.noteShortPast(n);
    for (let row = start; row < end; row++) {
      const value = symbol.prediction[row]!;
      if (Number.isNaN(value) || n < counts.bins || constant) {
        counts.rowsWithoutBin += 1;
        continue;
      }
      const less = firstAtLeast(sorted, value);
      const equal = sorted[less] === value ? firstAbove(sorted, value) - less : 0;
      bins[row] = binOf(counts.bins, less, equal, n);
    }
  }
  return bins;
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of the scopes that rank rows against each other. */
const GROUP_WORDS: Partial<Record<ScopeName, string>> = {
  timestamp: 'bars have fewer symbols than bins',
  date: 'days have fewer rows than bins',
  global: 'rows are fewer than bins',
};

const SHORT_PAST: Partial<Record<ScopeName, string>> = {
  trailing: 'begin with fewer past predictions than the bins or a day need',
  validation: 'have fewer validation predictions than bins',
};

function summarizeGrid(judged: Judged, options: ScopeOptions, counts: GridCounts): GridSummary {
  const { bins, groups, coarserGroups, fewestBins, constantGroups, rowsWithoutBin } = counts;
  const notes = [
    ...(coarserGroups > 0
      ? [
          `${coarserGroups} of ${groups} ${GROUP_WORDS[options.scope]} (${fewestBins} at the fewest): the grid is as fine as the rows, its lowest bin is 1 and its highest ${bins}`,
        ]
      : []),
    ...(counts.shortPasts > 0
      ? [
          `${counts.shortPasts} of ${groups} folds and symbols ${SHORT_PAST[options.scope]} (${counts.fewestPast} at the fewest, ${bins} bins): rows without enough of them have no bin`,
        ]
      : []),
    ...(constantGroups > 0
      ? [`${constantGroups} of ${groups} groups have equal predictions only and no bins`]
      : []),
    ...(options.scope === 'date' && bins >= DAY_MS / judged.intervalMs
      ? ['the top bin of a day is its maximum, known only when the day is over']
      : []),
  ];
  const note = notes.length === 0 ? null : notes.join('; ');
  return { bins, groups, coarserGroups, fewestBins, constantGroups, rowsWithoutBin, note };
}
