import type { BarTable } from '../../bars/index.js';
import { PERIOD_BARS, writeWarmUp, type Kernel } from '../kernel.js';

/**
 * Normalised average true range, in percent of the close: 100 * ATR14 / C, Wilder's average seeded with
 * the mean of the true ranges of bars 1..14 of the segment. First value at bar 14; 0 where C = 0.
 * Source: TA-Lib's NATR.
 */
export const natrKernel: Kernel = (bars, segment, [output]) => {
  const { close } = bars;
  const first = writeWarmUp(output!, segment, PERIOD_BARS);
  if (first === segment.end) return;
  let average = 0;
  for (let t = segment.start + 1; t <= first; t++) average += trueRange(bars, t);
  average /= PERIOD_BARS;
  output![first] = percentOf(average, close[first]!);
  for (let t = first + 1; t < segment.end; t++) {
    average = (average * (PERIOD_BARS - 1) + trueRange(bars, t)) / PERIOD_BARS;
    output![t] = percentOf(average, close[t]!);
  }
};

/** The largest of H - L, |H - previous C| and |L - previous C|. */
function trueRange({ high, low, close }: BarTable, t: number): number {
  const previous = close[t - 1]!;
  const range = high[t]! - low[t]!;
  const up = Math.abs(high[t]! - previous);
  const down = Math.abs(low[t]! - previous);
  return range >= up ? (range >= down ? range : down) : up >= down ? up : down;
}

function percentOf(average: number, close: number): number {
  return close === 0 ? 0 : (100 * average) / close;
}
