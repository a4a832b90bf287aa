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
function selectRows(table: Table, layout: MatrixLayout, selection: RowSelection): Int32Array {
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

/** The selected rows of one table of one symbol, without their features. */
export interface RowPart {
  /** Index of the symbol. */
  readonly symbol: number;
  /** Numbers, ascending, of the selected rows in the table. */
  readonly selected: Int32Array;
  /** Of the selected rows. */
  readonly timestampMs: Float64Array;
  readonly target: Float64Array;
}

/** Rows whose features are still to be put in, part by part. */
export interface PlacedRows {
  readonly rows: ModelRows;
  /** By part, the row of the matrix for each of its selected rows. */
  readonly places: readonly Int32Array[];
}

/**
 * What is selected of a table; needs its columns timestamp and target only. Allocates.
 * @throws DataError COLUMN_MISSING
 */
export function selectPart(
  table: Table,
  symbol: number,
  layout: MatrixLayout,
  selection: RowSelection,
): RowPart {
  const selected = selectRows(table, layout, selection);
  return {
    symbol,
    selected,
    timestampMs: pick(numbersOf(table, 'timestamp'), selected),
    target: pick(numbersOf(table, layout.targetName), selected),
  };
}

function pick(values: Float64Array, selected: Int32Array): Float64Array {
  const picked = new Float64Array(selected.length);
  for (let i = 0; i < selected.length; i += 1) picked[i] = values[selected[i]!]!;
  return picked;
}

/**
 * Gives every row of every part its place, by time and then by symbol. Parts of one symbol follow each
 * other in time. The matrix is left to {@link putFeatures}.
 * @param buffer where the matrix is put if it is large enough; a new buffer otherwise
 * @throws DataError TIMES_NOT_ASCENDING
 */
export function placeRows(
  parts: readonly RowPart[],
  { columns }: Pick<MatrixLayout, 'columns'>,
  buffer?: SharedArrayBuffer,
): PlacedRows {
  const symbols = [...new Set(parts.map(({ symbol }) => symbol))].sort((left, right) => left - right);
  const ofSymbol = symbols.map((symbol) => parts.filter((part) => part.symbol === symbol));
  const order = mergeByTime(ofSymbol.map((own) => concatenate(own.map(({ timestampMs }) => timestampMs))));
  const placesOf = new Map<RowPart, Int32Array>();
  ofSymbol.forEach((own, stream) => {
    let offset = 0;
    for (const part of own) {
      placesOf.set(part, order.places[stream]!.subarray(offset, offset + part.selected.length));
      offset += part.selected.length;
    }
  });
  const rows = allocateRows(order.rows, columns.length, buffer);
  for (const [part, places] of placesOf) putIdentity(part, places, rows);
  return { rows, places: parts.map((part) => placesOf.get(part)!) };
}

/** Rows written before the next column is begun: few enough that their lines stay in the cache. */
const TILE_ROWS = 256;

/**
 * Copies the features of a table's selected rows to their places.
 * @throws DataError COLUMN_MISSING
 */
export function putFeatures(
  table: Table,
  { columns }: Pick<MatrixLayout, 'columns'>,
  { selected, places }: { readonly selected: Int32Array; readonly places: Int32Array },
  matrix: Float64Array,
): void {
  const width = columns.length;
  const features = columns.map((name) => numbersOf(table, name));
  for (let start = 0; start < selected.length; start += TILE_ROWS) {
    const end = Math.min(selected.length, start + TILE_ROWS);
    features.forEach((values, column) => {
      for (let i = start; i < end; i += 1) matrix[places[i]! * width + column] = values[selected[i]!]!;
    });
  }
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
  const read = symbols.flatMap(({ tables }, symbol) =>
    tables.map((table) => ({ table, part: selectPart(table, symbol, layout, selection) })),
  );
  const parts = read.map(({ part }) => part);
  const { rows, places } = placeRows(parts, layout, buffer);
  read.forEach(({ table, part }, index) => {
    putFeatures(table, layout, { selected: part.selected, places: places[index]! }, rows.matrix);
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

/** Everything of a part's rows but their features. */
function putIdentity(part: RowPart, places: Int32Array, into: ModelRows): void {
  for (let i = 0; i < places.length; i += 1) {
    into.timestampMs[places[i]!] = part.timestampMs[i]!;
    into.target[places[i]!] = part.target[i]!;
    into.symbolIndex[places[i]!] = part.symbol;
  }
}

function concatenate(pieces: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
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
