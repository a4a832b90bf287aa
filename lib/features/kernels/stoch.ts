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
  smooth(fastK, { start: firstK, end: segment.end }, slowK!);
  const firstD = writeWarmUp(slowD!, segment, PERIOD_BARS + 2 * SMOOTHING_BARS - 3);
  smooth(slowK!, { start: firstD, end: segment.end }, slowD!);
};

function computeFastK(bars: BarTable, segment: Segment): Float64Array {
  const { high, low, close } = bars;
  const highest = new Float64Array(bars.length);
  const lowest = new Float64Array(bars.length);
  rollingExtreme(high, segment, { windowBars: PERIOD_BARS, sign: 1 }, highest);
  rollingExtreme(low, segment, { windowBars: PERIOD_BARS, sign: -1 }, lowest);
  for (let t = segment.start; t < segment.end; t++) {
    const floor = lowest[t]!;
    const range = highest[t]! - floor;
    const isFlat = isZero(range, Math.abs(highest[t]!) + Math.abs(floor));
    highest[t] = isFlat ? 0 : 100 * ((close[t]! - floor) / range);
  }
  return highest;
}

function smooth(values: Float64Array, { start, end }: Segment, output: Float64Array): void {
  for (let t = start; t < end; t++)
    output[t] = (values[t - 2]! + values[t - 1]! + values[t]!) / SMOOTHING_BARS;
}
