/** Runs a column plan over the rows of one month and its look-back. */
import { findSegments, type BarTable, type Segment } from '../bars/index.js';
import type { ColumnPlan } from './column-plan.js';
import type { ColumnScratch } from './column-scratch.js';

/** The rows a plan runs over: those of a month and its look-back. */
export interface Frame {
  readonly bars: BarTable;
  /** The column of a name that the plan takes from the frame. */
  readonly source: (name: string) => Float64Array;
  /** Runs of usable bars without a hole. */
  readonly segments: readonly Segment[];
  /** The row at which begins what starts cold so many bars before the month; below 0 at the first one. */
  readonly coldRow: (barsBefore: number) => number;
  /** Place of a row in a count of bars that is the same wherever the frame begins. */
  readonly ordinalOf: (row: number) => number;
  /** Where columns come from; new ones where left out. */
  readonly scratch?: ColumnScratch | undefined;
}

/**
 * Runs of usable bars: a hole ends one, and so does a bar that {@link isUsable} refuses, which is in
 * none.
 */
export function findUsableSegments(bars: BarTable, intervalMs: number): Segment[] {
  return findSegments(bars.openTimeMs, intervalMs).flatMap(({ start, end }) => {
    const runs: Segment[] = [];
    let first = start;
    for (let row = start; row <= end; row++) {
      if (row < end && isUsable(bars, row)) continue;
      if (row > first) runs.push({ start: first, end: row });
      first = row + 1;
    }
    return runs;
  });
}

/** True where prices are finite and above 0 and the volume finite and not negative. */
export function isUsable({ open, high, low, close, volume }: BarTable, row: number): boolean {
  return (
    open[row]! > 0 &&
    high[row]! > 0 &&
    low[row]! > 0 &&
    close[row]! > 0 &&
    open[row]! < Infinity &&
    high[row]! < Infinity &&
    low[row]! < Infinity &&
    close[row]! < Infinity &&
    volume[row]! >= 0 &&
    volume[row]! < Infinity
  );
}

/**
 * The kept slots' columns over the frame, by slot; source slots are the frame's own. Columns that only
 * later steps read are written over once they have been read.
 */
export function runPlan(plan: ColumnPlan, frame: Frame): readonly Float64Array[] {
  const { bars, ordinalOf, scratch } = frame;
  const allocate = (): Float64Array => scratch?.take(bars.length) ?? new Float64Array(bars.length);
  const columns: Float64Array[] = new Array(plan.slots);
  const free: Float64Array[] = [];
  for (const [slot, name] of plan.sources) columns[slot] = frame.source(name);
  for (const step of plan.steps) {
    const outputs = step.outputs.map((slot) => {
      const column = free.pop() ?? allocate();
      columns[slot] = step.writesAll === true ? column : column.fill(Number.NaN);
      return columns[slot];
    });
    const inputs = step.inputs.map((slot) => columns[slot]!);
    const segments = segmentsFrom(frame, step.coldStartBars);
    step.run({ bars, ordinalOf, segments }, inputs, outputs);
    free.push(...step.releases.map((slot) => columns[slot]!));
  }
  return columns;
}

/** The segments as a recursion sees them that starts cold so many bars before the month. */
function segmentsFrom(frame: Frame, coldStartBars: number | null): readonly Segment[] {
  if (coldStartBars === null) return frame.segments;
  const coldRow = frame.coldRow(coldStartBars);
  return frame.segments
    .filter(({ end }) => end > coldRow)
    .map(({ start, end }) => ({ start: Math.max(start, coldRow), end }));
}
