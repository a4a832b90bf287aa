import type { Kernel } from '../kernel.js';

/** Balance of power (C-O)/(H-L), in [-1, 1]; 0 where H = L. Defined at every bar. Source: TA-Lib's BOP. */
export const bopKernel: Kernel = (bars, segment, [output]) => {
  const { open, high, low, close } = bars;
  for (let t = segment.start; t < segment.end; t++) {
    const range = high[t]! - low[t]!;
    output![t] = range === 0 ? 0 : (close[t]! - open[t]!) / range;
  }
};
