/** The quality of all months of a symbol as one record. Pure. */
import { BAR_SOURCES, type BarSource, type RowFaults } from './bar-grid.js';
import type { BarRun, MonthQuality } from './quality.js';

export interface SymbolQuality extends Omit<
  MonthQuality,
  'month' | 'start' | 'end' | 'sourceRuns' | 'archiveSample'
> {
  readonly months: number;
  /** Archived bars that were compared with REST, those that differ, and bars that only one of the two has. */
  readonly archiveVersusRest: {
    readonly compared: number;
    readonly different: number;
    readonly onlyRest: number;
    readonly onlyArchive: number;
    readonly firstDifference: string | null;
  };
}

/** Sums of what was wrong with the rows of some months. */
export function sumRowFaults(months: readonly Pick<MonthQuality, 'rows'>[]): RowFaults {
  const sum = (fault: keyof RowFaults): number => months.reduce((total, { rows }) => total + rows[fault], 0);
  return {
    duplicates: sum('duplicates'),
    conflicts: sum('conflicts'),
    disorder: sum('disorder'),
    offGrid: sum('offGrid'),
    unusable: sum('unusable'),
  };
}

/** One record of months of one symbol, which come in order of time; runs across a month's end are joined. */
export function symbolQuality(months: readonly MonthQuality[]): SymbolQuality {
  const sum = (of: (month: MonthQuality) => number): number =>
    months.reduce((total, month) => total + of(month), 0);
  const first = <T>(of: (month: MonthQuality) => T | null): T | null =>
    months.map(of).find((value) => value !== null) ?? null;
  const samples = months.map(({ archiveSample }) => archiveSample).filter((sample) => sample !== null);
  const [bars, expected] = [sum((month) => month.bars), sum((month) => month.expected)];
  return {
    symbol: months[0]!.symbol,
    interval: months[0]!.interval,
    months: months.length,
    firstBar: first(({ firstBar }) => firstBar),
    lastBar: months.findLast(({ lastBar }) => lastBar !== null)?.lastBar ?? null,
    bars,
    expected,
    missing: expected - bars,
    coverageFrac: expected === 0 ? 1 : bars / expected,
    holes: months.flatMap(({ holes }) => holes),
    flatRuns: joinRuns(months.flatMap(({ flatRuns }) => flatRuns)),
    flatBars: sum(({ flatBars }) => flatBars),
    zeroVolumeRuns: joinRuns(months.flatMap(({ zeroVolumeRuns }) => zeroVolumeRuns)),
    zeroVolumeBars: sum(({ zeroVolumeBars }) => zeroVolumeBars),
    ohlcViolations: sum(({ ohlcViolations }) => ohlcViolations),
    firstOhlcViolation: first(({ firstOhlcViolation }) => firstOhlcViolation),
    rows: sumRowFaults(months),
    sources: Object.fromEntries(
      BAR_SOURCES.map((source) => [source, sum(({ sources }) => sources[source])]),
    ) as Record<BarSource, number>,
    archiveProblems: months.flatMap(({ archiveProblems }) => archiveProblems),
    archiveVersusRest: {
      compared: samples.reduce((total, { compared }) => total + compared, 0),
      different: samples.reduce((total, { different }) => total + different, 0),
      onlyRest: samples.reduce((total, { onlyRest }) => total + onlyRest, 0),
      onlyArchive: samples.reduce((total, { onlyArchive }) => total + onlyArchive, 0),
      firstDifference:
        samples.find(({ firstDifference }) => firstDifference !== null)?.firstDifference ?? null,
    },
  };
}

function joinRuns(runs: readonly BarRun[]): BarRun[] {
  const joined: BarRun[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (last?.end === run.start) {
      joined[joined.length - 1] = { start: last.start, end: run.end, bars: last.bars + run.bars };
    } else joined.push(run);
  }
  return joined;
}
