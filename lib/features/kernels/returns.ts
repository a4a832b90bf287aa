import type { Kernel } from '../kernel.js';
import { writeWarmUp } from '../kernel.js';

/** Number of bars of the longest built-in return. */
export const LONGEST_RETURN_BARS = 10;

/**
 * `ret{k}bar` = C[t] / O[t-k+1] - 1 into output k-1, as a fraction; first value at bar k-1.
 * A return over a hole does not exist: it starts inside the segment.
 */
export const returnsKernel: Kernel = (bars, segment, outputs) => {
  const { open, close } = bars;
  outputs.forEach((output, lag) => {
    for (let t = writeWarmUp(output, segment, lag); t < segment.end; t++) {
      output[t] = close[t]! / open[t - lag]! - 1;
    }
  });
};
