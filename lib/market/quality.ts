/** What is known about a month's bars beyond their values. Pure, and without a clock, host or URL. */
import type { BarTable } from '../bars/bar-table.js';
import { DAY_MS, dayOf, dayStartMs, INTERVALS_MS, isoOf, type Interval } from '../bars/interval.js';
import type { Hole } from '../bars/segments.js';
import type { ArchiveProblem } from './archive.js';
import { BAR_SOURCES, type BarGrid, type BarSource, type RowFaults } from './bar-grid.js';
import type { ArchiveSample } from './sample.js';

/** Bars [start, end) by their opens, ISO. */
export interface BarRun {
  readonly start: string;
  readonly end: string;
  readonly bars: number;
}

/**
 * Why bars are missing: `halt` where the exchange traded nothing just before (flat bars without volume run
 * into the hole), `unusable-file` where an archive of these days could not be used, else `not-published`.
 */
export type HoleCause = 'halt' | 'unusable-file' | 'not-published';

export interface QualityHole extends BarRun {
  readonly cause: HoleCause;
  /** What was asked for these bars and had none. */
  readonly evidence: readonly string[];
}

export interface MonthQuality {
  readonly symbol: string;
  readonly interval: Interval;
  readonly month: string;
  readonly start: string;
  readonly end: string;
  readonly firstBar: string | null;
  readonly lastBar: string | null;
  readonly bars: number;
  /** Bars that the range would have without holes. */
  readonly expected: number;
  readonly missing: number;
  /** bars / expected. */
  readonly coverageFrac: number;
  readonly holes: readonly QualityHole[];
  /** Flat bars without volume that the exchange itself sent: data, and worth knowing. */
  readonly flatRuns: readonly BarRun[];
  readonly flatBars: number;
  /** Bars without volume, flat or not. */
  readonly zeroVolumeRuns: readonly BarRun[];
  readonly zeroVolumeBars: number;
  /** Bars whose high or low does not bound their open and close; kept as sent. */
  readonly ohlcViolations: number;
  readonly firstOhlcViolation: string | null;
  readonly rows: RowFaults;
  readonly sources: Readonly<Record<BarSource, number>>;
  readonly sourceRuns: readonly (BarRun & { readonly source: BarSource })[];
  readonly archiveProblems: readonly ArchiveProblem[];
  /** Null where no sample was taken. */
  readonly archiveSample: ArchiveSample | null;
}

export interface QualityInput {
  readonly bars: BarTable;
  readonly grid: BarGrid;
  readonly problems: readonly ArchiveProblem[];
  /** Files that were used. */
  readonly archives: Readonly<Record<string, string>>;
  readonly sample: ArchiveSample | null;
  /** REST does not know the symbol any more. */
  readonly isDelisted: boolean;
}

