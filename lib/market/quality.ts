/** What is known about a month's bars beyond their values. Pure, and without a clock, host or URL. */
import type { BarTable } from '../bars/bar-table.js';
import { INTERVALS_MS, isoOf, type Interval } from '../bars/interval.js';
import type { ArchiveProblem } from './archive.js';
import { BAR_SOURCES, type BarGrid, type BarSource, type RowFaults } from './bar-grid.js';

/** Bars [start, end) by their opens, ISO. */
export interface BarRun {
  readonly start: string;
  readonly end: string;
  readonly bars: number;
}

export interface MonthQuality {
  readonly symbol: string;
  readonly interval: Interval;
  readonly month: string;
  readonly start: string;
  readonly end: string;
  readonly bars: number;
  /** Bars that the range would have without holes. */
  readonly expected: number;
  readonly missing: number;
  readonly holes: readonly BarRun[];
  /** Flat bars without volume that the exchange itself sent: data, and worth knowing. */
  readonly flatRuns: readonly BarRun[];
  readonly flatBars: number;
  /** Bars whose high or low does not bound their open and close; kept as sent. */
  readonly ohlcViolations: number;
  readonly firstOhlcViolation: string | null;
  readonly rows: RowFaults;
  readonly sources: Readonly<Record<BarSource, number>>;
  readonly sourceRuns: readonly (BarRun & { readonly source: BarSource })[];
  readonly archiveProblems: readonly ArchiveProblem[];
}

export interface QualityInput {
  readonly bars: BarTable;
  readonly grid: BarGrid;
  readonly problems: readonly ArchiveProblem[];
}

/** The quality record of an assembled month. */
export function qualityOf(
  range: { symbol: string; interval: Interval; month: string; startMs: number; endMs: number },
  { bars, grid, problems }: QualityInput,
): MonthQuality {
  const { symbol, interval, month, startMs, endMs } = range;
  const holes = grid.holes().map(toRun);
  const missing = holes.reduce((sum, hole) => sum + hole.bars, 0);
  const runs = grid.sourceRuns();
  const flat = flatRuns(bars, INTERVALS_MS[interval]);
  const broken = ohlcViolations(bars);
  return {
    symbol,
    interval,
    month,
    start: isoOf(startMs),
    end: isoOf(endMs),
    bars: bars.length,
    expected: bars.length + missing,
    missing,
    holes,
    flatRuns: flat,
    flatBars: flat.reduce((sum, run) => sum + run.bars, 0),
    ohlcViolations: broken.length,
    firstOhlcViolation: broken[0] === undefined ? null : isoOf(bars.openTimeMs[broken[0]]!),
    rows: { ...grid.faults },
    sources: barsBySource(runs),
    sourceRuns: runs.map((run) => ({ source: run.source, ...toRun(run) })),
    archiveProblems: problems,
  };
}

function toRun({ startMs, endMs, bars }: { startMs: number; endMs: number; bars: number }): BarRun {
  return { start: isoOf(startMs), end: isoOf(endMs), bars };
}

function barsBySource(runs: readonly { source: BarSource; bars: number }[]): Record<BarSource, number> {
  const sums = Object.fromEntries(BAR_SOURCES.map((source) => [source, 0])) as Record<BarSource, number>;
  for (const { source, bars } of runs) sums[source] += bars;
  return sums;
}

/** Maximal runs of adjacent bars that are flat and without volume. */
function flatRuns(bars: BarTable, intervalMs: number): BarRun[] {
  const runs: { startMs: number; endMs: number; bars: number }[] = [];
  for (let row = 0; row < bars.length; row++) {
    const flat =
      bars.volume[row] === 0 && bars.high[row] === bars.low[row] && bars.open[row] === bars.close[row];
    if (!flat) continue;
    const openMs = bars.openTimeMs[row]!;
    const last = runs.at(-1);
    if (last?.endMs === openMs) {
      last.endMs += intervalMs;
      last.bars++;
    } else runs.push({ startMs: openMs, endMs: openMs + intervalMs, bars: 1 });
  }
  return runs.map(toRun);
}

function ohlcViolations(bars: BarTable): number[] {
  const rows: number[] = [];
  for (let row = 0; row < bars.length; row++) {
    const [open, close] = [bars.open[row]!, bars.close[row]!];
    if (bars.high[row]! < Math.max(open, close) || bars.low[row]! > Math.min(open, close)) rows.push(row);
  }
  return rows;
}
