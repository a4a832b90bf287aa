import type { WindowCall } from './window-operations.js';

/**
 * Where the current value stands in its window, in (0, 1): (values below it + half of the values equal
 * to it, itself included) / window. The window is kept sorted, so a bar costs its search and one move
 * of memory. Counts are exact: it does not matter where the pass began.
 */
export function rollingRank(
  { segment, windowBars }: WindowCall,
  values: Float64Array,
  output: Float64Array,
): void {
  const sorted = new Float64Array(Math.min(windowBars, segment.end - segment.start) + 1);
  let held = 0;
  for (let t = segment.start; t < segment.end; t++) {
    const leaving = t - windowBars;
    if (leaving >= segment.start && !Number.isNaN(values[leaving]!)) {
      const at = countBelow(sorted, held, values[leaving]!);
      sorted.copyWithin(at, at + 1, held--);
    }
    const value = values[t]!;
    if (Number.isNaN(value)) continue;
    const below = countBelow(sorted, held, value);
    sorted.copyWithin(below + 1, below, held++);
    sorted[below] = value;
    if (held < windowBars) continue;
    output[t] = (below + countAtMost(sorted, held, value)) / (2 * windowBars);
  }
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

/** How many of the first `held` sorted values are below `value`. */
function countBelow(sorted: Float64Array, held: number, value: number): number {
  let low = 0;
  let high = held;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
