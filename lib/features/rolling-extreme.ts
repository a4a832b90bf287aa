import type { Segment } from '../bars/index.js';

/**
 * Largest (`sign` 1) or smallest (`sign` -1) value of the last `windowBars` rows of the segment, into
 * `output`; NaN where the window is not full or holds a NaN. One pass whatever the window: the rows
 * that may still become the extreme wait in a queue, best first. Exact, so it does not matter where
 * the pass began.
 */
export function rollingExtreme(
  values: Float64Array,
  segment: Segment,
  { windowBars, sign }: { windowBars: number; sign: 1 | -1 },
  output: Float64Array,
): void {
  const capacity = Math.min(windowBars, segment.end - segment.start);
  const queue = new Int32Array(2 * capacity);
  let head = 0;
  let tail = 0;
  let firstFull = segment.start + windowBars - 1;
  for (let t = segment.start; t < segment.end; t++) {
    const value = values[t]!;
    if (Number.isNaN(value)) firstFull = t + windowBars;
    while (tail > head && !(sign * values[queue[tail - 1]!]! > sign * value)) tail--;
    if (tail === queue.length) {
      queue.copyWithin(0, head, tail);
      tail -= head;
      head = 0;
    }
    queue[tail++] = t;
    if (queue[head]! <= t - windowBars) head++;
    output[t] = t < firstFull ? Number.NaN : values[queue[head]!]!;
  }
}
