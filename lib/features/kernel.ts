/** What a feature kernel is, and the two rules that all of them share. */
import type { BarTable, Segment } from '../bars/index.js';

/**
 * Computes the columns of one group over one segment, cold at `segment.start`.
 * Writes every row of the segment into each output (NaN in the warm-up) and no row outside it; reads
 * nothing outside it either. `inputs` are the feature columns the group declares, full length.
 * Allocates nothing per row.
 */
export type Kernel = (
  bars: BarTable,
  segment: Segment,
  outputs: readonly Float64Array[],
  inputs: readonly Float64Array[],
) => void;

/** Window of every built-in oscillator, in bars. */
export const PERIOD_BARS = 14;

/**
 * Up to this size a number is nothing beside its scale: 1e-14 of it. An exact test misses TA-Lib on
 * real bars, a fixed epsilon breaks pairs priced at 1e-8.
 */
export function zeroBelow(scale: number): number {
  return 1e-14 * scale;
}

/** True where `x` is nothing beside its scale, see {@link zeroBelow}. */
export function isZero(x: number, scale: number): boolean {
  return Math.abs(x) <= zeroBelow(scale);
}

/** Writes NaN into the first `bars` rows of the segment and returns the row after them. */
export function writeWarmUp(output: Float64Array, segment: Segment, bars: number): number {
  const first = Math.min(segment.start + bars, segment.end);
  output.fill(Number.NaN, segment.start, first);
  return first;
}
