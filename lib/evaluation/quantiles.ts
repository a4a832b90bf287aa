/** Returns by quantile. Pure. */
import { DAY_MS } from '../bars/interval.js';
import type { Judged } from './judged.js';
import { spearman } from './ranks.js';
import type { QuantileCurve, QuantileRow, SpreadSummary } from './types.js';

/** More curves than this cannot be told apart. */
const MOST_CURVES = 20;
const Z95 = 1.959963984540054;
const BP = 1e4;

/** Sums of one quantile on one UTC day (of the decision). */
interface DaySums {
  n: number;
  sum: number;
}

/** Returns of binned rows, gathered once for everything that is told about quantiles. */
export interface QuantileReturns {
  readonly bins: number;
  /** UTC day numbers with a row, ascending. */
  readonly days: readonly number[];
  /** By quantile (index 0 is quantile 1) and day number. */
  readonly byDay: readonly ReadonlyMap<number, DaySums>[];
  /** By quantile: log of 1 + the mean return at each bar, added up by day number. */
  readonly logByDay: readonly ReadonlyMap<number, number>[];
}

/** Gathers the rows that have a bin and a target. */
export function gatherReturns(
  judged: Judged,
  bins: readonly Int32Array[],
  binCount: number,
): QuantileReturns {
  const byDay = Array.from({ length: binCount }, () => new Map<number, DaySums>());
  const byBar = Array.from({ length: binCount }, () => new Map<number, DaySums>());
  const days = new Set<number>();
  judged.symbols.forEach(({ timeMs, target }, index) => {
    const own = bins[index]!;
    for (let row = 0; row < timeMs.length; row++) {
      const bin = own[row]!;
      const value = target[row]!;
      if (bin === 0 || Number.isNaN(value)) continue;
      const day = Math.floor((timeMs[row]! + judged.intervalMs) / DAY_MS);
      days.add(day);
      add(byDay[bin - 1]!, day, value);
      add(byBar[bin - 1]!, timeMs[row]!, value);
    }
  });
  const logByDay = byBar.map((bars) => logReturnsByDay(bars, judged.intervalMs));
  return { bins: binCount, days: [...days].sort((left, right) => left - right), byDay, logByDay };
}

function add(sums: Map<number, DaySums>, key: number, value: number): void {
  const group = sums.get(key);
  if (group === undefined) sums.set(key, { n: 1, sum: value });
  else {
    group.n += 1;
    group.sum += value;
  }
}

/** A quantile holds its rows in equal parts: the return of a bar is their mean. */
function logReturnsByDay(bars: ReadonlyMap<number, DaySums>, intervalMs: number): Map<number, number> {
  const logs = new Map<number, number>();
  for (const [timeMs, { n, sum }] of bars) {
    const day = Math.floor((timeMs + intervalMs) / DAY_MS);
    logs.set(day, (logs.get(day) ?? 0) + Math.log1p(sum / n));
  }
  return logs;
}

/** Count, mean, clustered standard error and cumulative return of every quantile. */
export function quantileTable({ bins, byDay, logByDay }: QuantileReturns): QuantileRow[] {
  return Array.from({ length: bins }, (_, index) => {
    const days = [...byDay[index]!.values()];
    const count = days.reduce((sum, { n }) => sum + n, 0);
    if (count === 0) {
      return { quantile: index + 1, count, meanBp: null, standardErrorBp: null, t: null, cumReturn: null };
    }
    const mean = days.reduce((sum, day) => sum + day.sum, 0) / count;
    const standardError = clusteredError(days, mean, count);
    let log = 0;
    for (const value of logByDay[index]!.values()) log += value;
    return {
      quantile: index + 1,
      count,
      meanBp: mean * BP,
      standardErrorBp: standardError === null ? null : standardError * BP,
      t: standardError === null || standardError === 0 ? null : mean / standardError,
      cumReturn: Math.expm1(log),
    };
  });
}

/** Standard error of a mean whose errors are alike within a day: sqrt(D/(D-1) sum of squared day sums) / n. */
function clusteredError(days: readonly DaySums[], mean: number, count: number): number | null {
  if (days.length < 2) return null;
  const squares = days.reduce((sum, day) => sum + (day.sum - day.n * mean) ** 2, 0);
  return Math.sqrt((days.length / (days.length - 1)) * squares) / count;
}

/** Cumulative returns at the ends of the days, of all quantiles or of twenty spread evenly. */
export function quantileCurves(returns: QuantileReturns): { timesMs: number[]; curves: QuantileCurve[] } {
  const { bins, days, logByDay } = returns;
  const shown =
    bins <= MOST_CURVES
      ? Array.from({ length: bins }, (_, index) => index)
      : Array.from({ length: MOST_CURVES }, (_, at) => Math.round((at * (bins - 1)) / (MOST_CURVES - 1)));
  const curves = shown.map((index) => {
    let log = 0;
    const cumReturn = days.map((day) => Math.expm1((log += logByDay[index]!.get(day) ?? 0)));
    return { quantile: index + 1, cumReturn: logByDay[index]!.size === 0 ? days.map(() => null) : cumReturn };
  });
  return { timesMs: days.map((day) => (day + 1) * DAY_MS), curves };
}

/** Mean over days of the top quantile's mean return less the bottom one's, with days as independent. */
export function quantileSpread({ bins, days, byDay }: QuantileReturns): SpreadSummary {
  const [top, bottom] = [byDay[bins - 1]!, byDay[0]!];
  const spreads = days.flatMap((day) => {
    const [high, low] = [top.get(day), bottom.get(day)];
    return high === undefined || low === undefined ? [] : [high.sum / high.n - low.sum / low.n];
  });
  const n = spreads.length;
  if (n < 2) return { meanBp: null, standardErrorBp: null, t: null, interval95Bp: null };
  const mean = spreads.reduce((sum, value) => sum + value, 0) / n;
  const variance = spreads.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const error = Math.sqrt(variance / n);
  return {
    meanBp: mean * BP,
    standardErrorBp: error * BP,
    t: error === 0 ? null : mean / error,
    interval95Bp: [(mean - Z95 * error) * BP, (mean + Z95 * error) * BP],
  };
}

/** Spearman of quantile number and mean return over the quantiles that have one; null below three. */
export function monotonicity(rows: readonly QuantileRow[]): number | null {
  const means = rows.flatMap(({ quantile, meanBp }) =>
    meanBp === null ? [] : [[quantile, meanBp] as const],
  );
  if (means.length < 3) return null;
  return spearman(
    Float64Array.from(means, ([quantile]) => quantile),
    Float64Array.from(means, ([, mean]) => mean),
  );
}
