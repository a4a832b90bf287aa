/**
 * Sums over a sliding window, in time independent of the window's length, that add only what is in
 * the window.
 *
 * The bars are cut into blocks of the window's length, counted from a bar that is the same wherever the
 * computation began (time bars: the epoch's). A window is the end of one block and the beginning of the
 * next, so its aggregate joins two that were accumulated inside the window: nothing is ever subtracted,
 * no error outlives its window, and the result depends on the window and its place in that count alone.
 */
import type { Segment } from '../../bars/index.js';

/** Rows [start, end) of one block within a segment. */
export type BlockVisitor = (start: number, end: number) => void;

/** Place of a row in that count. */
export type OrdinalOf = (row: number) => number;

/** Visits the blocks of `windowBars` bars that the segment covers, in order. */
export function visitBlocks(
  ordinalOf: OrdinalOf,
  segment: Segment,
  windowBars: number,
  visit: BlockVisitor,
): void {
  const ordinal = ordinalOf(segment.start);
  let start = segment.start;
  let end = start + windowBars - (ordinal - windowBars * Math.floor(ordinal / windowBars));
  while (start < segment.end) {
    visit(start, Math.min(end, segment.end));
    start = end;
    end += windowBars;
  }
}
