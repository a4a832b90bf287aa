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
 * True where `x` is nothing beside its scale: |x| <= 1e-14 * scale. An exact test misses TA-Lib on
 * real bars, a fixed epsilon breaks pairs priced at 1e-8.
 */
export function isZero(x: number, scale: number): boolean {
  return Math.abs(x) <= 1e-14 * scale;
}

/** Writes NaN into the first `bars` rows of the segment and returns the row after them. */
export function writeWarmUp(output: Float64Array, segment: Segment, bars: number): number {
  const first = Math.min(segment.start + bars, segment.end);
  output.fill(Number.NaN, segment.start, first);
  return first;
}
