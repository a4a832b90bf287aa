import type { BarTable } from '../../bars/index.js';
import { writeWarmUp, type Kernel } from '../kernel.js';

const DEVIATION_BARS = 20;
const ARGMAX_BARS = 5;

/** Trailing bars among which the position of the maximum is ranked: four hours at 1m. */
export const ALPHA001_RANK_BARS = 240;

/** Bars before the first value: 1 change, 20 changes, 5 positions, 240 ranks. */
export const ALPHA001_FIRST = DEVIATION_BARS + (ARGMAX_BARS - 1) + (ALPHA001_RANK_BARS - 1);

/**
 * Number 1 of Kakushadze's "101 Formulaic Alphas" for one symbol, in [-0.5, 0.5]: x = (sample deviation
 * of the last 20 close-to-close returns where the last is negative, else the close) squared; a =
 * position of the largest of the last 5 x (1 oldest .. 5 newest, the earliest of equals); result = share
 * of the last 240 a at or below the current one, equals counted half, minus 0.5. The original ranks
 * across a universe; over a whole history that would look ahead. First value at bar 263.
 */
export const alpha001Kernel: Kernel = (bars, segment, [output]) => {
  const power = squaredState(bars, segment.start, segment.end);
  const position = new Int32Array(power.length);
  const counts = new Int32Array(ARGMAX_BARS + 1);
  const firstPosition = DEVIATION_BARS + ARGMAX_BARS - 1;
  const first = writeWarmUp(output!, segment, ALPHA001_FIRST) - segment.start;
  for (let i = firstPosition; i < power.length; i++) {
    const current = argmaxAt(power, i);
    position[i] = current;
    counts[current]!++;
    if (i < first) continue;
    output![segment.start + i] = shareOf(current, counts) - 0.5;
    counts[position[i - ALPHA001_RANK_BARS + 1]!]!--;
  }
};

/** Share of the counted positions below `current`, half of its equals added. */
function shareOf(current: number, counts: Int32Array): number {
  let doubled = counts[current]!;
  for (let position = 1; position < current; position++) doubled += 2 * counts[position]!;
  return doubled / (2 * ALPHA001_RANK_BARS);
}

function squaredState({ close }: BarTable, start: number, end: number): Float64Array {
  const change = new Float64Array(end - start);
  for (let i = 1; i < change.length; i++) change[i] = close[start + i]! / close[start + i - 1]! - 1;
  return change.map((last, i) => {
    if (i < DEVIATION_BARS) return Number.NaN;
    const base = last < 0 ? deviationAt(change, i) : close[start + i]!;
    return base * base;
  });
}

function deviationAt(values: Float64Array, last: number): number {
  const first = last - DEVIATION_BARS + 1;
  let sum = 0;
  for (let j = first; j <= last; j++) sum += values[j]!;
  const mean = sum / DEVIATION_BARS;
  let squares = 0;
  for (let j = first; j <= last; j++) squares += (values[j]! - mean) ** 2;
  return Math.sqrt(squares / (DEVIATION_BARS - 1));
}

function argmaxAt(values: Float64Array, last: number): number {
  let best = last - ARGMAX_BARS + 1;
  for (let j = best + 1; j <= last; j++) if (values[j]! > values[best]!) best = j;
  return best - (last - ARGMAX_BARS);
}
