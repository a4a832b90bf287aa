/** Returns by quantile. Pure. */
import { DAY_MS } from '../bars/interval.js';
import type { Judged } from './judged.js';
import { mergedRows, timeGroups } from './judged-rows.js';
import { spearman } from './ranks.js';
import type { QuantileCurve, QuantileRow, SpreadSummary } from './types.js';

/** More curves than this cannot be told apart. */
const MOST_CURVES = 20;
const Z95 = 1.959963984540054;
const BP = 1e4;

/** Returns of binned rows, gathered once: one entry for each quantile and UTC day (of the decision) with a row. */
export interface QuantileReturns {
  readonly bins: number;
  /** UTC day numbers with a row, ascending. */
  readonly days: readonly number[];
  /** Entries of quantile q are [from[q - 1], from[q]), ascending in time. */
  readonly from: Int32Array;
  /** Index into `days`. */
  readonly day: Int32Array;
  readonly count: Float64Array;
  readonly sum: Float64Array;
  /** Sum over the day's bars of the log of 1 + the mean return of the quantile's rows at that bar. */
  readonly log: Float64Array;
}

/** Gathers the rows that have a bin and a target. */
export function gatherReturns(
  judged: Judged,
  bins: readonly Int32Array[],
  binCount: number,
): QuantileReturns {
  const rows = mergedRows(judged);
  const own = joinedBins(bins, rows.timeMs.length);
  const gathering = new Gathering(binCount);
  for (const [start, end] of timeGroups(rows, (timeMs) => timeMs)) {
    const day = Math.floor((rows.timeMs[rows.inTime[start]!]! + judged.intervalMs) / DAY_MS);
    for (let at = start; at < end; at++) {
      const row = rows.inTime[at]!;
      if (own[row] !== 0 && !Number.isNaN(rows.target[row]!))
        gathering.add(day, own[row]!, rows.target[row]!);
    }
    gathering.endBar();
  }
  return gathering.result();
}

function joinedBins(bins: readonly Int32Array[], rows: number): Int32Array {
  const all = new Int32Array(rows);
  let offset = 0;
  for (const own of bins) {
    all.set(own, offset);
    offset += own.length;
  }
  return all;
}

interface Entry {
  readonly bin: number;
  readonly day: number;
  readonly count: number;
  readonly sum: number;
  readonly log: number;
}

/** Adds rows that come bar by bar, and closes a bar and a day when the next one begins. */
class Gathering {
  private readonly days: number[] = [];
  private readonly entries: Entry[] = [];
  private readonly bar: { sum: Float64Array; count: Int32Array; touched: number[] };
  private readonly ofDay: { sum: Float64Array; count: Int32Array; log: Float64Array; touched: number[] };

  constructor(private readonly bins: number) {
    const [sum, count] = [
      (): Float64Array => new Float64Array(bins + 1),
      (): Int32Array => new Int32Array(bins + 1),
    ];
    this.bar = { sum: sum(), count: count(), touched: [] };
    this.ofDay = { sum: sum(), count: count(), log: sum(), touched: [] };
  }

  add(day: number, bin: number, value: number): void {
    if (this.days.at(-1) !== day) {
      this.endDay();
      this.days.push(day);
    }
    if (this.bar.count[bin] === 0) this.bar.touched.push(bin);
    this.bar.count[bin]! += 1;
    this.bar.sum[bin]! += value;
  }

  endBar(): void {
    const { sum, count, touched } = this.bar;
    for (const bin of touched) {
      if (this.ofDay.count[bin] === 0) this.ofDay.touched.push(bin);
      this.ofDay.count[bin]! += count[bin]!;
      this.ofDay.sum[bin]! += sum[bin]!;
      // A quantile holds its rows in equal parts: the return of a bar is their mean.
      this.ofDay.log[bin]! += Math.log1p(sum[bin]! / count[bin]!);
      sum[bin] = count[bin] = 0;
    }
    touched.length = 0;
  }

  private endDay(): void {
    const { sum, count, log, touched } = this.ofDay;
    const day = this.days.length - 1;
    for (const bin of touched) {
      this.entries.push({ bin, day, count: count[bin]!, sum: sum[bin]!, log: log[bin]! });
      sum[bin] = count[bin] = log[bin] = 0;
    }
    touched.length = 0;
  }

