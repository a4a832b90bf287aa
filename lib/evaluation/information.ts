/** Information coefficients: how well the ranks of predictions foretell the ranks of targets. */
import { DAY_MS, dayOf, HOUR_MS, monthOf } from '../bars/interval.js';
import type { Judged } from './judged.js';
import { mergedRows, timeGroups, type MergedRows } from './judged-rows.js';
import { neweyWest } from './newey-west.js';
import {
  dayNumber,
  foldIcs,
  meanOf,
  meansInRuns,
  ownTargets,
  rankProducts,
  type RankProducts,
} from './rank-products.js';
import { spearman } from './ranks.js';
import type { IcGroup, IcMean, IcSummary, NeweyWest } from './types.js';

/** Fewest symbols at a bar for a correlation across them to mean anything. */
const LEAST_BREADTH = 5;
const HOURS_A_DAY = DAY_MS / HOUR_MS;

interface Sums {
  n: number;
  sum: number;
}

/** Sums of the products of the rows that share a key, by ascending key. */
function sumsBy(products: RankProducts, keyOf: (filedMs: number) => number): Map<number, Sums> {
  const sums = new Map<number, Sums>();
  for (const { key, n, sum } of meansInRuns(products, keyOf)) {
    const group = sums.get(key);
    if (group === undefined) sums.set(key, { n, sum });
    else {
      group.n += n;
      group.sum += sum;
    }
  }
  return new Map([...sums].sort(([left], [right]) => left - right));
}

/** Mean products by the UTC day of the decision; null on days of folds without an IC. */
export function dailyMeans(products: RankProducts): IcMean[] {
  return [...sumsBy(products, dayNumber)].map(([day, { n, sum }]) => ({
    label: dayOf(day * DAY_MS),
    n,
    ic: n === 0 ? null : sum / n,
  }));
}

/** Newey-West over the days that have an IC; null below two of them. */
export function overDays(byDay: readonly IcMean[]): NeweyWest | null {
  return neweyWest(byDay.flatMap(({ ic }) => (ic === null ? [] : [ic])));
}

/** Groups of daily sums that share a label: the mean of their rows, with Newey-West's error over the days. */
function groupDays(days: Iterable<readonly [string, Sums]>): IcGroup[] {
  const groups = new Map<string, Sums[]>();
  for (const [label, sums] of days) {
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [sums]);
    else group.push(sums);
  }
  return [...groups].map(([label, all]) => {
    const parts = all.filter((part) => part.n > 0);
    const n = parts.reduce((total, part) => total + part.n, 0);
    const ic = n === 0 ? null : parts.reduce((total, { sum }) => total + sum, 0) / n;
    const daily = neweyWest(parts.map((part) => part.sum / part.n));
    const standardError = daily?.standardError ?? null;
    return {
      label,
      n,
      ic,
      days: parts.length,
      standardError,
      t: ic === null || standardError === null ? null : ic / standardError,
    };
  });
}

function monthlyMeans(products: RankProducts): IcGroup[] {
  const days = [...sumsBy(products, dayNumber)];
  return groupDays(days.map(([day, sums]) => [monthOf(day * DAY_MS), sums]));
}

function hourlyMeans(products: RankProducts): IcGroup[] {
  const hours = [...sumsBy(products, (filedMs) => Math.floor(filedMs / HOUR_MS))];
  const labelled = hours.map(([hour, sums]) => [String(hour % HOURS_A_DAY), sums] as const);
  return groupDays(labelled).sort((left, right) => Number(left.label) - Number(right.label));
}

/** Everything about the IC against the one-bar target. */
export function summarizeIc(judged: Judged): IcSummary {
  const products = rankProducts(
    judged,
    ownTargets((symbol, row) => symbol.target[row]!),
  );
  const byDay = dailyMeans(products);
  const rows = mergedRows(judged);
  return {
    ic: meanOf(products.product).mean,
    pooled: pooledIc(rows),
    byFold: foldIcs(judged, products),
    byDay,
    byMonth: monthlyMeans(products),
    byHour: hourlyMeans(products),
    daily: overDays(byDay),
    insideDayExPost: meanSpearman(rows, (timeMs) => dayNumber(timeMs + judged.intervalMs), 2).ic,
    crossSectional: crossSectionalIc(judged, rows),
  };
}

function pooledIc({ prediction, target }: MergedRows): number | null {
  const rows = new Int32Array(prediction.length);
  let n = 0;
  for (let row = 0; row < prediction.length; row++)
    if (!Number.isNaN(prediction[row]!) && !Number.isNaN(target[row]!)) rows[n++] = row;
  const known = rows.subarray(0, n);
  return spearman(pick(prediction, known), pick(target, known));
}

function pick(values: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = values[rows[at]!]!;
  return picked;
}

/** Mean over the groups, of at least `least` rows with prediction and target, of the Spearman correlation inside. */
function meanSpearman(
  rows: MergedRows,
  groupOf: (timeMs: number) => number,
  least: number,
): { groups: number; ic: number | null } {
  const { inTime, prediction, target } = rows;
  let [groups, defined, sum] = [0, 0, 0];
  for (const [start, end] of timeGroups(rows, groupOf)) {
    const known = inTime
      .subarray(start, end)
      .filter((row) => !Number.isNaN(prediction[row]!) && !Number.isNaN(target[row]!));
    if (known.length < least) continue;
    groups += 1;
    const ic = spearman(pick(prediction, known), pick(target, known));
    if (ic === null) continue;
    defined += 1;
    sum += ic;
  }
  return { groups, ic: defined === 0 ? null : sum / defined };
}

function crossSectionalIc(judged: Judged, rows: MergedRows): IcSummary['crossSectional'] {
  const breadth = judged.symbols.length;
  if (breadth < LEAST_BREADTH) return null;
  const { groups, ic } = meanSpearman(rows, (timeMs) => timeMs, LEAST_BREADTH);
  return { breadth, bars: groups, ic };
}
