/** What a table must be before it is written: nothing in it may be changed by being stored. Pure. */
import { DataError } from '../errors.js';
import type { Column, StringColumn, Table } from './table.js';

/**
 * Checks lengths, whole numbers and words.
 * @throws DataError COLUMN_LENGTH when a column has not `table.rows` rows, NOT_WHOLE when a time or integer
 *   column holds NaN, a fraction or more than 2^53, WORD_MISSING when a code has no word, WORD_BROKEN when a word
 *   is no valid Unicode
 */
export function checkTable(table: Table): void {
  for (const [name, column] of table.columns) {
    checkLength(name, column, table.rows);
    if (column.kind === 'string') checkWords(name, column);
    else if (column.kind !== 'number') checkWhole(name, column.values);
  }
}

function checkLength(name: string, column: Column, rows: number): void {
  const length = column.kind === 'string' ? column.codes.length : column.values.length;
  if (length === rows) return;
  throw refusal('COLUMN_LENGTH', `The column "${name}" has ${length} rows in a table of ${rows}.`, name);
}

function checkWhole(name: string, values: Float64Array): void {
  for (let row = 0; row < values.length; row++) {
    if (Number.isSafeInteger(values[row])) continue;
    throw refusal(
      'NOT_WHOLE',
      `The column "${name}" holds ${values[row]} at row ${row}, where a whole number below 2^53 is expected.`,
      name,
    );
  }
}

function checkWords(name: string, { dictionary, codes }: StringColumn): void {
  const broken = dictionary.find((word) => /\p{Surrogate}/u.test(word));
  if (broken !== undefined) {
    throw refusal(
      'WORD_BROKEN',
      `The column "${name}" holds ${JSON.stringify(broken)}, no valid Unicode.`,
      name,
    );
  }
  for (let row = 0; row < codes.length; row++) {
    if (codes[row]! >= 0 && codes[row]! < dictionary.length) continue;
    throw refusal(
      'WORD_MISSING',
      `The column "${name}" has the code ${codes[row]} at row ${row} and ${dictionary.length} words.`,
      name,
    );
  }
}

function refusal(code: string, what: string, column: string): DataError {
  return new DataError(code, {
    what,
    fix: 'This is a bug of minute-alpha: please report it.',
    details: { column },
  });
}