interface MonthRange {
  readonly symbol: string;
  readonly interval: Interval;
  readonly month: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The quality record of an assembled month. */
export function qualityOf(range: MonthRange, input: QualityInput): MonthQuality {
  const { symbol, interval, month, startMs, endMs } = range;
  const { bars, grid, problems, sample } = input;
  const intervalMs = INTERVALS_MS[interval];
  const found = grid.holes();
  const missing = found.reduce((sum, hole) => sum + hole.bars, 0);
  const runs = grid.sourceRuns();
  const silentRows = rowsWithoutVolume(bars);
  const flat = runsOf(silentRows.filter(isFlat), bars, intervalMs);
  const silent = runsOf(silentRows, bars, intervalMs);
  const broken = ohlcViolations(bars);
  const at = (row: number): string | null => (bars.length === 0 ? null : isoOf(bars.openTimeMs.at(row)!));
  return {
    symbol,
    interval,
    month,
    start: isoOf(startMs),
    end: isoOf(endMs),
    firstBar: at(0),
    lastBar: at(-1),
    bars: bars.length,
    expected: bars.length + missing,
    missing,
    coverageFrac: bars.length + missing === 0 ? 1 : bars.length / (bars.length + missing),
    holes: found.map((hole) => describeHole(hole, { range, input, flatEnds: new Set(flat.map(endOf)) })),
    flatRuns: flat.map(toRun),
    flatBars: barsIn(flat),
    zeroVolumeRuns: silent.map(toRun),
    zeroVolumeBars: barsIn(silent),
    ohlcViolations: broken.length,
    firstOhlcViolation: broken[0] === undefined ? null : isoOf(bars.openTimeMs[broken[0]]!),
    rows: { ...grid.faults },
    sources: barsBySource(runs),
    sourceRuns: runs.map((run) => ({ source: run.source, ...toRun(run) })),
    archiveProblems: problems,
    archiveSample: sample,
  };

  function isFlat(row: number): boolean {
    return bars.high[row] === bars.low[row] && bars.open[row] === bars.close[row];
  }
}

const endOf = ({ endMs }: Hole): number => endMs;
const barsIn = (runs: readonly Hole[]): number => runs.reduce((sum, run) => sum + run.bars, 0);

function toRun({ startMs, endMs, bars }: Hole): BarRun {
  return { start: isoOf(startMs), end: isoOf(endMs), bars };
}

interface HoleContext {
  readonly range: MonthRange;
  readonly input: QualityInput;
  /** Ends of the runs of flat bars. */
  readonly flatEnds: ReadonlySet<number>;
}

function describeHole(hole: Hole, { range, input, flatEnds }: HoleContext): QualityHole {
  const stem = `${range.symbol}-${range.interval}-`;
  const touching = [`${stem}${range.month}.zip`];
  for (let day = dayStartMs(hole.startMs); day < hole.endMs; day += DAY_MS)
    touching.push(`${stem}${dayOf(day)}.zip`);
  const evidence = [
    ...touching.filter((file) => file in input.archives).map((file) => `not in ${file}`),
    ...input.problems
      .filter(({ file }) => touching.includes(file))
      .map(({ file, problem }) => `${file}: ${problem}`),
    input.isDelisted ? 'REST does not know the symbol any more' : 'REST was asked twice and has none',
  ];
  return { ...toRun(hole), cause: causeOf(), evidence: [...new Set(evidence)] };

  function causeOf(): HoleCause {
    if (flatEnds.has(hole.startMs)) return 'halt';
    const unusable = input.problems.some(({ file }) => touching.includes(file) && !(file in input.archives));
    return unusable ? 'unusable-file' : 'not-published';
  }
}

function barsBySource(runs: readonly { source: BarSource; bars: number }[]): Record<BarSource, number> {
  const sums = Object.fromEntries(BAR_SOURCES.map((source) => [source, 0])) as Record<BarSource, number>;
  for (const { source, bars } of runs) sums[source] += bars;
  return sums;
}

function rowsWithoutVolume({ volume, length }: BarTable): number[] {
  const rows: number[] = [];
  for (let row = 0; row < length; row++) if (volume[row] === 0) rows.push(row);
  return rows;
}

/** Maximal runs of adjacent bars among `rows`, which ascend. */
function runsOf(rows: readonly number[], bars: BarTable, intervalMs: number): Hole[] {
  const runs: { startMs: number; endMs: number; bars: number }[] = [];
  for (const row of rows) {
    const openMs = bars.openTimeMs[row]!;
    const last = runs.at(-1);
    if (last?.endMs === openMs) {
      last.endMs += intervalMs;
      last.bars++;
    } else runs.push({ startMs: openMs, endMs: openMs + intervalMs, bars: 1 });
  }
  return runs;
}

function ohlcViolations({ open, high, low, close, length }: BarTable): number[] {
  const rows: number[] = [];
  for (let row = 0; row < length; row++) {
    if (high[row]! < Math.max(open[row]!, close[row]!) || low[row]! > Math.min(open[row]!, close[row]!))
      rows.push(row);
  }
  return rows;
}
