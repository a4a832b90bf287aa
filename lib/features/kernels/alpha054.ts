import type { Kernel } from '../kernel.js';

/**
 * -(L-C) * O^5 / ((L-H) * C^5), 0 where L = H; defined at every bar, unit-free, never positive on a
 * valid bar. The powers are taken of O/C, which neither under- nor overflows at any price. Source:
 * Kakushadze, "101 Formulaic Alphas", number 54.
 */
export const alpha054Kernel: Kernel = (bars, segment, [output]) => {
  const { open, high, low, close } = bars;
  for (let t = segment.start; t < segment.end; t++) {
    const range = low[t]! - high[t]!;
    const ratio = open[t]! / close[t]!;
    const square = ratio * ratio;
    const fifth = square * square * ratio;
    output![t] = range === 0 ? 0 : ((close[t]! - low[t]!) / range) * fifth;
  }
};
