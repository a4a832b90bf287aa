/** Columnar bars of one symbol. */

/**
 * Bars of one symbol, one row a bar, ascending and unique in `openTimeMs`; holes are allowed.
 * All columns have the same length; those that a reader did not ask for are empty. Prices and volumes are
 * exchange units; times are UTC epoch ms.
 */
export interface BarTable {
  readonly length: number;
  readonly openTimeMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly closeTimeMs: Float64Array;
  readonly quoteVolume: Float64Array;
  readonly trades: Float64Array;
  readonly takerBuyVolume: Float64Array;
  readonly takerBuyQuoteVolume: Float64Array;
}

/** The column names of {@link BarTable} in the order of Binance's files. */
export const BAR_COLUMNS = [
  'openTimeMs',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'closeTimeMs',
  'quoteVolume',
  'trades',
  'takerBuyVolume',
  'takerBuyQuoteVolume',
] as const;

export type BarColumn = (typeof BAR_COLUMNS)[number];

/** A zeroed table of `length` rows; allocates. */
export function allocateBars(length: number): BarTable {
  const columns = Object.fromEntries(BAR_COLUMNS.map((name) => [name, new Float64Array(length)]));
  return { length, ...columns } as unknown as BarTable;
}

/** Rows [start, end) as views into the same memory. */
export function sliceBars(bars: BarTable, start: number, end: number): BarTable {
  const columns = Object.fromEntries(BAR_COLUMNS.map((name) => [name, bars[name].subarray(start, end)]));
  return { length: end - start, ...columns } as unknown as BarTable;
}

/** The tables one after the other; allocates. Order and overlap are the caller's business. */
export function concatBars(tables: readonly BarTable[]): BarTable {
  const length = tables.reduce((sum, table) => sum + table.length, 0);
  const columns = BAR_COLUMNS.map((name) => [name, joinColumn(tables, name)]);
  return { length, ...Object.fromEntries(columns) } as unknown as BarTable;
}

function joinColumn(tables: readonly BarTable[], name: BarColumn): Float64Array {
  const joined = new Float64Array(tables.reduce((sum, table) => sum + table[name].length, 0));
  let offset = 0;
  for (const table of tables) {
    joined.set(table[name], offset);
    offset += table[name].length;
  }
  return joined;
}

/** First row whose `openTimeMs` is at or after `timeMs` (binary search); `length` when there is none. */
export function lowerBound(timesMs: Float64Array, timeMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
