/** The rows of the model data: which bars make one, their features and their target. */
import { monthEndMs, monthsBetween, monthStartMs, type BarTable, type Segment } from '../bars/index.js';
import { runPlan } from './column-frame.js';
import type { ColumnScratch } from './column-scratch.js';
import type { FeatureSet } from './feature-set.js';
import { monthFrame, type MonthFrame, type TimeBarCount } from './month-frame.js';
import { BAR_VARIABLES } from './registry.js';
import { addCounts } from './summary.js';
import { SYMBOL_CODE_COLUMN, symbolCode } from './symbol-code.js';
import { computeTarget } from './target.js';

export interface ModelRowsInput {
  /** Time bars from the look-back to the end of the range; bars after it are not read. */
  readonly bars: BarTable;
  readonly symbol: string;
  readonly intervalMs: number;
  /** Joins the time bars to volume bars of this size first; left out or null for time bars. */
  readonly volumeBarSize?: number | null;
  /** Filing times of the rows wanted, [start, end): a row is filed at the moment its bar is complete. */
  readonly rangeStartMs: number;
  readonly rangeEndMs: number;
  readonly features: FeatureSet;
  /** Memory that the columns of a single month may be views of; new memory where left out. */
  readonly scratch?: ColumnScratch;
}

/** Why a bar of the range makes no row, and how many do not. */
export interface DroppedRows {
  /** The first bars of a segment, where a feature of up to 512 bars has no value yet. */
  readonly warmUp: number;
  /** Bars with a price that is not finite and above 0, or a volume that is not finite or is negative. */
  readonly unusableBar: number;
  /** Beyond warm-up, but no feature has a value. */
  readonly noFeature: number;
}

export interface ModelRows {
  readonly rows: number;
  /** Open of each row's bar, UTC ms, ascending. Like the other columns it may be a view of the bars. */
  readonly openTimeMs: Float64Array;
  /** Last millisecond of each row's bar where bars have no fixed length, else null. */
  readonly closeTimeMs: Float64Array | null;
  /** One column for each of `features.computed`, NaN where missing. */
  readonly columns: readonly Float64Array[];
  /** {@link computeTarget}; NaN keeps a row out of fitting and IC, not out of prediction. */
  readonly target: Float64Array;
  readonly dropped: DroppedRows;
  /** What became of the time bars of the range where rows are volume bars, else null. */
  readonly timeBars: TimeBarCount | null;
}

/**
 * Computes the rows filed in a range of time, month by month: a row does not depend on which other
 * months were asked for.
 */
export function computeModelRows(input: ModelRowsInput): ModelRows {
  const { rangeStartMs, rangeEndMs } = input;
  const parts = monthsBetween(rangeStartMs, rangeEndMs).map((month) => computeMonth(input, month));
  return parts.length === 1 ? parts[0]! : joinRows(parts, input.features.computed.length);
}

function computeMonth(input: ModelRowsInput, month: string): ModelRows {
  const { features, intervalMs, symbol } = input;
  const startMs = monthStartMs(month);
  const frame = monthFrame({
    bars: input.bars,
    intervalMs,
    volumeBarSize: input.volumeBarSize ?? null,
    frameBars: features.plan.frameBars,
    monthStartMs: startMs,
    rangeStartMs: Math.max(startMs, input.rangeStartMs),
    rangeEndMs: Math.min(monthEndMs(month), input.rangeEndMs),
  });
  const { bars, segments, filed, closeTimeMs, timeBars } = frame;
  const columns = runPlan(features.plan, {
    ...frame,
    source: sourceOf(frame, symbol),
    scratch: input.scratch,
  });
  const computed = features.computed.map(({ slot }) => columns[slot]!);
  const kept = selectRows(features, computed, filed, segments);
  return {
    rows: countRows(kept.runs),
    openTimeMs: gather(bars.openTimeMs, kept.runs),
    closeTimeMs: closeTimeMs === null ? null : gather(closeTimeMs, kept.runs),
    columns: computed.map((column) => gather(column, kept.runs)),
    target: gather(computeTarget(bars, segments), kept.runs),
    dropped: kept.dropped,
    timeBars,
  };
}

