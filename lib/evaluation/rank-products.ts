/** Products of standardised ranks of prediction and target: the parts that an IC is the mean of. Pure. */
import { DAY_MS } from '../bars/interval.js';
import type { Judged, JudgedSymbol } from './judged.js';
import { foldParts, type FoldPart } from './judged-rows.js';
import { neweyWest } from './newey-west.js';
import { standardizedRanks } from './ranks.js';
import type { FoldIc } from './types.js';

/** Products of the rows that have prediction and target, fold by fold and symbol by symbol. */
export interface RankProducts {
  /** Moment of decision, UTC ms. */
  readonly filedMs: Float64Array;
  readonly product: Float64Array;
  readonly folds: readonly FoldIc[];
}

/** The target of a row; NaN where undefined. */
export type TargetOf = (symbol: JudgedSymbol, row: number) => number;

/**
 * The rank products of one series of targets, standardised within each fold and symbol, so that a change
 * of scale between models moves nothing.
 */
export function rankProducts(judged: Judged, targetOf: TargetOf): RankProducts {
  const parts = foldParts(judged);
  const rows = parts.reduce((sum, { byPrediction }) => sum + byPrediction.length, 0);
  const filedMs = new Float64Array(rows);
  const product = new Float64Array(rows);
  const folds: FoldIc[] = [];
  let from = 0;
  for (const part of parts) {
    const ranked = rankPart(part, targetOf);
    if (ranked.rows.length === 0) continue;
    const to = from + ranked.rows.length;
    const slice = { filedMs: filedMs.subarray(from, to), product: product.subarray(from, to) };
    fill(ranked, part, judged.intervalMs, slice);
    folds.push(foldIc(judged, part, ranked, slice));
    from = to;
  }
  return { filedMs: filedMs.subarray(0, from), product: product.subarray(0, from), folds };
}

interface RankedPart {
  /** Rows with prediction and target, in time order. */
  readonly rows: Int32Array;
  /** Standardised ranks; null where all are equal. */
  readonly predictions: Float64Array | null;
  readonly targets: Float64Array | null;
  readonly distinctPredictions: number;
}

type Slice = Pick<RankProducts, 'filedMs' | 'product'>;

function fill(ranked: RankedPart, { symbol }: FoldPart, intervalMs: number, into: Slice): void {
  const { rows, predictions, targets } = ranked;
  for (let at = 0; at < rows.length; at++) {
    into.filedMs[at] = symbol.timeMs[rows[at]!]! + intervalMs;
    // A constant side foretells nothing: its products are 0, as they would be on average.
    into.product[at] = predictions === null || targets === null ? 0 : predictions[at]! * targets[at]!;
  }
}

function foldIc(judged: Judged, { symbol, fold }: FoldPart, ranked: RankedPart, slice: Slice): FoldIc {
  const n = ranked.rows.length;
  const defined = ranked.predictions !== null && ranked.targets !== null;
  const ic = defined ? sumOf(slice.product) / n : null;
  const daily = defined ? neweyWest(meansInRuns(slice, dayNumber).map((day) => day.sum / day.n)) : null;
  const standardError = daily?.standardError ?? null;
  return {
    fold: judged.folds[fold]!,
    symbol: symbol.symbol,
    n,
    ic,
    standardError,
    t: ic === null || standardError === null ? null : ic / standardError,
    distinctPredictions: ranked.distinctPredictions,
  };
}

/** Sum of a series. */
export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** UTC day of a moment. */
export function dayNumber(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** Sums over neighbours that share a key, in the order of the series. */
export function meansInRuns(
  { filedMs, product }: Slice,
  keyOf: (filedMs: number) => number,
): { key: number; n: number; sum: number }[] {
  const runs: { key: number; n: number; sum: number }[] = [];
  let run = { key: Number.NaN, n: 0, sum: 0 };
  for (let at = 0; at < product.length; at++) {
    const key = keyOf(filedMs[at]!);
    if (key !== run.key) runs.push((run = { key, n: 0, sum: 0 }));
    run.n += 1;
    run.sum += product[at]!;
  }
  return runs;
}

function rankPart({ symbol, start, end, byPrediction }: FoldPart, targetOf: TargetOf): RankedPart {
  const place = new Int32Array(end - start).fill(-1);
  const targets = new Float64Array(byPrediction.length);
  const rows = new Int32Array(byPrediction.length);
  let n = 0;
  for (let row = start; row < end; row++) {
    if (Number.isNaN(symbol.prediction[row]!)) continue;
    const target = targetOf(symbol, row);
    if (Number.isNaN(target)) continue;
    place[row - start] = n;
    rows[n] = row;
    targets[n] = target;
    n += 1;
  }
  const { ranks, distinct } = keptRanks(symbol.prediction, byPrediction, { place, start, n });
  return {
    rows: rows.subarray(0, n),
    predictions: distinct > 1 ? standardized(ranks) : null,
    targets: standardizedRanks(targets.subarray(0, n)),
    distinctPredictions: distinct,
  };
}

/** Average ranks, from 1, of the rows that have a place, read off the order of all rows. */
function keptRanks(
  values: Float64Array,
  order: Int32Array,
  { place, start, n }: { place: Int32Array; start: number; n: number },
): { ranks: Float64Array; distinct: number } {
  const ranks = new Float64Array(n);
  let [below, distinct] = [0, 0];
  for (let from = 0; from < order.length;) {
    const value = values[order[from]!]!;
    let to = from;
    let equal = 0;
    for (; to < order.length && values[order[to]!] === value; to++)
      if (place[order[to]! - start]! >= 0) equal++;
    const rank = below + (1 + equal) / 2;
    for (let at = from; at < to; at++) {
      const kept = place[order[at]! - start]!;
      if (kept >= 0) ranks[kept] = rank;
    }
    below += equal;
    if (equal > 0) distinct += 1;
    from = to;
  }
  return { ranks, distinct };
}

function standardized(ranks: Float64Array): Float64Array {
  const mean = (ranks.length + 1) / 2;
  let squares = 0;
  for (const rank of ranks) squares += (rank - mean) ** 2;
  const deviation = Math.sqrt(squares / ranks.length);
  for (let at = 0; at < ranks.length; at++) ranks[at] = (ranks[at]! - mean) / deviation;
  return ranks;
}
