/** Stable ascending order of doubles by a radix sort over their bits. Pure. */

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const SIGN = 0x80000000;

/** The rows in ascending order of their values, equal ones in row order (-0 equals 0), NaN last. Allocates. */
export function sortedOrder(values: Float64Array): Int32Array {
  const { low, high } = sortableWords(values);
  let order = Int32Array.from({ length: values.length }, (_, row) => row);
  let spare = new Int32Array(values.length);
  // Digits from the least: three of eleven bits (the last of ten) in each word.
  const passes: [Uint32Array, number][] = [
    [low, 0],
    [low, 11],
    [low, 22],
    [high, 0],
    [high, 11],
    [high, 22],
  ];
  for (const [words, shift] of passes) {
    if (orderByDigit(words, shift, order, spare)) [order, spare] = [spare, order];
  }
  return order;
}

/** Words whose unsigned order is the order of the values. */
function sortableWords(values: Float64Array): { low: Uint32Array; high: Uint32Array } {
  const copy = values.slice();
  const words = new Uint32Array(copy.buffer);
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  for (let row = 0; row < copy.length; row++) {
    const value = copy[row]!;
    if (value !== value) {
      low[row] = high[row] = 0xffffffff;
    } else if (value === 0) {
      high[row] = SIGN;
    } else if (words[2 * row + 1]! >= SIGN) {
      low[row] = ~words[2 * row]!;
      high[row] = ~words[2 * row + 1]!;
    } else {
      low[row] = words[2 * row]!;
      high[row] = words[2 * row + 1]! ^ SIGN;
    }
  }
  return { low, high };
}

/** One stable counting pass; false where all rows share the digit and nothing moved. */
function orderByDigit(words: Uint32Array, shift: number, from: Int32Array, to: Int32Array): boolean {
  const counts = new Int32Array(DIGITS);
  for (const word of words) counts[(word >>> shift) & (DIGITS - 1)]! += 1;
  if (counts[((words[0] ?? 0) >>> shift) & (DIGITS - 1)] === words.length) return false;
  for (let digit = 0, start = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!;
    counts[digit] = start;
    start += count;
  }
  for (const row of from) {
    const digit = (words[row]! >>> shift) & (DIGITS - 1);
    to[counts[digit]!] = row;
    counts[digit]! += 1;
  }
  return true;
}
