/** Small seeded data for the addon's tests. */
import { findLightgbmLibrary, loadLightgbm } from '../../native/index.js';

export const NUM_THREADS = 2;

export const libraryPath = (): string => findLightgbmLibrary(process.env, '.').path;

export function openLibrary(): void {
  loadLightgbm({ path: libraryPath(), numThreads: NUM_THREADS });
}

/** Uniform numbers in [0, 1), the same for a seed (a linear congruential generator's upper bits). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface DataOptions {
  readonly rows: number;
  readonly columns: number;
  readonly seed?: number;
  /** Share of values that are NaN, and that are 0, in every second column. */
  readonly missing?: number;
  readonly zeros?: number;
  /** Number of classes of column 0, whole numbers from 0. */
  readonly classes?: number;
}

export interface SmallData {
  readonly columns: number;
  readonly matrix: Float64Array;
  readonly label: Float64Array;
}

/** A row-major matrix over shared memory and a label that depends on its columns and on noise. */
export function smallData({
  rows,
  columns,
  seed = 1,
  missing = 0,
  zeros = 0,
  classes = 0,
}: DataOptions): SmallData {
  const next = uniform(seed);
  const matrix = new Float64Array(new SharedArrayBuffer(rows * columns * 8));
  const label = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      matrix[at] = next() - 0.5;
      if (column === 0 && classes > 0) matrix[at] = Math.floor(next() * classes);
      else if (column % 2 === 0 && next() < missing) matrix[at] = NaN;
      else if (column % 2 === 0 && next() < zeros) matrix[at] = 0;
    }
    const known = matrix.subarray(row * columns, (row + 1) * columns).map((value) => value || 0);
    label[row] = known[0]! + 0.5 * known[columns - 1]! + 0.3 * (next() - 0.5);
  }
  return { columns, matrix, label };
}

export const PARAMS = {
  objective: 'regression',
  metric: 'rmse',
  num_leaves: 7,
  min_data_in_leaf: 10,
  seed: 7,
  deterministic: true,
  force_col_wise: true,
  verbosity: -1,
};
