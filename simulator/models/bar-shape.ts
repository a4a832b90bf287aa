/** How the balance of power of a model bar is distributed: the planted signal is its rank. */
import { lowerBound } from '../../lib/bars/bar-table.js';
import { Random } from './random.js';

/** Steps of the price inside one bar. */
export const STEPS = 6;

const SAMPLES = 2 ** 18;
/** So small that compounding does not show. */
const STEP_SIZE = 1e-4;

let sortedMagnitudes: Float64Array | null = null;

/**
 * Rank of a bar's balance of power (close - open) / (high - low) among the bars of the models, in [-1, 1]
 * and uniform. Bars that open at one end and close at the other, one in six, share the middle of their
 * ranks. Sampled once a process with a fixed seed: the shape depends on the number of steps only.
 */
export function balanceRank(balance: number): number {
  sortedMagnitudes ??= sampleMagnitudes();
  const magnitude = Math.abs(balance);
  const below = lowerBound(sortedMagnitudes, magnitude);
  const upTo = magnitude >= 1 ? SAMPLES : below;
  return (Math.sign(balance) * (below + upTo)) / (2 * SAMPLES);
}

function sampleMagnitudes(): Float64Array {
  const random = new Random('shape of a bar');
  const magnitudes = new Float64Array(SAMPLES);
  for (let sample = 0; sample < SAMPLES; sample++) {
    let price = 1;
    let high = 1;
    let low = 1;
    for (let step = 0; step < STEPS; step++) {
      price *= 1 + STEP_SIZE * random.normal();
      if (price > high) high = price;
      if (price < low) low = price;
    }
    magnitudes[sample] = Math.abs(price - 1) / (high - low);
  }
  return magnitudes.sort();
}
