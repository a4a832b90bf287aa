/** The alpha factor: how unusual the signal is now against the day before. Pure. */
import { DAY_MS, MINUTE_MS } from '../bars/interval.js';

/**
 * A signal on one scale: what one model predicts for one symbol, its validation rows first, so that the first
 * test rows are compared with a day of the same model and not of the one before it. Rows ascending.
 */
export interface SignalPart {
  readonly timeMs: Float64Array;
  readonly signal: Float64Array;
  /** The first test row. */
  readonly firstTest: number;
}

const SCALE = 0.01;
const LEAST_MS = 60 * MINUTE_MS;

/**
 * Rolling z-score of one symbol's signal over the day that ends with each row (population deviation, at least
 * sixty minutes of rows) times 0.01; NaN where missing, too short or constant. Rows ascending.
 */
export function alphaFactor(timeMs: Float64Array, signal: Float64Array, intervalMs: number): Float64Array {
  const leastRows = Math.max(2, Math.ceil(LEAST_MS / intervalMs));
  const factor = new Float64Array(signal.length).fill(Number.NaN);
  const window = new RollingMoments();
  let oldest = 0;
  for (let row = 0; row < signal.length; row++) {
    const value = signal[row]!;
    if (!Number.isNaN(value)) window.add(value);
    for (; timeMs[oldest]! <= timeMs[row]! - DAY_MS; oldest++) {
      if (!Number.isNaN(signal[oldest]!)) window.remove(signal[oldest]!);
    }
    // Adding and removing drifts; a sum anew once a day bounds it.
    if (row > 0 && startsDay(timeMs, row)) window.recount(signal.subarray(oldest, row + 1));
    if (Number.isNaN(value) || window.size < leastRows) continue;
    const deviation = window.deviation();
    if (deviation > 0) factor[row] = (SCALE * (value - window.mean)) / deviation;
  }
  return factor;
}

function startsDay(timeMs: Float64Array, row: number): boolean {
  return Math.floor(timeMs[row]! / DAY_MS) !== Math.floor(timeMs[row - 1]! / DAY_MS);
}

/** Mean and squares of the values in a window, kept around the mean so that small differences survive. */
class RollingMoments {
  size = 0;
  mean = 0;
  private squares = 0;

  add(value: number): void {
    this.size += 1;
    const error = value - this.mean;
    this.mean += error / this.size;
    this.squares += error * (value - this.mean);
  }

  remove(value: number): void {
    if (this.size === 1) {
      this.recount(new Float64Array(0));
      return;
    }
    const error = value - this.mean;
    this.size -= 1;
    this.mean -= error / this.size;
    this.squares -= error * (value - this.mean);
  }

  recount(values: Float64Array): void {
    this.size = 0;
    this.mean = 0;
    this.squares = 0;
    for (const value of values) if (!Number.isNaN(value)) this.add(value);
  }

  /** Population deviation; 0 where rounding is all that is left. */
  deviation(): number {
    const variance = this.squares / this.size;
    return variance > (1e-9 * this.mean) ** 2 ? Math.sqrt(variance) : 0;
  }
}
