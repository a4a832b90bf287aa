/** What a partition of model data holds, in numbers. */
import type { DroppedRows } from './model-rows.js';
import type { TimeBarCount } from './month-frame.js';

export interface ColumnSummary {
  /** Share of rows without a value. */
  readonly nanFrac: number;
  /** Over the rows with a value; null where there is none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

/** Rows whose sum is taken before it is joined to the mean: a division a block instead of one a row. */
const BLOCK_ROWS = 1024;
const BLOCK_SHARE = 1 / BLOCK_ROWS;

/** Sums over rows: how many have a value, the least, the greatest, and the sum of the values' shares of a block. */
interface Tally {
  count: number;
  min: number;
  max: number;
  scaled: number;
}

/** Missing share, range and mean of one column. Pure. */
export function summariseColumn(values: Float64Array): ColumnSummary {
  const tally: Tally = { count: 0, min: Infinity, max: -Infinity, scaled: 0 };
  let mean = 0;
  for (let start = 0; start < values.length; start += BLOCK_ROWS) {
    const before = tally.count;
    addBlock(tally, values, start, Math.min(values.length, start + BLOCK_ROWS));
    const { count, scaled } = tally;
    if (count > 0) mean += (scaled - (count - before) * (mean * BLOCK_SHARE)) * (BLOCK_ROWS / count);
  }
  const { count, min, max } = tally;
  const nanFrac = values.length === 0 ? 0 : 1 - count / values.length;
  if (count === 0) return { nanFrac, min: null, max: null, mean: null };
  // Rounding must not carry the mean past the extremes.
  return { nanFrac, min, max, mean: Math.min(max, Math.max(min, mean)) };
}

/** Adds the values of rows [start, end); `scaled` is of these alone. */
function addBlock(tally: Tally, values: Float64Array, start: number, end: number): void {
  let { count, min, max } = tally;
  let scaled = 0;
  for (let row = start; row < end; row++) {
    const value = values[row]!;
    if (value !== value) continue;
    count++;
    if (value < min) min = value;
    if (value > max) max = value;
    // Scaled down before it is added, so that a block of the largest numbers does not overflow.
    scaled += value * BLOCK_SHARE;
  }
  tally.count = count;
  tally.min = min;
  tally.max = max;
  tally.scaled = scaled;
}

/** `summary.json` of a partition, and of a symbol's partitions together. */
export interface RowsSummary {
  readonly rows: number;
  /** Bars that made no row, by reason. */
  readonly dropped: DroppedRows;
  /** Of volume bars: the time bars they are made of; absent for time bars. */
  readonly timeBars?: TimeBarCount;
  readonly columns: Readonly<Record<string, ColumnSummary>>;
}

/** The summary of all parts' rows together; parts have the same columns. Pure. */
export function joinSummaries(parts: readonly RowsSummary[]): RowsSummary {
  const names = Object.keys(parts[0]?.columns ?? {});
  const columns = names.map((name) => [name, joinColumn(parts, name)]);
  const timeBars = parts.flatMap((part) => (part.timeBars === undefined ? [] : [part.timeBars]));
  return {
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    dropped: addCounts(
      parts.map(({ dropped }) => dropped),
      ['warmUp', 'unusableBar', 'noFeature'],
    ),
    ...(timeBars.length === 0 ? {} : { timeBars: addCounts(timeBars, ['total', 'unfinished', 'unusable']) }),
    columns: Object.fromEntries(columns) as Record<string, ColumnSummary>,
  };
}

/** Counts of the same names added up. */
export function addCounts<K extends string>(
  parts: readonly Readonly<Record<K, number>>[],
  names: readonly K[],
): Record<K, number> {
  const sums = names.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)]);
  return Object.fromEntries(sums) as Record<K, number>;
}

function joinColumn(parts: readonly RowsSummary[], name: string): ColumnSummary {
  let rows = 0;
  let count = 0;
  let mean = 0;
  let [min, max] = [Infinity, -Infinity];
  for (const part of parts) {
    const column = part.columns[name]!;
    rows += part.rows;
    if (column.mean === null) continue;
    const values = part.rows * (1 - column.nanFrac);
    count += values;
    mean += (column.mean - mean) * (values / count);
    min = Math.min(min, column.min!);
    max = Math.max(max, column.max!);
  }
  const nanFrac = rows === 0 ? 0 : 1 - Math.round(count) / rows;
  return count === 0 ? { nanFrac, min: null, max: null, mean: null } : { nanFrac, min, max, mean };
}
