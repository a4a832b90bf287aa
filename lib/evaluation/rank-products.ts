/** Products of standardised ranks of prediction and target: the parts that an IC is the mean of. Pure. */
import { DAY_MS } from '../bars/interval.js';
import type { Judged, JudgedSymbol } from './judged.js';
import { foldParts, sortValues, type FoldPart, type SortedValues } from './judged-rows.js';
import { neweyWest } from './newey-west.js';
import { standardize } from './ranks.js';
import type { FoldIc } from './types.js';

/** Products of the rows that have prediction and target, fold by fold and symbol by symbol. */
export interface RankProducts {
  /** Moment of decision, UTC ms. */
  readonly filedMs: Float64Array;
  /** NaN in folds without an IC. */
  readonly product: Float64Array;
  readonly folds: readonly FoldProducts[];
}

/** The products of one fold and symbol, at least one. */
export interface FoldProducts extends Pick<RankProducts, 'filedMs' | 'product'> {
  readonly part: FoldPart;
  /** Mean of the products; null where all predictions or all targets are equal. */
  readonly ic: number | null;
  readonly distinctPredictions: number;
}

/** Targets as values of a series, so that several of them can share its order. */
export interface Targets {
  seriesOf(part: FoldPart): SortedValues;
  /** For each row of the part the place of its target in the series, another for each; -1 where it has none. */
  placesOf(part: FoldPart, into: Int32Array): void;
}

/** Targets with an order of their own; NaN where undefined. */
export function ownTargets(targetOf: (symbol: JudgedSymbol, row: number) => number): Targets {
  return {
    seriesOf: ({ symbol, start, end }) => {
      const values = new Float64Array(end - start);
      for (let row = start; row < end; row++) values[row - start] = targetOf(symbol, row);
      return sortValues(values);
    },
    placesOf: (_part, into) => {
      for (let at = 0; at < into.length; at++) into[at] = at;
    },
  };
}

/**
 * The rank products of one series of targets, standardised within each fold and symbol, so that a change
 * of scale between models moves nothing.
 */
export function rankProducts(judged: Judged, targets: Targets): RankProducts {
  const parts = foldParts(judged);
  const rows = parts.reduce((sum, { predictions }) => sum + predictions.order.length, 0);
  const filedMs = new Float64Array(rows);
  const product = new Float64Array(rows);
  const folds: FoldProducts[] = [];
  const scratch = scratchFor(parts);
  let from = 0;
  for (const part of parts) {
    const ranked = rankPart(part, targets, scratch);
    const { length } = ranked.rows;
    if (length === 0) continue;
    const slice = {
      filedMs: filedMs.subarray(from, from + length),
      product: product.subarray(from, from + length),
    };
    fill(ranked, part, judged.intervalMs, slice);
    const { distinctPredictions } = ranked;
    folds.push({ part, ...slice, ic: meanOf(slice.product).mean, distinctPredictions });
    from += length;
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
    // Ranks of equal values have no scale: neither has their product.
    into.product[at] =
      predictions === null || targets === null ? Number.NaN : predictions[at]! * targets[at]!;
  }
}

/** The IC of each fold and symbol with its error over the days. */
export function foldIcs(judged: Judged, { folds }: RankProducts): FoldIc[] {
  return folds.map(({ part: { symbol, fold }, ic, distinctPredictions, ...slice }) => {
    const daily = ic === null ? null : neweyWest(meansInRuns(slice, dayNumber).map((day) => day.sum / day.n));
    const standardError = daily?.standardError ?? null;
    return {
      fold: judged.folds[fold]!,
      symbol: symbol.symbol,
      n: slice.product.length,
      ic,
      standardError,
      t: ic === null || standardError === null ? null : ic / standardError,
      distinctPredictions,
    };
  });
}

/** Mean of the known values and their number; null where none is known. */
export function meanOf(values: Float64Array): { n: number; mean: number | null } {
  let [n, sum] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    n += 1;
    sum += value;
  }
  return { n, mean: n === 0 ? null : sum / n };
}

/** UTC day of a moment. */
export function dayNumber(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** Sums of known products over neighbours that share a key, in the order of the series; n is 0 where none is. */
export function meansInRuns(
  { filedMs, product }: Slice,
  keyOf: (filedMs: number) => number,
): { key: number; n: number; sum: number }[] {
  const runs: { key: number; n: number; sum: number }[] = [];
  let run = { key: Number.NaN, n: 0, sum: 0 };
  for (let at = 0; at < product.length; at++) {
    const key = keyOf(filedMs[at]!);
    if (key !== run.key) runs.push((run = { key, n: 0, sum: 0 }));
    if (Number.isNaN(product[at]!)) continue;
    run.n += 1;
    run.sum += product[at]!;
  }
  return runs;
}

/** Arrays that every part uses anew, as long as the longest needs. */
interface Scratch {
  readonly rows: Int32Array;
  readonly places: Int32Array;
  readonly keptPrediction: Int32Array;
  readonly predictionRanks: Float64Array;
  readonly targetRanks: Float64Array;
}

function scratchFor(parts: readonly FoldPart[]): Scratch {
  const length = parts.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  return {
    rows: new Int32Array(length),
    places: new Int32Array(length),
    keptPrediction: new Int32Array(length),
    predictionRanks: new Float64Array(length),
    targetRanks: new Float64Array(length),
  };
}

/** What it answers is good until the next part. */
function rankPart(part: FoldPart, targets: Targets, scratch: Scratch): RankedPart {
  const { start, end, predictions } = part;
  const series = targets.seriesOf(part);
  const { rows } = scratch;
  const places = scratch.places.subarray(0, end - start);
  targets.placesOf(part, places);
  const keptPrediction = scratch.keptPrediction.fill(-1);
  const keptTarget = new Int32Array(series.values.length).fill(-1);
  let n = 0;
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!;
    if (place < 0 || Number.isNaN(series.values[place]!) || Number.isNaN(predictions.values[at]!)) continue;
    keptPrediction[at] = n;
    keptTarget[place] = n;
    rows[n] = start + at;
    n += 1;
  }
  const predictionRanks = scratch.predictionRanks.subarray(0, n);
  const targetRanks = scratch.targetRanks.subarray(0, n);
  const distinctPredictions = rankKept(predictions, keptPrediction, predictionRanks);
  rankKept(series, keptTarget, targetRanks);
  return {
    rows: rows.subarray(0, n),
    predictions: standardize(predictionRanks),
    targets: standardize(targetRanks),
    distinctPredictions,
  };
}

/**
 * Average ranks, from 1, of some of the values among themselves, read off the order of all.
 * @param kept by place, where in `ranks` the rank of a value goes; -1 where it is not ranked
 * @returns how many of them differ
 */
function rankKept({ values, order }: SortedValues, kept: Int32Array, ranks: Float64Array): number {
  let [below, distinct] = [0, 0];
  for (let from = 0; from < order.length;) {
    const value = values[order[from]!]!;
    let to = from;
    let equal = 0;
    for (; to < order.length && values[order[to]!] === value; to++) if (kept[order[to]!]! >= 0) equal++;
    const rank = below + (1 + equal) / 2;
    for (let at = from; at < to; at++) {
      const index = kept[order[at]!]!;
      if (index >= 0) ranks[index] = rank;
    }
    below += equal;
    if (equal > 0) distinct += 1;
    from = to;
  }
  return distinct;
}
