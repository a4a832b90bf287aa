/** The footer of a Parquet file: its schema, and where each column's pages are (parquet.thrift). Pure. */
import { ENCODINGS } from './parquet-pages.js';
import type { Column, Table } from './table.js';
import { i32, i64, list, struct, text, thriftBytes, type ThriftValue } from './thrift-compact.js';

/** First and last bytes of every Parquet file. */
export const PARQUET_MAGIC = 'PAR1';

const FORMAT_VERSION = 1;
/** Part of the bytes of every file, and so of every digest: not to be changed without need. */
const CREATED_BY = 'parquet.js';

const REQUIRED = 0;
const UNCOMPRESSED = 0;
/** INT64, DOUBLE and BYTE_ARRAY. */
const PHYSICAL_TYPES = { time: 2, integer: 2, number: 5, string: 6 } as const;
/** TIMESTAMP_MILLIS and UTF8. */
const CONVERTED_TYPES = { time: 9, integer: null, number: null, string: 0 } as const;

/** The pages of one column in a row group. */
export interface WrittenColumn {
  readonly name: string;
  readonly kind: Column['kind'];
  /** Byte of the file at which the first page starts. */
  readonly startOffset: number;
  /** Bytes of each page, its header included. */
  readonly pageBytes: readonly number[];
}

export interface WrittenGroup {
  readonly rows: number;
  readonly columns: readonly WrittenColumn[];
}

/** The end of the file: metadata, their length, magic. */
export function parquetFooter(table: Table, groups: readonly WrittenGroup[]): Buffer {
  const metadata = thriftBytes(
    struct({
      1: i32(FORMAT_VERSION),
      2: list(schemaElements(table)),
      3: i64(table.rows),
      4: list(groups.map(rowGroup)),
      5: list([]),
      6: text(CREATED_BY),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([metadata, length, Buffer.from(PARQUET_MAGIC)]);
}

/** The root with its number of children, then the columns. */
function schemaElements({ columns }: Table): ThriftValue[] {
  const root = struct({ 4: text('root'), 5: i32(columns.size) });
  const leaves = [...columns].map(([name, { kind }]) => {
    const converted = CONVERTED_TYPES[kind];
    return struct({
      1: i32(PHYSICAL_TYPES[kind]),
      3: i32(REQUIRED),
      4: text(name),
      6: converted === null ? null : i32(converted),
    });
  });
  return [root, ...leaves];
}

function rowGroup({ rows, columns }: WrittenGroup): ThriftValue {
  return struct({
    1: list(columns.map((column) => columnChunk(column, rows))),
    2: i64(sumOf(columns.map(({ pageBytes }) => sumOf(pageBytes)))),
    3: i64(rows),
  });
}

function columnChunk(column: WrittenColumn, rows: number): ThriftValue {
  return struct({ 2: i64(column.startOffset), 3: columnMetadata(column, rows) });
}

function columnMetadata({ name, kind, startOffset, pageBytes }: WrittenColumn, rows: number): ThriftValue {
  const isString = kind === 'string';
  const { plain, rle, rleDictionary } = ENCODINGS;
  const encodings = isString ? [plain, rle, rleDictionary] : [plain, rle];
  const bytes = i64(sumOf(pageBytes));
  return struct({
    1: i32(PHYSICAL_TYPES[kind]),
    2: list(encodings.map(i32)),
    3: list([text(name)]),
    4: i32(UNCOMPRESSED),
    5: i64(rows),
    6: bytes,
    7: bytes,
    // Of the first data page, then of the dictionary.
    9: i64(startOffset + (isString ? pageBytes[0]! : 0)),
    11: isString ? i64(startOffset) : null,
  });
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
