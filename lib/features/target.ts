import type { BarTable, Segment } from '../bars/index.js';

/**
 * The label of each bar: close[t+1] / open[t+1] - 1 as a fraction, entered at the next open and left at
 * its close; NaN where bar t+1 is not the next bar of the same segment. Allocates one column.
 */
export function computeTarget(bars: BarTable, segments: readonly Segment[]): Float64Array {
  const { open, close } = bars;
  const target = new Float64Array(bars.length).fill(Number.NaN);
  for (const { start, end } of segments) {
    for (let t = start; t < end - 1; t++) target[t] = close[t + 1]! / open[t + 1]! - 1;
  }
  return target;
}