function sourceOf({ bars }: MonthFrame, symbol: string): (name: string) => Float64Array {
  return (name) =>
    name === SYMBOL_CODE_COLUMN
      ? new Float64Array(bars.length).fill(symbolCode(symbol))
      : bars[BAR_VARIABLES[name]!];
}

interface KeptRows {
  readonly runs: readonly Segment[];
  readonly dropped: DroppedRows;
}

/** The runs of bars that make rows, and the counts of those that do not. */
function selectRows(
  features: FeatureSet,
  computed: readonly Float64Array[],
  filed: Segment,
  segments: readonly Segment[],
): KeptRows {
  const told = computed.filter((_, index) => !features.computed[index]!.clock);
  const runs: Segment[] = [];
  let usable = 0;
  let warmUp = 0;
  for (const segment of segments) {
    const start = Math.max(segment.start, filed.start);
    const end = Math.min(segment.end, filed.end);
    if (start >= end) continue;
    usable += end - start;
    const first = Math.min(end, Math.max(start, segment.start + features.warmUpBars));
    warmUp += first - start;
    runs.push(...runsWithValue(told.length === 0 ? computed : told, { start: first, end }));
  }
  const noFeature = usable - warmUp - countRows(runs);
  return { runs, dropped: { warmUp, unusableBar: filed.end - filed.start - usable, noFeature } };
}

/** The runs of rows in which at least one column has a value. */
function runsWithValue(columns: readonly Float64Array[], within: Segment): Segment[] {
  const runs: Segment[] = [];
  for (let row = within.start; row < within.end; row++) {
    const start = row;
    for (let before = -1; before < row;) {
      before = row;
      for (const column of columns) row = firstMissing(column, row, within.end);
    }
    if (row > start) runs.push({ start, end: row });
  }
  return runs;
}

/** First row from `start` on without a value in the column, `end` where there is none. */
function firstMissing(column: Float64Array, start: number, end: number): number {
  for (let row = start; row < end; row++) if (column[row] !== column[row]) return row;
  return end;
}

function countRows(runs: readonly Segment[]): number {
  return runs.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** The rows of the runs, one after the other; a view where there is one run. */
function gather(column: Float64Array, runs: readonly Segment[]): Float64Array {
  if (runs.length === 1) return column.subarray(runs[0]!.start, runs[0]!.end);
  const result = new Float64Array(countRows(runs));
  let offset = 0;
  for (const { start, end } of runs) {
    result.set(column.subarray(start, end), offset);
    offset += end - start;
  }
  return result;
}

function joinRows(parts: readonly ModelRows[], width: number): ModelRows {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const join = (pick: (part: ModelRows) => Float64Array): Float64Array => {
    const result = new Float64Array(rows);
    let offset = 0;
    for (const part of parts) {
      result.set(pick(part), offset);
      offset += part.rows;
    }
    return result;
  };
  const hasVolumeBars = parts.length > 0 && parts.every(({ timeBars }) => timeBars !== null);
  return {
    rows,
    openTimeMs: join((part) => part.openTimeMs),
    closeTimeMs: hasVolumeBars ? join((part) => part.closeTimeMs!) : null,
    columns: Array.from({ length: width }, (_, index) => join((part) => part.columns[index]!)),
    target: join((part) => part.target),
    dropped: addCounts(
      parts.map(({ dropped }) => dropped),
      ['warmUp', 'unusableBar', 'noFeature'],
    ),
    timeBars: hasVolumeBars
      ? addCounts(
          parts.map(({ timeBars }) => timeBars!),
          ['total', 'unfinished', 'unusable'],
        )
      : null,
  };
}
