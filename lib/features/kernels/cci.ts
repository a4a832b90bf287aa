import { isZero, PERIOD_BARS, writeWarmUp, type Kernel } from '../kernel.js';

/**
 * Commodity channel index over 14 bars: (TP - mean) / (0.015 * mean absolute deviation from that same
 * mean), TP = (H+L+C)/3; first value at bar 13; 0 where the numerator or the deviation is zero beside
 * the mean. The window is summed anew at each bar, oldest first. Source: TA-Lib's CCI.
 */
export const cciKernel: Kernel = (bars, segment, [output]) => {
  const { high, low, close } = bars;
  const typical = new Float64Array(segment.end - segment.start);
  for (let i = 0; i < typical.length; i++) {
    const t = segment.start + i;
    typical[i] = (high[t]! + low[t]! + close[t]!) / 3;
  }
  for (let t = writeWarmUp(output!, segment, PERIOD_BARS - 1); t < segment.end; t++) {
    output![t] = cciAt(typical, t - segment.start);
  }
};

/** Two sums at a time: each addition waits for the one before it. */
function cciAt(typical: Float64Array, last: number): number {
  const first = last - PERIOD_BARS + 1;
  let even = 0;
  let odd = 0;
  for (let j = first; j < last; j += 2) {
    even += typical[j]!;
    odd += typical[j + 1]!;
  }
  const mean = (even + odd) / PERIOD_BARS;
  even = 0;
  odd = 0;
  for (let j = first; j < last; j += 2) {
    even += Math.abs(typical[j]! - mean);
    odd += Math.abs(typical[j + 1]! - mean);
  }
  const deviations = even + odd;
  const distance = typical[last]! - mean;
  const scale = Math.abs(mean);
  if (isZero(distance, scale) || isZero(deviations, scale)) return 0;
  return distance / (0.015 * (deviations / PERIOD_BARS));
}
