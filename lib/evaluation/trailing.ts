/** Bins decided from strictly past predictions: what a trader can do. */
import { binOf, type GridCounts } from './bins.js';
import { sortedOrder } from './radix-order.js';

/** Counts of values by rank, with sums of prefixes in logarithmic time. */
class RankCounts {
  private readonly tree: Int32Array;
  private readonly single: Int32Array;
  size = 0;

  constructor(ranks: number) {
    this.tree = new Int32Array(ranks + 1);
    this.single = new Int32Array(ranks + 1);
  }

  add(rank: number, count: 1 | -1): void {
    this.size += count;
    this.single[rank]! += count;
    for (let at = rank; at < this.tree.length; at += at & -at) this.tree[at]! += count;
  }

  equal(rank: number): number {
    return this.single[rank]!;
  }

  below(rank: number): number {
    let sum = 0;
    for (let at = rank - 1; at > 0; at -= at & -at) sum += this.tree[at]!;
    return sum;
  }
}

/** Predictions of one symbol by one model: first of its validation window, then of its test window. */
export interface TrailingRows {
  readonly timeMs: Float64Array;
  readonly prediction: Float64Array;
  /** The first test row; rows before it only serve as history. */
  readonly firstTest: number;
}

export interface TrailingWindow {
  readonly windowMs: number;
  /** Least number of past predictions, and how many are kept where the window holds fewer. */
  readonly leastRows: number;
}

/**
 * The bin of each test row among the past rows of the last `windowMs`, at least `leastRows` of them; 0
 * where there are fewer, where they are all equal, or where the row has no prediction.
 */
export function trailingBins(rows: TrailingRows, window: TrailingWindow, counts: GridCounts): Int32Array {
  const first = firstRemembered(rows, window);
  const [timeMs, prediction] = [rows.timeMs.subarray(first), rows.prediction.subarray(first)];
  const firstTest = rows.firstTest - first;
  const ranks = denseRanks(prediction);
  const history = new RankCounts(ranks.reduce((most, rank) => Math.max(most, rank), 0));
  const bins = new Int32Array(prediction.length - firstTest);
  let oldest = 0;
  counts.groups += 1;
  for (let row = 0; row < prediction.length; row++) {
    while (history.size > window.leastRows && timeMs[oldest]! < timeMs[row]! - window.windowMs) {
      if (ranks[oldest]! > 0) history.add(ranks[oldest]!, -1);
      oldest += 1;
    }
    const rank = ranks[row]!;
    if (row === firstTest && history.size < window.leastRows) counts.noteShortPast(history.size);
    if (row >= firstTest) {
      const bin = rank === 0 || history.size < window.leastRows ? 0 : pastBin(history, rank, counts.bins);
      bins[row - firstTest] = bin;
      if (bin === 0) counts.rowsWithoutBin += 1;
    }
    if (rank > 0) history.add(rank, 1);
  }
  return bins;
}

/** The oldest row that the first test row still looks at: rows before it are forgotten by then. */
function firstRemembered(
  { timeMs, prediction, firstTest }: TrailingRows,
  { windowMs, leastRows }: TrailingWindow,
): number {
  if (firstTest >= timeMs.length) return 0;
  let known = 0;
  let row = firstTest;
  while (row > 0 && (known < leastRows || timeMs[row - 1]! >= timeMs[firstTest]! - windowMs)) {
    row -= 1;
    if (!Number.isNaN(prediction[row]!)) known += 1;
  }
  return row;
}

function pastBin(history: RankCounts, rank: number, bins: number): number {
  const [less, equal] = [history.below(rank), history.equal(rank)];
  return equal === history.size ? 0 : binOf(bins, less, equal, history.size);
}

/** Ranks from 1 without gaps, equal values equal; 0 for NaN. */
function denseRanks(values: Float64Array): Int32Array {
  const order = sortedOrder(values);
  const ranks = new Int32Array(values.length);
  let rank = 0;
  for (let at = 0; at < order.length; at++) {
    const value = values[order[at]!]!;
    if (Number.isNaN(value)) break;
    if (at === 0 || value !== values[order[at - 1]!]) rank += 1;
    ranks[order[at]!] = rank;
  }
  return ranks;
}
