/** Columns as the bytes that are stored and hashed: little-endian, missing numbers as one NaN. Pure. */
import { runEnd } from './hybrid-encoding.js';
import type { StringColumn, Table } from './table.js';

const HIGH_WORD = 2 ** 32;
/** Upper word of the NaN that stands for every NaN: processors make several, files must hold one. */
const NAN_HIGH = 0x7ff80000;

/** Columns of numbers by name, eight bytes a row; columns of strings are not among them. */
export type EncodedColumns = ReadonlyMap<string, Buffer>;

/** Bytes of a value of {@link EncodedColumns}. */
export const VALUE_BYTES = 8;

/**
 * A table's numbers as DOUBLE and INT64 bytes, to be used before the table changes: a view where a column of
 * doubles misses no number, else a copy, so that the table stays as it is.
 */
export function encodeColumns(table: Table): EncodedColumns {
  const encoded = new Map<string, Buffer>();
  for (const [name, column] of table.columns) {
    if (column.kind === 'string') continue;
    encoded.set(name, column.kind === 'number' ? doubleBytes(column.values) : int64Bytes(column.values));
  }
  return encoded;
}

function doubleBytes(values: Float64Array): Buffer {
  if (!hasMissing(values)) return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const copy = values.slice();
  uniteMissing(copy, new Uint32Array(copy.buffer));
  return Buffer.from(copy.buffer);
}

function hasMissing(values: Float64Array): boolean {
  const rows = values.length;
  for (let row = 0; row < rows; row++) if (values[row] !== values[row]) return true;
  return false;
}

function uniteMissing(values: Float64Array, words: Uint32Array): void {
  for (let row = 0; row < values.length; row++) {
    if (values[row] === values[row]) continue;
    words[2 * row] = 0;
    words[2 * row + 1] = NAN_HIGH;
  }
}

function int64Bytes(values: Float64Array): Buffer {
  const words = new Int32Array(2 * values.length);
  splitWords(values, words);
  return Buffer.from(words.buffer);
}

/** A loop of its own, as {@link hasMissing}: V8 compiles it while it runs, and would throw away what follows it. */
function splitWords(values: Float64Array, words: Int32Array): void {
  for (let row = 0, at = 0; row < values.length; row++, at += 2) {
    const value = values[row]!;
    const high = Math.floor(value / HIGH_WORD);
    words[at] = value - high * HIGH_WORD;
    words[at + 1] = high;
  }
}

/** INT64 values as numbers; exact below 2^53. */
export function numbersOfInt64(values: BigInt64Array): Float64Array {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const numbers = new Float64Array(values.length);
  joinWords(words, numbers);
  return numbers;
}

function joinWords(words: Int32Array, numbers: Float64Array): void {
  for (let row = 0, at = 0; row < numbers.length; row++, at += 2) {
    numbers[row] = words[at + 1]! * HIGH_WORD + (words[at]! >>> 0);
  }
}

/** Rows [start, end) of a column of strings as runs of equal words, whatever their places in the dictionary. */
export function wordBytes({ codes, dictionary }: StringColumn, start: number, end: number): Buffer {
  const runs: string[] = [];
  for (let row = start; row < end;) {
    const word = dictionary[codes[row]!]!;
    let next = runEnd(codes, row, end);
    while (next < end && dictionary[codes[next]!] === word) next = runEnd(codes, next, end);
    runs.push(JSON.stringify([next - row, word]));
    row = next;
  }
  return Buffer.from(runs.join('\n'));
}