  result(): QuantileReturns {
    this.endDay();
    const from = new Int32Array(this.bins + 1);
    for (const { bin } of this.entries) from[bin]! += 1;
    for (let bin = 1; bin <= this.bins; bin++) from[bin]! += from[bin - 1]!;
    const next = from.slice();
    const { length } = this.entries;
    const [day, count, sum, log] = [
      new Int32Array(length),
      new Float64Array(length),
      new Float64Array(length),
      new Float64Array(length),
    ];
    for (const entry of this.entries) {
      const at = next[entry.bin - 1]!++;
      day[at] = entry.day;
      count[at] = entry.count;
      sum[at] = entry.sum;
      log[at] = entry.log;
    }
    return { bins: this.bins, days: this.days, from, day, count, sum, log };
  }
}

/** Count, mean, clustered standard error and cumulative return of every quantile. */
export function quantileTable(returns: QuantileReturns): QuantileRow[] {
  return Array.from({ length: returns.bins }, (_, index) => quantileRow(returns, index + 1));
}

function quantileRow(returns: QuantileReturns, quantile: number): QuantileRow {
  const [start, end] = [returns.from[quantile - 1]!, returns.from[quantile]!];
  if (start === end) {
    return { quantile, count: 0, meanBp: null, standardErrorBp: null, t: null, cumReturn: null };
  }
  let [count, sum, log] = [0, 0, 0];
  for (let at = start; at < end; at++) {
    count += returns.count[at]!;
    sum += returns.sum[at]!;
    log += returns.log[at]!;
  }
  const mean = sum / count;
  const standardError = clusteredError(returns, [start, end], { mean, count });
  return {
    quantile,
    count,
    meanBp: mean * BP,
    standardErrorBp: standardError === null ? null : standardError * BP,
    t: standardError === null || standardError === 0 ? null : mean / standardError,
    cumReturn: Math.expm1(log),
  };
}

/** Standard error of a mean whose errors are alike within a day: sqrt(D/(D-1) sum of squared day sums) / n. */
function clusteredError(
  returns: QuantileReturns,
  [start, end]: readonly [number, number],
  { mean, count }: { mean: number; count: number },
): number | null {
  const days = end - start;
  if (days < 2) return null;
  let squares = 0;
  for (let at = start; at < end; at++) squares += (returns.sum[at]! - returns.count[at]! * mean) ** 2;
  return Math.sqrt((days / (days - 1)) * squares) / count;
}

/** Cumulative returns at the ends of the days, of all quantiles or of twenty spread evenly. */
export function quantileCurves(returns: QuantileReturns): { timesMs: number[]; curves: QuantileCurve[] } {
  const { bins, days } = returns;
  const shown =
    bins <= MOST_CURVES
      ? Array.from({ length: bins }, (_, index) => index + 1)
      : Array.from({ length: MOST_CURVES }, (_, at) => 1 + Math.round((at * (bins - 1)) / (MOST_CURVES - 1)));
  const curves = shown.map((quantile) => ({ quantile, cumReturn: cumulativeReturns(returns, quantile) }));
  return { timesMs: days.map((day) => (day + 1) * DAY_MS), curves };
}

function cumulativeReturns({ from, day, log, days }: QuantileReturns, quantile: number): (number | null)[] {
  const end = from[quantile]!;
  let at = from[quantile - 1]!;
  if (at === end) return days.map(() => null);
  let total = 0;
  return days.map((_, index) => {
    if (at < end && day[at] === index) total += log[at++]!;
    return Math.expm1(total);
  });
}

/** Mean return of a quantile on each day that it has a row, by index of the day. */
function dailyMeansOf({ from, day, sum, count }: QuantileReturns, quantile: number): Map<number, number> {
  const means = new Map<number, number>();
  for (let at = from[quantile - 1]!; at < from[quantile]!; at++) means.set(day[at]!, sum[at]! / count[at]!);
  return means;
}

/** Mean over days of the top quantile's mean return less the bottom one's, with days as independent. */
export function quantileSpread(returns: QuantileReturns): SpreadSummary {
  const [top, bottom] = [dailyMeansOf(returns, returns.bins), dailyMeansOf(returns, 1)];
  const spreads = [...top].flatMap(([day, high]) => {
    const low = bottom.get(day);
    return low === undefined ? [] : [high - low];
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
