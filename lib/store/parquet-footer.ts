/** The footer of a Parquet file: its schema, and where each column's pages are. Pure. */
import thrift, { type ThriftStruct } from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import type { Column, Table } from './table.js';
import { serializeThrift } from './thrift-compact.js';

/** First and last bytes of every Parquet file. */
export const PARQUET_MAGIC = 'PAR1';

const FORMAT_VERSION = 1;
const WRITER = 'parquet.js';

const PHYSICAL_TYPES = { time: 'INT64', integer: 'INT64', number: 'DOUBLE', string: 'BYTE_ARRAY' } as const;
const CONVERTED_TYPES = {
  time: 'TIMESTAMP_MILLIS',
  integer: null,
  number: null,
  string: 'UTF8',
} as const;

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
  const metadata = serializeThrift(
    new thrift.FileMetaData({
      version: FORMAT_VERSION,
      schema: schemaElements(table),
      num_rows: table.rows,
      row_groups: groups.map(rowGroup),
      key_value_metadata: [],
      created_by: WRITER,
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([metadata, length, Buffer.from(PARQUET_MAGIC)]);
}

function schemaElements({ columns }: Table): ThriftStruct[] {
  const root = new thrift.SchemaElement({ name: 'root', num_children: columns.size });
  const leaves = [...columns].map(([name, { kind }]) => {
    const converted = CONVERTED_TYPES[kind];
    return new thrift.SchemaElement({
      type: thrift.Type[PHYSICAL_TYPES[kind]],
      repetition_type: thrift.FieldRepetitionType['REQUIRED'],
      name,
      converted_type: converted === null ? null : thrift.ConvertedType[converted],
    });
  });
  return [root, ...leaves];
}

function rowGroup({ rows, columns }: WrittenGroup): ThriftStruct {
  return new thrift.RowGroup({
    columns: columns.map((column) => columnChunk(column, rows)),
    total_byte_size: sumOf(columns.map(({ pageBytes }) => sumOf(pageBytes))),
    num_rows: rows,
  });
}

function columnChunk({ name, kind, startOffset, pageBytes }: WrittenColumn, rows: number): ThriftStruct {
  const isString = kind === 'string';
  const encodings = isString ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : ['PLAIN', 'RLE'];
  const metadata = new thrift.ColumnMetaData({
    type: thrift.Type[PHYSICAL_TYPES[kind]],
    encodings: encodings.map((encoding) => thrift.Encoding[encoding]),
    path_in_schema: [name],
    codec: thrift.CompressionCodec['UNCOMPRESSED'],
    num_values: rows,
    total_uncompressed_size: sumOf(pageBytes),
    total_compressed_size: sumOf(pageBytes),
    data_page_offset: startOffset + (isString ? pageBytes[0]! : 0),
    dictionary_page_offset: isString ? startOffset : null,
  });
  return new thrift.ColumnChunk({ file_offset: startOffset, meta_data: metadata });
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
