/** From model-data tables of several symbols to the rows of one matrix, by time and then symbol. */
import { DataError } from '../errors.js';
import type { Column, Table } from '../store/table.js';
import type { TimeRange } from './folds.js';

/** One symbol's model data: tables in time order, each with rows in time order. */
export interface SymbolTables {
  readonly symbol: string;
  readonly tables: readonly Table[];
}

export interface MatrixLayout {
  /** Feature columns, in the order of the matrix. */
  readonly columns: readonly string[];
  readonly targetName: string;
  readonly intervalMs: number;
}

/** Which rows: those filed in the window, and with `withTarget` only those that have a target. */
export interface RowSelection extends TimeRange {
  readonly withTarget: boolean;
}

/** Rows by (time, symbol); row r's features are matrix[r * columns] to matrix[(r + 1) * columns - 1]. */
export interface ModelRows {
  readonly rows: number;
  /** Row-major over a SharedArrayBuffer, rows x columns; NaN where a feature is missing. */
  readonly matrix: Float64Array;
  /** NaN where the next bar is missing. */
  readonly target: Float64Array;
  /** Open of the bar, UTC ms. */
  readonly timestampMs: Float64Array;
  /** Index into the symbols as they were given. */
  readonly symbolIndex: Int32Array;
}

/** Where each selected row of each stream goes in the merged order. */
export interface MergeOrder {
  readonly rows: number;
  /** By stream, the place of its i-th row. */
  readonly places: readonly Int32Array[];
}

/**
 * Merges streams of ascending times; at equal times the order is that of the streams. Allocates.
 * @throws DataError TIMES_NOT_ASCENDING
 */
export function mergeByTime(streams: readonly Float64Array[]): MergeOrder {
  const places = streams.map((times) => new Int32Array(times.length));
  const heads = streams.map(() => 0);
  const rows = streams.reduce((sum, times) => sum + times.length, 0);
  for (let place = 0; place < rows;) {
    let nextMs = Infinity;
    streams.forEach((times, stream) => (nextMs = Math.min(nextMs, times[heads[stream]!] ?? Infinity)));
    for (const [stream, times] of streams.entries()) {
      const head = heads[stream]!;
      if (times[head] !== nextMs) continue;
      places[stream]![head] = place;
      place += 1;
      heads[stream] = head + 1;
      if (!(times[head + 1]! <= nextMs)) continue;
      throw new DataError('TIMES_NOT_ASCENDING', {
        what: `Rows of one symbol are not in ascending time: ${times[head + 1]} after ${nextMs}.`,
        fix: 'Build the features again; run `minute-alpha verify` to look for damage.',
      });
    }
  }
  return { rows, places };
}

/** Numbers, ascending, of the table's rows that are selected; a row's filing time is timestamp + interval. */
export function selectRows(table: Table, layout: MatrixLayout, selection: RowSelection): Int32Array {
  const times = numbersOf(table, 'timestamp');
  const target = numbersOf(table, layout.targetName);
  const selected = new Int32Array(table.rows);
  let count = 0;
  for (let row = 0; row < table.rows; row += 1) {
    const filedMs = times[row]! + layout.intervalMs;
    if (filedMs < selection.startMs || filedMs >= selection.endMs) continue;
    if (selection.withTarget && Number.isNaN(target[row]!)) continue;
    selected[count] = row;
    count += 1;
  }
  return selected.subarray(0, count);
}

/**
 * Copies the selected rows of all symbols into one matrix, by time and then in the order of `symbols`.
 * @param buffer where the matrix is put if it is large enough; a new buffer otherwise
 * @throws DataError COLUMN_MISSING, TIMES_NOT_ASCENDING
 */
export function assembleRows(
  symbols: readonly SymbolTables[],
  layout: MatrixLayout,
  selection: RowSelection,
  buffer?: SharedArrayBuffer,
): ModelRows {
  const parts = symbols.map(({ tables }) =>
    tables.map((table) => ({ table, selected: selectRows(table, layout, selection) })),
  );
  const order = mergeByTime(parts.map((symbolParts) => concatSelected(symbolParts, 'timestamp')));
  const rows = allocateRows(order.rows, layout.columns.length, buffer);
  parts.forEach((symbolParts, symbol) => {
    let offset = 0;
    for (const { table, selected } of symbolParts) {
      const places = order.places[symbol]!.subarray(offset, offset + selected.length);
      offset += selected.length;
      scatter(table, { selected, places }, layout, rows);
      for (const place of places) rows.symbolIndex[place] = symbol;
    }
  });
  return rows;
}

function allocateRows(rows: number, columns: number, buffer?: SharedArrayBuffer): ModelRows {
  const bytes = rows * columns * 8;
  const fits = buffer !== undefined && buffer.byteLength >= bytes;
  return {
    rows,
    matrix: new Float64Array(fits ? buffer : new SharedArrayBuffer(bytes), 0, rows * columns),
    target: new Float64Array(rows),
    timestampMs: new Float64Array(rows),
    symbolIndex: new Int32Array(rows),
  };
}

/** Writes a table's selected rows to their places. */
function scatter(
  table: Table,
  { selected, places }: { readonly selected: Int32Array; readonly places: Int32Array },
  layout: MatrixLayout,
  into: ModelRows,
): void {
  const width = layout.columns.length;
  layout.columns.forEach((name, column) => {
    const values = numbersOf(table, name);
    for (let i = 0; i < selected.length; i += 1) {
      into.matrix[places[i]! * width + column] = values[selected[i]!]!;
    }
  });
  const times = numbersOf(table, 'timestamp');
  const target = numbersOf(table, layout.targetName);
  for (let i = 0; i < selected.length; i += 1) {
    into.timestampMs[places[i]!] = times[selected[i]!]!;
    into.target[places[i]!] = target[selected[i]!]!;
  }
}

function concatSelected(
  parts: readonly { readonly table: Table; readonly selected: Int32Array }[],
  name: string,
): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, { selected }) => sum + selected.length, 0));
  let offset = 0;
  for (const { table, selected } of parts) {
    const values = numbersOf(table, name);
    for (const row of selected) {
      joined[offset] = values[row]!;
      offset += 1;
    }
  }
  return joined;
}

/**
 * The numbers of a column.
 * @throws DataError COLUMN_MISSING
 */
export function numbersOf(table: Table, name: string): Float64Array {
  const column: Column | undefined = table.columns.get(name);
  if (column !== undefined && column.kind !== 'string') return column.values;
  throw new DataError('COLUMN_MISSING', {
    what: `The model data has no column ${name} of numbers; it has ${[...table.columns.keys()].join(', ')}.`,
    fix: 'Build the features with the configuration of this run.',
    details: { column: name },
  });
}
