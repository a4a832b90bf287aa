/** Columnar tables as they pass between the store, the stages and lib. Types only; no I/O. */

/** A column of few distinct strings: row r is `dictionary[codes[r]]`. */
export interface StringColumn {
  readonly kind: 'string';
  readonly dictionary: readonly string[];
  readonly codes: Int32Array;
}

/** UTC epoch ms as whole numbers; stored as INT64 TIMESTAMP_MILLIS. */
export interface TimeColumn {
  readonly kind: 'time';
  readonly values: Float64Array;
}

/** Numbers, NaN where missing; stored as DOUBLE. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
}

/** Whole numbers below 2^53; stored as INT64. */
export interface IntegerColumn {
  readonly kind: 'integer';
  readonly values: Float64Array;
}

export type Column = StringColumn | TimeColumn | NumberColumn | IntegerColumn;

/** Rows of equal-length named columns; the order of `columns` is the order in the file. */
export interface Table {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}

export const timeColumn = (values: Float64Array): TimeColumn => ({ kind: 'time', values });
export const numberColumn = (values: Float64Array): NumberColumn => ({ kind: 'number', values });
export const integerColumn = (values: Float64Array): IntegerColumn => ({ kind: 'integer', values });

/** A column that holds the same string in every row. */
export function constantColumn(value: string, rows: number): StringColumn {
  return { kind: 'string', dictionary: [value], codes: new Int32Array(rows) };
}
