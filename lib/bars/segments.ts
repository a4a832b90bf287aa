import type { BarTable } from './bar-table.js';

/** A half-open range of rows without a hole inside. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

/**
 * The maximal runs of consecutive bars: neighbours exactly one interval apart.
 * Source of every "never across a hole" rule. Rows are ascending; pure.
 */
export function findSegments(openTimeMs: Float64Array, intervalMs: number): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  for (let row = 1; row <= openTimeMs.length; row++) {
    const joins = row < openTimeMs.length && openTimeMs[row]! - openTimeMs[row - 1]! === intervalMs;
    if (joins) continue;
    if (row > start) segments.push({ start, end: row });
    start = row;
  }
  return segments;
}

/** A stretch of missing bars, [startMs, endMs) in bar opens. */
export interface Hole {
  readonly startMs: number;
  readonly endMs: number;
  readonly bars: number;
}

/** The holes of `bars` inside [startMs, endMs), the edges included. */
export function findHoles(bars: BarTable, intervalMs: number, startMs: number, endMs: number): Hole[] {
  const holes: Hole[] = [];
  let expected = startMs;
  const note = (until: number): void => {
    if (until > expected) {
      holes.push({ startMs: expected, endMs: until, bars: Math.round((until - expected) / intervalMs) });
    }
  };
  for (let row = 0; row < bars.length; row++) {
    const time = bars.openTimeMs[row]!;
    if (time < startMs || time >= endMs) continue;
    note(time);
    expected = time + intervalMs;
  }
  note(endMs);
  return holes;
}
