import { isZero, PERIOD_BARS, writeWarmUp, type Kernel } from '../kernel.js';
import { rollingExtreme } from '../rolling-extreme.js';

/**
 * Relative strength index over 14 changes of the close, in [0, 100]: 100 * g / (g + l) with Wilder's
 * averages of gains and losses, seeded with the mean of the segment's first 14 changes. First value at
 * bar 14; 0 where the close has not moved at all. Source: TA-Lib's RSI.
 */
export const rsiKernel: Kernel = (bars, segment, [output]) => {
  const { close } = bars;
  const first = writeWarmUp(output!, segment, PERIOD_BARS);
  if (first === segment.end) return;
  let gain = 0;
  let loss = 0;
  for (let t = segment.start + 1; t <= first; t++) {
    const change = close[t]! - close[t - 1]!;
    if (change > 0) gain += change;
    else loss -= change;
  }
  gain /= PERIOD_BARS;
  loss /= PERIOD_BARS;
  output![first] = strength(gain, loss);
  for (let t = first + 1; t < segment.end; t++) {
    const change = close[t]! - close[t - 1]!;
    // Branches here would be mispredicted at every other bar.
    gain = (gain * (PERIOD_BARS - 1) + Math.max(change, 0)) / PERIOD_BARS;
    loss = (loss * (PERIOD_BARS - 1) - Math.min(change, 0)) / PERIOD_BARS;
    output![t] = strength(gain, loss);
  }
};

function strength(gain: number, loss: number): number {
  const moved = gain + loss;
  return moved === 0 ? 0 : 100 * (gain / moved);
}

/**
 * Stochastic of the RSI, in [0, 100]: 100 * (RSI - min14) / (max14 - min14), input 0 being `rsi`. First
 * value at bar 27; 0 where the RSI's range is zero beside its size. Source: fastK of TA-Lib's STOCHRSI.
 */
export const stochRsiKernel: Kernel = (_bars, segment, [output], [rsi]) => {
  const { start, end } = segment;
  // Of the segment alone: a whole column for each segment would cost the square of the holes.
  const highest = new Float64Array(end - start);
  const all = { start: 0, end: end - start };
  rollingExtreme(rsi!.subarray(start, end), all, { windowBars: PERIOD_BARS, sign: 1 }, highest);
  rollingExtreme(rsi!, segment, { windowBars: PERIOD_BARS, sign: -1 }, output!);
  for (let t = writeWarmUp(output!, segment, 2 * PERIOD_BARS - 1); t < end; t++) {
    const lowest = output![t]!;
    const top = highest[t - start]!;
    const range = top - lowest;
    output![t] = isZero(range, top + lowest) ? 0 : 100 * ((rsi![t]! - lowest) / range);
  }
};
