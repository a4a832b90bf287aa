/** Decoded pieces of a Parquet column joined to one typed column. Pure. */
import { DataError } from '../errors.js';
import { numbersOfInt64 } from './column-bytes.js';
import type { Column, StringColumn } from './table.js';

/** Consecutive decoded values; `rowStart` is the row of the first in the whole table. */
export interface ColumnChunk {
  readonly values: ArrayLike<unknown>;
  readonly rowStart: number;
}

export interface ColumnTarget {
  readonly name: string;
  readonly kind: Column['kind'];
  readonly rows: number;
}

/**
 * Joins the pieces of a column; a piece that is the whole column is taken over without a copy.
 * Missing numbers become NaN.
 * @throws DataError COLUMN_SHORT when pieces are missing, VALUE_MISSING for a null among whole numbers or strings
 */
export function joinChunks(target: ColumnTarget, chunks: readonly ColumnChunk[]): Column {
  const decoded = chunks.reduce((sum, { values }) => sum + values.length, 0);
  if (decoded !== target.rows) {
    throw new DataError('COLUMN_SHORT', {
      what: `The column "${target.name}" has ${decoded} values in a table of ${target.rows} rows.`,
      fix: 'Use a file that minute-alpha wrote.',
      details: { column: target.name },
    });
  }
  const { kind } = target;
  return kind === 'string' ? joinStrings(target, chunks) : { kind, values: joinNumbers(target, chunks) };
}

function joinNumbers(target: ColumnTarget, chunks: readonly ColumnChunk[]): Float64Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return numbersOf(target, only.values);
  const joined = new Float64Array(target.rows);
  for (const { values, rowStart } of chunks) joined.set(numbersOf(target, values), rowStart);
  return joined;
}

function numbersOf(target: ColumnTarget, values: ArrayLike<unknown>): Float64Array {
  if (values instanceof Float64Array) return values;
  if (values instanceof BigInt64Array) return numbersOfInt64(values);
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? null;
    if (value === null && target.kind !== 'number') throw missingValue(target, row);
    numbers[row] = value === null ? Number.NaN : Number(value);
  }
  return numbers;
}

function joinStrings(target: ColumnTarget, chunks: readonly ColumnChunk[]): StringColumn {
  const dictionary: string[] = [];
  const codeOf = new Map<unknown, number>();
  const codes = new Int32Array(target.rows);
  for (const { values, rowStart } of chunks) {
    for (let row = 0; row < values.length; row++) {
      const word = values[row];
      let code = codeOf.get(word);
      if (code === undefined) {
        if (typeof word !== 'string') throw missingValue(target, rowStart + row);
        code = dictionary.push(word) - 1;
        codeOf.set(word, code);
      }
      codes[rowStart + row] = code;
    }
  }
  return { kind: 'string', dictionary, codes };
}

function missingValue({ name, kind }: ColumnTarget, row: number): DataError {
  return new DataError('VALUE_MISSING', {
    what: `The column "${name}" has no value at row ${row}, where a ${kind === 'string' ? 'text' : 'whole number'} is expected.`,
    fix: 'Use a file that minute-alpha wrote.',
    details: { column: name, row },
  });
}
