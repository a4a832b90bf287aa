import type { Segment } from '../../bars/index.js';
import type { WindowCall } from './window-operations.js';

/** Up to this window each value is compared with every other, which is cheaper than keeping them sorted. */
const COMPARED_BARS = 64;

/**
 * Where the current value stands in its window, in (0, 1): (values below it + half of the values equal
 * to it, itself included) / window. Counts are exact: it does not matter where the pass began.
 */
export function rollingRank(
  { segment, windowBars }: WindowCall,
  values: Float64Array,
  output: Float64Array,
): void {
  if (windowBars <= COMPARED_BARS) rankByComparing(segment, windowBars, values, output);
  else rankBySorting(segment, windowBars, values, output);
}

function rankByComparing(
  { start, end }: Segment,
  windowBars: number,
  values: Float64Array,
  output: Float64Array,
): void {
  // First row whose window holds no missing value.
  let soundFrom = start + windowBars - 1;
  for (let t = start; t < end; t++) {
    const value = values[t]!;
    if (Number.isNaN(value)) soundFrom = t + windowBars;
    if (t < soundFrom) continue;
    let below = 0;
    let atMost = 0;
    let j = t - windowBars + 1;
    for (; j < t; j += 2) {
      below += Number(values[j]! < value);
      atMost += Number(values[j]! <= value);
      below += Number(values[j + 1]! < value);
      atMost += Number(values[j + 1]! <= value);
    }
    // The value itself, where the window's length is odd.
    if (j === t) atMost++;
    output[t] = (below + atMost) / (2 * windowBars);
  }
}

/** The window is kept sorted, so a bar costs two searches and one move of memory. */
function rankBySorting(
  { start, end }: Segment,
  windowBars: number,
  values: Float64Array,
  output: Float64Array,
): void {
  const sorted = new Float64Array(Math.min(windowBars, end - start) + 1);
  let held = 0;
  for (let t = start; t < end; t++) {
    const value = values[t]!;
    const leaving = t - windowBars >= start ? values[t - windowBars]! : Number.NaN;
    const below = replaceSorted(sorted, held, leaving, value);
    held += (Number.isNaN(value) ? 0 : 1) - (Number.isNaN(leaving) ? 0 : 1);
    if (held < windowBars || Number.isNaN(value)) continue;
    const isAlone = below + 1 === held || sorted[below + 1] !== value;
    output[t] = (below + (isAlone ? below + 1 : countAtMost(sorted, held, value))) / (2 * windowBars);
  }
}

/**
 * Takes `leaving` out of the first `held` sorted values and puts `entering` in, either of which may be
 * missing (NaN); moves only what lies between them.
 * @returns how many are below `entering` afterwards
 */
function replaceSorted(sorted: Float64Array, held: number, leaving: number, entering: number): number {
  const from = Number.isNaN(leaving) ? held : countBelow(sorted, held, leaving);
  if (Number.isNaN(entering)) {
    sorted.copyWithin(from, from + 1, held);
    return from;
  }
  const below = countBelow(sorted, held, entering);
  // What leaves from below makes room there; equal values stand behind the one that enters.
  const to = from < below ? below - 1 : below;
  if (from < to) sorted.copyWithin(from, from + 1, to + 1);
  else if (to < from) sorted.copyWithin(to + 1, to, from);
  sorted[to] = entering;
  return to;
}

/** How many of the first `held` sorted values are at most `value`. */
function countAtMost(sorted: Float64Array, held: number, value: number): number {
  let low = 0;
  let high = held;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the first `held` sorted values are below `value`; without branches, which nobody could foretell. */
function countBelow(sorted: Float64Array, held: number, value: number): number {
  let low = 0;
  let left = held;
  while (left > 1) {
    const half = left >>> 1;
    low += Math.imul(half, Number(sorted[low + half - 1]! < value));
    left -= half;
  }
  return left === 1 && sorted[low]! < value ? low + 1 : low;
}
