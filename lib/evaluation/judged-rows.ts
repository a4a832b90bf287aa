/** The rows of what is judged in the orders in which they are read. Each is worked out once and kept. */
import type { Judged, JudgedSymbol } from './judged.js';
import { sortedOrder } from './radix-order.js';

/** Rows [start, end) of one fold of a symbol. */
export interface FoldPart {
  readonly symbol: JudgedSymbol;
  readonly fold: number;
  readonly start: number;
  readonly end: number;
  readonly predictions: SortedValues;
}

/** Values and their places in ascending order, those of NaN left out. */
export interface SortedValues {
  readonly values: Float64Array;
  readonly order: Int32Array;
}

/** Puts values in order. */
export function sortValues(values: Float64Array): SortedValues {
  const order = sortedOrder(values);
  let known = order.length;
  // NaN come last.
  while (known > 0 && Number.isNaN(values[order[known - 1]!]!)) known -= 1;
  return { values, order: order.subarray(0, known) };
}

/** Rows [start, end) of each fold of a symbol; rows come fold by fold in time order. */
export function* foldRanges(symbol: JudgedSymbol): Generator<{ fold: number; start: number; end: number }> {
  for (let start = 0; start < symbol.fold.length;) {
    const fold = symbol.fold[start]!;
    let end = start + 1;
    while (end < symbol.fold.length && symbol.fold[end] === fold) end++;
    yield { fold, start, end };
    start = end;
  }
}

const parts = new WeakMap<Judged, readonly FoldPart[]>();

/** The parts of all symbols and folds, symbol by symbol. */
export function foldParts(judged: Judged): readonly FoldPart[] {
  const known = parts.get(judged);
  if (known !== undefined) return known;
  const found = judged.symbols.flatMap((symbol) =>
    [...foldRanges(symbol)].map((range): FoldPart => ({
      symbol,
      ...range,
      predictions: sortValues(symbol.prediction.subarray(range.start, range.end)),
    })),
  );
  parts.set(judged, found);
  return found;
}

/** All rows of all symbols, one symbol after the other, and their order in time. */
export interface MergedRows {
  readonly timeMs: Float64Array;
  readonly prediction: Float64Array;
  readonly target: Float64Array;
  /** Places in the arrays above, ascending in time and then in the order of the symbols. */
  readonly inTime: Int32Array;
}

const merged = new WeakMap<Judged, MergedRows>();

/** The rows of all symbols merged by time. */
export function mergedRows(judged: Judged): MergedRows {
  const known = merged.get(judged);
  if (known !== undefined) return known;
  const { symbols } = judged;
  const timeMs = joined(symbols.map((symbol) => symbol.timeMs));
  const found = {
    timeMs,
    prediction: joined(symbols.map((symbol) => symbol.prediction)),
    target: joined(symbols.map((symbol) => symbol.target)),
    inTime: sortedOrder(timeMs),
  };
  merged.set(judged, found);
  return found;
}

function joined(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const column of columns) {
    all.set(column, offset);
    offset += column.length;
  }
  return all;
}

/** Places of `inTime` whose rows share a group, [start, end), in time order; `groupOf` never falls with time. */
export function* timeGroups(
  { timeMs, inTime }: MergedRows,
  groupOf: (timeMs: number) => number,
): Generator<readonly [start: number, end: number]> {
  for (let start = 0; start < inTime.length;) {
    const group = groupOf(timeMs[inTime[start]!]!);
    let end = start + 1;
    while (end < inTime.length && groupOf(timeMs[inTime[end]!]!) === group) end++;
    yield [start, end];
    start = end;
  }
}
