/** What a partition of model data holds, in numbers. */

export interface ColumnSummary {
  /** Share of rows without a value. */
  readonly nanFrac: number;
  /** Over the rows with a value; null where there is none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

/** Missing share, range and mean of one column. Pure. */
export function summariseColumn(values: Float64Array): ColumnSummary {
  let count = 0;
  let min = Infinity;
  let max = -Infinity;
  let mean = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    if (value < min) min = value;
    if (value > max) max = value;
    // A running mean cannot overflow where a sum of large values could.
    mean += (value - mean) / count;
  }
  const nanFrac = values.length === 0 ? 0 : 1 - count / values.length;
  return count === 0 ? { nanFrac, min: null, max: null, mean: null } : { nanFrac, min, max, mean };
}
