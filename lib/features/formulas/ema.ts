import type { Segment } from '../../bars/index.js';
import { RECURSION_BARS } from '../column-plan.js';

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
  let seen = 0;
  let average = 0;
  for (let t = segment.start; t < segment.end; t++) {
    const value = values[t]!;
    if (Number.isNaN(value)) continue;
    seen++;
    if (seen > windowBars) average += weight * (value - average);
    // Before that the average is the plain mean of what came so far.
    else average += (value - average) / seen;
    if (seen >= windowBars && average - average === 0) output[t] = average;
  }
}
