/** Columns of Parquet files as we write them, copied page by page: values as they stand, none missing. Pure. */
import type { FileMetaData } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { VALUE_BYTES } from './column-bytes.js';
import type { ColumnChunk } from './column-chunks.js';
import type { TableSource } from './table-source.js';

/** Numbers of parquet.thrift, so that readers need not load its types. */
const DATA_PAGE = 0;
const PLAIN = 0;

export interface OpenTable {
  readonly source: TableSource;
  readonly metadata: FileMetaData;
}

type ColumnMetadata = NonNullable<FileMetaData['row_groups'][number]['columns'][number]['meta_data']>;

/**
 * The values of a column, a piece for each row group; null where the column is compressed, of words, or could
 * miss values, which takes a full reader.
 * @throws RangeError where the file ends before the column does
 */
export function plainChunks({ source, metadata }: OpenTable, name: string): ColumnChunk[] | null {
  const element = metadata.schema.find((each) => each.name === name);
  if (element?.repetition_type !== 'REQUIRED') return null;
  const chunks: ColumnChunk[] = [];
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const column = group.columns.find(
      ({ meta_data }) => meta_data?.path_in_schema.join('.') === name,
    )?.meta_data;
    const values = column === undefined ? null : plainValues(source, column);
    if (values === null) return null;
    chunks.push({ values, rowStart });
    rowStart += Number(group.num_rows);
  }
  return chunks;
}

function plainValues(source: TableSource, column: ColumnMetadata): Float64Array | BigInt64Array | null {
  const { codec, type, dictionary_page_offset: dictionary } = column;
  const isPlain =
    codec === 'UNCOMPRESSED' && (type === 'DOUBLE' || type === 'INT64') && dictionary === undefined;
  if (!isPlain) return null;
  const start = Number(column.data_page_offset);
  const bytes = source.view(start, start + Number(column.total_compressed_size));
  const memory = new ArrayBuffer(Number(column.num_values) * VALUE_BYTES);
  if (!copyPages(bytes, new Uint8Array(memory))) return null;
  return type === 'DOUBLE' ? new Float64Array(memory) : new BigInt64Array(memory);
}

/** Copies the bodies of the pages one after the other; false where one is no plain page or they do not fill it. */
function copyPages(bytes: Buffer, into: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let filled = 0;
  for (let at = 0; at < bytes.length;) {
    const reader = { view, offset: at };
    // PageHeader: 1 type, 3 compressed size, 5 header of a data page: 1 values, 2 encoding.
    const { field_1: type, field_3: size, field_5: data } = deserializeTCompactProtocol(reader);
    const isPlain = type === DATA_PAGE && data?.field_2 === PLAIN && data.field_1 * VALUE_BYTES === size;
    const left = Math.min(bytes.length - reader.offset, into.length - filled);
    if (!isPlain || size < 0 || size > left) return false;
    at = reader.offset + size;
    into.set(bytes.subarray(reader.offset, at), filled);
    filled += size;
  }
  return filled === into.length;
}
