/** Columns as the bytes that are stored and hashed: little-endian, missing numbers as one NaN. Pure. */
import type { Column } from './table.js';

const HIGH_WORD = 2 ** 32;
/** Upper word of the NaN that stands for every NaN: processors make several, files must hold one. */
const NAN_HIGH = 0x7ff80000;

/**
 * Rows [start, end) of a number column as DOUBLE bytes, to be used before the column changes: a view where
 * no number is missing, else a copy, so that the caller's column stays as it is.
 */
export function doubleBytes(values: Float64Array, start: number, end: number): Buffer {
  if (!hasMissing(values, start, end)) {
    return Buffer.from(values.buffer, values.byteOffset + 8 * start, 8 * (end - start));
  }
  const copy = values.slice(start, end);
  const words = new Uint32Array(copy.buffer);
  for (let row = 0; row < copy.length; row++) {
    const value = copy[row]!;
    if (value === value) continue;
    words[2 * row] = 0;
    words[2 * row + 1] = NAN_HIGH;
  }
  return Buffer.from(copy.buffer);
}

function hasMissing(values: Float64Array, start: number, end: number): boolean {
  for (let row = start; row < end; row++) if (values[row] !== values[row]) return true;
  return false;
}

/** Rows [start, end) of a column of whole numbers as INT64 bytes. */
export function int64Bytes(values: Float64Array, start: number, end: number): Buffer {
  const words = new Int32Array(2 * (end - start));
  for (let row = start, at = 0; row < end; row++, at += 2) {
    const value = values[row]!;
    const high = Math.floor(value / HIGH_WORD);
    words[at] = value - high * HIGH_WORD;
    words[at + 1] = high;
  }
  return Buffer.from(words.buffer);
}

/** INT64 values as numbers; exact below 2^53. */
export function numbersOfInt64(values: BigInt64Array): Float64Array {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const numbers = new Float64Array(values.length);
  for (let row = 0, at = 0; row < numbers.length; row++, at += 2) {
    numbers[row] = words[at + 1]! * HIGH_WORD + (words[at]! >>> 0);
  }
  return numbers;
}

/** Rows [start, end) of any column as bytes that depend on its values alone; strings as runs of equal words. */
export function valueBytes(column: Column, start: number, end: number): Buffer {
  if (column.kind === 'number') return doubleBytes(column.values, start, end);
  if (column.kind !== 'string') return int64Bytes(column.values, start, end);
  const { codes, dictionary } = column;
  const runs: string[] = [];
  for (let row = start; row < end;) {
    const word = dictionary[codes[row]!]!;
    let next = row + 1;
    while (next < end && (codes[next] === codes[row] || dictionary[codes[next]!] === word)) next++;
    runs.push(JSON.stringify([next - row, word]));
    row = next;
  }
  return Buffer.from(runs.join('\n'));
}
