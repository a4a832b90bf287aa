import type { Segment } from '../../bars/index.js';
import { RECURSION_BARS } from '../column-plan.js';
import { finite } from './pointwise.js';

/** What an average may still remember of its seed at the first row of a month. */
const FORGOTTEN = 1e-9;

/**
 * Bars before a month's start at which an average of `windowBars` starts cold, so that at most 1e-9 of
 * its seed is left in the month's first row; 512 up to an average of 43 bars.
 */
export function emaRunInBars(windowBars: number): number {
  const decay = (windowBars - 1) / (windowBars + 1);
  const fading = windowBars === 1 ? 0 : Math.ceil(Math.log(FORGOTTEN) / Math.log(decay));
  return Math.max(RECURSION_BARS, windowBars + fading);
}

/**
 * Exponential average with weight 2 / (windowBars + 1), seeded with the mean of the first `windowBars`
 * values. A missing value is passed over: NaN there, and the average goes on with the next.
 */
export function exponentialAverage(
  values: Float64Array,
  segment: Segment,
  windowBars: number,
  output: Float64Array,
): void {
  const weight = 2 / (windowBars + 1);
  let average = 0;
  let t = segment.start;
  // Until it is seeded the average is the plain mean of what came so far.
  for (let seen = 0; seen < windowBars && t < segment.end; t++) {
    const value = values[t]!;
    if (Number.isNaN(value)) continue;
    average += (value - average) / ++seen;
    if (seen === windowBars) output[t] = finite(average);
  }
  for (; t < segment.end; t++) {
    const value = values[t]!;
    if (Number.isNaN(value)) continue;
    average += weight * (value - average);
    output[t] = finite(average);
  }
}
