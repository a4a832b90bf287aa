import type { BarTable, Segment } from '../../bars/index.js';
import { isZero, PERIOD_BARS, writeWarmUp, type Kernel } from '../kernel.js';
import { rollingExtreme } from '../rolling-extreme.js';

const SMOOTHING_BARS = 3;

/**
 * Slow stochastic, both in [0, 100]: fastK = 100 * (C - min14(L)) / (max14(H) - min14(L)), `slowk` =
 * mean of 3 fastK (first at bar 15), `slowd` = mean of 3 slowK (first at bar 17); fastK is 0 where the
 * range is zero beside its size. Source: TA-Lib's STOCH.
 */
export const stochKernel: Kernel = (bars, segment, [slowK, slowD]) => {
  const fastK = computeFastK(bars, segment);
  const firstK = writeWarmUp(slowK!, segment, PERIOD_BARS + SMOOTHING_BARS - 2);
  smooth(fastK, segment.start, { start: firstK, end: segment.end }, slowK!);
  const firstD = writeWarmUp(slowD!, segment, PERIOD_BARS + 2 * SMOOTHING_BARS - 3);
  smooth(slowK!, 0, { start: firstD, end: segment.end }, slowD!);
};

/** Of the segment alone: a whole column for each segment would cost the square of the holes. */
function computeFastK(bars: BarTable, { start, end }: Segment): Float64Array {
  const { high, low, close } = bars;
  const rows = end - start;
  const highest = new Float64Array(rows);
  const lowest = new Float64Array(rows);
  const all = { start: 0, end: rows };
  rollingExtreme(high.subarray(start, end), all, { windowBars: PERIOD_BARS, sign: 1 }, highest);
  rollingExtreme(low.subarray(start, end), all, { windowBars: PERIOD_BARS, sign: -1 }, lowest);
  for (let i = 0; i < rows; i++) {
    const floor = lowest[i]!;
    const range = highest[i]! - floor;
    const isFlat = isZero(range, Math.abs(highest[i]!) + Math.abs(floor));
    highest[i] = isFlat ? 0 : 100 * ((close[start + i]! - floor) / range);
  }
  return highest;
}

/** Means of three values, the first of which belongs to row `firstRow`. */
function smooth(values: Float64Array, firstRow: number, { start, end }: Segment, output: Float64Array): void {
  for (let t = start; t < end; t++) {
    const i = t - firstRow;
    output[t] = (values[i - 2]! + values[i - 1]! + values[i]!) / SMOOTHING_BARS;
  }
}
