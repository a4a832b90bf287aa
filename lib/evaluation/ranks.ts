/** Average ranks and rank correlation. Pure. */
import { sortedOrder } from './radix-order.js';

/** Ranks from 1, equal values sharing the mean of theirs. No NaN. */
export function averageRanks(values: Float64Array): Float64Array {
  const order = sortedOrder(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    for (let at = start; at < end; at++) ranks[order[at]!] = rank;
    start = end;
  }
  return ranks;
}

/**
 * Ranks less their mean over their population deviation, in place; null where all are equal.
 * The mean product of two such series is Spearman's correlation.
 */
export function standardize(ranks: Float64Array): Float64Array | null {
  const mean = (ranks.length + 1) / 2;
  let squares = 0;
  for (const rank of ranks) squares += (rank - mean) ** 2;
  if (squares === 0) return null;
  const deviation = Math.sqrt(squares / ranks.length);
  for (let at = 0; at < ranks.length; at++) ranks[at] = (ranks[at]! - mean) / deviation;
  return ranks;
}

/** Spearman's rank correlation of two series without NaN; null where one is constant or shorter than 2. */
export function spearman(left: Float64Array, right: Float64Array): number | null {
  const [a, b] = [standardize(averageRanks(left)), standardize(averageRanks(right))];
  if (a === null || b === null || a.length < 2) return null;
  let sum = 0;
  for (let row = 0; row < a.length; row++) sum += a[row]! * b[row]!;
  return sum / a.length;
}
