/**
 * Sums over a sliding window, in time independent of the window's length, that add only what is in
 * the window.
 *
 * Time is cut into blocks of the window's length, counted from the epoch. A window is the end of one
 * block and the beginning of the next, so its aggregate joins two that were accumulated inside the
 * window: nothing is ever subtracted, no error outlives its window, and the result depends on the
 * window and the time alone, not on where the computation began.
 */
import type { Segment } from '../../bars/index.js';

/** Rows [start, end) of one block within a segment. */
export type BlockVisitor = (start: number, end: number) => void;

export interface BlockClock {
  readonly openTimeMs: Float64Array;
  readonly intervalMs: number;
}

/** Visits the blocks of `windowBars` bars, anchored at time / interval, that the segment covers, in order. */
export function visitBlocks(
  clock: BlockClock,
  segment: Segment,
  windowBars: number,
  visit: BlockVisitor,
): void {
  const firstBar = Math.round(clock.openTimeMs[segment.start]! / clock.intervalMs);
  let start = segment.start;
  let end = start + windowBars - (firstBar % windowBars);
  while (start < segment.end) {
    visit(start, Math.min(end, segment.end));
    start = end;
    end += windowBars;
  }
}
