/** Information coefficients: how well the ranks of predictions foretell the ranks of targets. */
import { DAY_MS, dayOf, HOUR_MS, monthOf } from '../bars/interval.js';
import type { Judged, JudgedSymbol } from './judged.js';
import { neweyWest } from './newey-west.js';
import { countDistinct, spearman, standardizedRanks } from './ranks.js';
import type { FoldIc, IcMean, IcSummary } from './types.js';

/** Fewest symbols at a bar for a correlation across them to mean anything. */
const LEAST_BREADTH = 5;

/** Products of standardised ranks of the rows that have prediction and target; their mean is the IC. */
export interface RankProducts {
  /** Moment of decision, UTC ms. */
  readonly filedMs: number[];
  readonly product: number[];
  readonly folds: FoldIc[];
}

/**
 * The rank products of one series of targets, standardised within each fold and symbol, so that a change
 * of scale between models moves nothing.
 * @param targetOf the target of a row; NaN where undefined
 */
export function rankProducts(
  judged: Judged,
  targetOf: (symbol: JudgedSymbol, row: number) => number,
): RankProducts {
  const products: RankProducts = { filedMs: [], product: [], folds: [] };
  for (const symbol of judged.symbols) {
    for (let fold = 0; fold < judged.folds.length; fold++) {
      addFold(products, judged, { symbol, fold, targetOf });
    }
  }
  return products;
}

interface FoldRows {
  readonly symbol: JudgedSymbol;
  readonly fold: number;
  readonly targetOf: (symbol: JudgedSymbol, row: number) => number;
}

function addFold(products: RankProducts, judged: Judged, { symbol, fold, targetOf }: FoldRows): void {
  const rows: number[] = [];
  const targets: number[] = [];
  for (let row = 0; row < symbol.fold.length; row++) {
    if (symbol.fold[row] !== fold || Number.isNaN(symbol.prediction[row]!)) continue;
    const target = targetOf(symbol, row);
    if (Number.isNaN(target)) continue;
    rows.push(row);
    targets.push(target);
  }
  if (rows.length === 0) return;
  const predictions = Float64Array.from(rows, (row) => symbol.prediction[row]!);
  const [left, right] = [standardizedRanks(predictions), standardizedRanks(Float64Array.from(targets))];
  let sum = 0;
  for (let at = 0; at < rows.length; at++) {
    // A constant side foretells nothing: its products are 0, as they would be on average.
    const product = left === null || right === null ? 0 : left[at]! * right[at]!;
    sum += product;
    products.filedMs.push(symbol.timeMs[rows[at]!]! + judged.intervalMs);
    products.product.push(product);
  }
  const ic = left === null || right === null ? null : sum / rows.length;
  products.folds.push({
    fold: judged.folds[fold]!,
    symbol: symbol.symbol,
    n: rows.length,
    ic,
    distinctPredictions: countDistinct(predictions),
  });
}

/** Mean products of the rows that share a number, in its order; `labelOf` names the number. */
export function meansBy(
  { filedMs, product }: RankProducts,
  keyOf: (filedMs: number) => number,
  labelOf: (key: number) => string,
): IcMean[] {
  const sums = new Map<number, { n: number; sum: number }>();
  for (let at = 0; at < product.length; at++) {
    const key = keyOf(filedMs[at]!);
    const group = sums.get(key);
    if (group === undefined) sums.set(key, { n: 1, sum: product[at]! });
    else {
      group.n += 1;
      group.sum += product[at]!;
    }
  }
  return [...sums]
    .sort(([left], [right]) => left - right)
    .map(([key, { n, sum }]) => ({ label: labelOf(key), n, ic: sum / n }));
}

/** Mean products by the UTC day of the decision. */
export function dailyMeans(products: RankProducts): IcMean[] {
  return meansBy(products, dayNumber, (day) => dayOf(day * DAY_MS));
}

function dayNumber(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** Everything about the IC against the one-bar target. */
export function summarizeIc(judged: Judged): IcSummary {
  const products = rankProducts(judged, (symbol, row) => symbol.target[row]!);
  const byDay = dailyMeans(products);
  const n = products.product.length;
  const defined = products.folds.some(({ ic }) => ic !== null);
  return {
    ic: defined ? products.product.reduce((sum, product) => sum + product, 0) / n : null,
    pooled: pooledIc(judged),
    byFold: products.folds,
    byDay,
    byMonth: mergeMeans(byDay, (day) => monthOf(Date.parse(`${day}T00:00:00Z`))),
    byHour: meansBy(products, (filedMs) => Math.floor((filedMs % DAY_MS) / HOUR_MS), String),
    daily: defined ? neweyWest(byDay.map(({ ic }) => ic)) : null,
    insideDayExPost: insideDayIc(judged),
    crossSectional: crossSectionalIc(judged),
  };
}

function mergeMeans(means: readonly IcMean[], labelOf: (label: string) => string): IcMean[] {
  const merged = new Map<string, { n: number; sum: number }>();
  for (const { label, n, ic } of means) {
    const group = merged.get(labelOf(label)) ?? { n: 0, sum: 0 };
    merged.set(labelOf(label), { n: group.n + n, sum: group.sum + n * ic });
  }
  return [...merged].map(([label, { n, sum }]) => ({ label, n, ic: sum / n }));
}

/** Rows of all symbols that have prediction and target. */
function definedRows(judged: Judged): { timeMs: number[]; prediction: number[]; target: number[] } {
  const rows = { timeMs: [] as number[], prediction: [] as number[], target: [] as number[] };
  for (const { timeMs, prediction, target } of judged.symbols) {
    for (let row = 0; row < timeMs.length; row++) {
      if (Number.isNaN(prediction[row]!) || Number.isNaN(target[row]!)) continue;
      rows.timeMs.push(timeMs[row]!);
      rows.prediction.push(prediction[row]!);
      rows.target.push(target[row]!);
    }
  }
  return rows;
}

function pooledIc(judged: Judged): number | null {
  const { prediction, target } = definedRows(judged);
  return spearman(Float64Array.from(prediction), Float64Array.from(target));
}

function groupRows(times: readonly number[], keyOf: (timeMs: number) => number): number[][] {
  const groups = new Map<number, number[]>();
  times.forEach((timeMs, row) => {
    const key = keyOf(timeMs);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  });
  return [...groups.values()];
}

function meanSpearman(
  rows: { prediction: number[]; target: number[] },
  groups: readonly number[][],
): number | null {
  const values = groups.flatMap((group) => {
    const ic = spearman(
      Float64Array.from(group, (row) => rows.prediction[row]!),
      Float64Array.from(group, (row) => rows.target[row]!),
    );
    return ic === null ? [] : [ic];
  });
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function insideDayIc(judged: Judged): number | null {
  const rows = definedRows(judged);
  return meanSpearman(
    rows,
    groupRows(rows.timeMs, (timeMs) => dayNumber(timeMs + judged.intervalMs)),
  );
}

function crossSectionalIc(judged: Judged): IcSummary['crossSectional'] {
  const breadth = judged.symbols.length;
  if (breadth < LEAST_BREADTH) return null;
  const rows = definedRows(judged);
  const groups = groupRows(rows.timeMs, (timeMs) => timeMs).filter((group) => group.length >= LEAST_BREADTH);
  return { breadth, bars: groups.length, ic: meanSpearman(rows, groups) };
}
