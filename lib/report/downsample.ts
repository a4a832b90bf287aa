/** Thinning of long series for drawing, without losing an extreme. Pure. */
import type { Points } from './figure.js';

/** Points of one line in a figure: two a pixel of a wide page, and the eye gains nothing from more. */
export const MAX_POINTS = 2_200;

/** Six figures: far finer than a pixel, a third of the bytes. */
const DIGITS = 6;

/**
 * At most `maxPoints` (least 4) points of a series: the first and the last, and of each of equally many
 * rows between them the least and the greatest value, in their order of time. x is finite and
 * ascending, y of the same length. Missing values (NaN) inside a bucket are skipped; a bucket without
 * any value leaves one NaN, so that a gap stays a gap. Allocates; y is rounded to six digits.
 */
export function thinSeries(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  maxPoints: number = MAX_POINTS,
): Points {
  const rows = x.length;
  if (rows <= maxPoints)
    return pick(
      x,
      y,
      Array.from({ length: rows }, (_, row) => row),
    );
  const buckets = Math.floor((maxPoints - 2) / 2);
  const kept: number[] = [0];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = 1 + Math.floor((bucket * (rows - 2)) / buckets);
    const end = 1 + Math.floor(((bucket + 1) * (rows - 2)) / buckets);
    keepExtremes(y, start, end, kept);
  }
  kept.push(rows - 1);
  return pick(x, y, kept);
}

/** Appends the rows of the least and the greatest value of [start, end), or `start` where all is missing. */
function keepExtremes(y: ArrayLike<number>, start: number, end: number, kept: number[]): void {
  let least = -1;
  let greatest = -1;
  for (let row = start; row < end; row++) {
    const value = y[row]!;
    if (Number.isNaN(value)) continue;
    if (least < 0 || value < y[least]!) least = row;
    if (greatest < 0 || value > y[greatest]!) greatest = row;
  }
  if (least < 0) kept.push(start);
  else if (least === greatest) kept.push(least);
  else kept.push(Math.min(least, greatest), Math.max(least, greatest));
}

function pick(x: ArrayLike<number>, y: ArrayLike<number>, rows: readonly number[]): Points {
  return { x: rows.map((row) => x[row]!), y: rows.map((row) => rounded(y[row]!)) };
}

/** The value at six significant digits; NaN stays NaN. */
export function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : value;
}
