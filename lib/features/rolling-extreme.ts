import type { Segment } from '../bars/index.js';

/**
 * Largest (`sign` 1) or smallest (`sign` -1) value of the last `windowBars` rows of the segment, into
 * `output`; NaN where the window is not full or holds a NaN. Three comparisons a row whatever the
 * window: it is the end of one block of its length and the beginning of the next. Exact, so it does
 * not matter where the blocks lie.
 */
export function rollingExtreme(
  values: Float64Array,
  segment: Segment,
  { windowBars, sign }: { windowBars: number; sign: 1 | -1 },
  output: Float64Array,
): void {
  const { start, end } = segment;
  const firstFull = Math.min(end, start + windowBars - 1);
  output.fill(Number.NaN, start, firstFull);
  if (firstFull === end) return;
  // tails[d]: extreme of the d rows before the block.
  const tails = new Float64Array(windowBars).fill(-Infinity);
  for (let block = firstFull; block < end; block += windowBars) {
    let tail = -Infinity;
    for (let d = 1; d < windowBars; d++) {
      tail = Math.max(tail, sign * values[block - d]!);
      tails[d] = tail;
    }
    let running = -Infinity;
    const blockEnd = Math.min(end, block + windowBars);
    for (let t = block; t < blockEnd; t++) {
      running = Math.max(running, sign * values[t]!);
      output[t] = sign * Math.max(running, tails[windowBars - 1 - (t - block)]!);
    }
  }
}
