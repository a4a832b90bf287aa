import { PERIOD_BARS, writeWarmUp, zeroBelow, type Kernel } from '../kernel.js';

/**
 * Money flow index over 14 changes of TP = (H+L+C)/3, in [0, 100]: 100 * pos / (pos + neg), sums of TP*V
 * where TP rose or fell; an unchanged TP is neither. First value at bar 14; 0 where nothing flowed.
 * The window is summed anew at each bar (a running sum drifts out of the range). Source: TA-Lib's MFI,
 * without its floor of 1 under the flow, which is a unit of price.
 */
export const mfiKernel: Kernel = (bars, segment, [output]) => {
  const rows = segment.end - segment.start;
  const rising = new Float64Array(rows);
  const falling = new Float64Array(rows);
  splitFlow(bars, segment.start, rising, falling);
  for (let t = writeWarmUp(output!, segment, PERIOD_BARS); t < segment.end; t++) {
    const last = t - segment.start;
    let positive = 0;
    let negative = 0;
    for (let j = last - PERIOD_BARS + 1; j <= last; j++) {
      positive += rising[j]!;
      negative += falling[j]!;
    }
    const flow = positive + negative;
    output![t] = flow === 0 ? 0 : 100 * (positive / flow);
  }
};

function splitFlow(
  { high, low, close, volume }: Parameters<Kernel>[0],
  start: number,
  rising: Float64Array,
  falling: Float64Array,
): void {
  let previous = Number.NaN;
  for (let i = 0; i < rising.length; i++) {
    const t = start + i;
    const typical = (high[t]! + low[t]! + close[t]!) / 3;
    const change = typical - previous;
    const flow = typical * volume[t]!;
    const threshold = zeroBelow(Math.abs(typical) + Math.abs(previous));
    rising[i] = change > threshold ? flow : 0;
    falling[i] = -change > threshold ? flow : 0;
    previous = typical;
  }
}
