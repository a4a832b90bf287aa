/** Stable ascending order of doubles by a radix sort over their bits. Pure. */

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const SIGN = 0x80000000;
/** Longer runs of values that differ only in their low words are cheaper to sort by those words' digits. */
const LONGEST_INSERTION = 32;
const PASSES = 3;

/** The rows in ascending order of their values, equal ones in row order (-0 equals 0), NaN last. Allocates. */
export function sortedOrder(values: Float64Array): Int32Array {
  const { low, high } = sortableWords(values);
  const rows = new Int32Array(values.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  // Returns and predictions hardly ever share their sign, exponent and first 20 bits: half the passes.
  const order = orderByWords(high, rows);
  return finishRuns(order, low, high) ? order : orderByWords(high, orderByWords(low, rows));
}

function orderByWords(words: Uint32Array, rows: Int32Array): Int32Array {
  const counts = countDigits(words);
  let order = rows.slice();
  let spare = new Int32Array(rows.length);
  for (let pass = 0; pass < PASSES; pass++) {
    const shift = pass * DIGIT_BITS;
    const next = counts.subarray(pass * DIGITS, (pass + 1) * DIGITS);
    // Where all rows share the digit nothing moves.
    if (next[((words[0] ?? 0) >>> shift) & (DIGITS - 1)] === words.length) continue;
    orderByDigit(words, { shift, next }, order, spare);
    [order, spare] = [spare, order];
  }
  return order;
}

/** How often each digit occurs, pass by pass. */
function countDigits(words: Uint32Array): Int32Array {
  const counts = new Int32Array(PASSES * DIGITS);
  for (const word of words) {
    counts[word & (DIGITS - 1)]! += 1;
    counts[DIGITS + ((word >>> DIGIT_BITS) & (DIGITS - 1))]! += 1;
    counts[2 * DIGITS + (word >>> (2 * DIGIT_BITS))]! += 1;
  }
  return counts;
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

/** One stable counting pass; `next` has the counts of the digits, and then where each one's next row goes. */
function orderByDigit(
  words: Uint32Array,
  { shift, next }: { shift: number; next: Int32Array },
  from: Int32Array,
  to: Int32Array,
): void {
  for (let digit = 0, start = 0; digit < DIGITS; digit++) {
    const count = next[digit]!;
    next[digit] = start;
    start += count;
  }
  for (const row of from) {
    const digit = (words[row]! >>> shift) & (DIGITS - 1);
    to[next[digit]!] = row;
    next[digit]! += 1;
  }
}

/** Orders each run of equal high words by the low ones, in place; false where a run is too long for that. */
function finishRuns(order: Int32Array, low: Uint32Array, high: Uint32Array): boolean {
  for (let start = 0; start < order.length;) {
    const word = high[order[start]!]!;
    let end = start + 1;
    let isSorted = true;
    while (end < order.length && high[order[end]!] === word) {
      if (low[order[end]!]! < low[order[end - 1]!]!) isSorted = false;
      end++;
    }
    if (!isSorted) {
      if (end - start > LONGEST_INSERTION) return false;
      insertByWord(order, low, start, end);
    }
    start = end;
  }
  return true;
}

function insertByWord(order: Int32Array, words: Uint32Array, start: number, end: number): void {
  for (let from = start + 1; from < end; from++) {
    const row = order[from]!;
    let to = from;
    for (; to > start && words[order[to - 1]!]! > words[row]!; to--) order[to] = order[to - 1]!;
    order[to] = row;
  }
}
