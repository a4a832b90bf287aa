/** Reads Parquet into typed columns, only those that are asked for: plain ones by copy, others through hyparquet. */
import type { FileMetaData, SchemaElement } from 'hyparquet';
import { parquetMetadata } from 'hyparquet/src/metadata.js';
import { DataError, PipelineError, StoreIntegrityError } from '../errors.js';
import { joinChunks, type ColumnChunk } from './column-chunks.js';
import { plainChunks, type OpenTable } from './plain-chunks.js';
import { openTableSource, type TableFile, type TableSource } from './table-source.js';
import type { Column, Table } from './table.js';

/**
 * Reads a table; with a digest the whole file is read once and verified, else only the columns' ranges.
 * INT64 becomes Float64Array (exact below 2^53), timestamps UTC ms, strings a dictionary column, missing doubles NaN.
 * @param columns names in the order wanted; all when left out
 * @throws StoreIntegrityError BLOB_MISSING, BLOB_CORRUPT, TABLE_UNREADABLE (details.digest);
 *   DataError COLUMN_MISSING, COLUMN_TYPE, COLUMN_SHORT, VALUE_MISSING
 */
export async function readTable(file: TableFile, columns?: readonly string[]): Promise<Table> {
  return reading(file, (source) =>
    readColumns(file.path, { source, metadata: readMetadata(source) }, columns),
  );
}

/** Rows that the footer of a table tells of. @throws as {@link readTable} */
export async function readRowCount(file: TableFile): Promise<number> {
  return reading(file, async (source) => Number(readMetadata(source).num_rows));
}

/** Bytes after the metadata: their length and the magic. */
const TAIL_BYTES = 8;

function readMetadata(source: TableSource): FileMetaData {
  const { byteLength } = source;
  const tail = source.view(Math.max(0, byteLength - TAIL_BYTES), byteLength);
  const length = tail.length < TAIL_BYTES ? 0 : tail.readUInt32LE(0);
  const footer = source.view(Math.max(0, byteLength - TAIL_BYTES - length), byteLength);
  return parquetMetadata(footer, { geoparquet: false });
}

/** Whatever a parser says of bytes that are no Parquet becomes the error of a broken file. */
async function reading<T>(file: TableFile, work: (source: TableSource) => Promise<T>): Promise<T> {
  const source = openTableSource(file);
  try {
    return await work(source);
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    throw new StoreIntegrityError('TABLE_UNREADABLE', {
      what: `${file.path} cannot be read as Parquet: ${(cause as Error).message}.`,
      fix: 'It is computed again at the next run.',
      details: { path: file.path, digest: file.digest ?? null },
      cause,
    });
  } finally {
    source.close();
  }
}

async function readColumns(
  path: string,
  table: OpenTable,
  wanted: readonly string[] | undefined,
): Promise<Table> {
  const { metadata } = table;
  const kinds = new Map(metadata.schema.slice(1).map((element) => [element.name, kindOf(element)]));
  const names = wanted ?? [...kinds.keys()];
  for (const name of names) checkColumn(path, name, kinds);
  const rows = Number(metadata.num_rows);
  const chunks = new Map(names.map((name) => [name, plainChunks(table, name)]));
  const others = names.filter((name) => chunks.get(name) === null);
  const read =
    rows > 0 && others.length > 0 ? await readOthers(table, others) : new Map<string, ColumnChunk[]>();
  const columns = names.map((name): [string, Column] => {
    const kind = kinds.get(name)!.kind!;
    return [name, joinChunks({ name, kind, rows }, chunks.get(name) ?? read.get(name) ?? [])];
  });
  return { rows, columns: new Map(columns) };
}

/** Decodes columns that are no plain copies. The reader is loaded when there are any. */
async function readOthers(
  { source, metadata }: OpenTable,
  names: readonly string[],
): Promise<Map<string, ColumnChunk[]>> {
  const { parquetRead } = await import('hyparquet');
  forgetLogicalIntegers(metadata.schema);
  const chunks = new Map<string, ColumnChunk[]>(names.map((name) => [name, []]));
  const { byteLength } = source;
  const slice = (start: number, end = byteLength): ArrayBuffer =>
    new Uint8Array(source.view(start, end)).buffer;
  await parquetRead({
    file: { byteLength, slice },
    metadata,
    columns: [...names],
    // Only collects: what is thrown here, nobody could catch.
    onChunk: ({ columnName, columnData, rowStart }) =>
      chunks.get(columnName)?.push({ values: columnData, rowStart }),
  });
  return chunks;
}

interface StoredKind {
  /** Null for a type that tables do not have. */
  readonly kind: Column['kind'] | null;
  readonly type: string;
}

function kindOf({ type, converted_type, logical_type }: SchemaElement): StoredKind {
  if (type === 'BYTE_ARRAY') return { kind: 'string', type };
  if (type === 'DOUBLE') return { kind: 'number', type };
  if (type !== 'INT64') return { kind: null, type: type ?? 'a group' };
  const unit = logical_type?.type === 'TIMESTAMP' ? logical_type.unit : null;
  if (converted_type === 'TIMESTAMP_MILLIS' || unit === 'MILLIS') return { kind: 'time', type };
  // Times of another unit would be taken for milliseconds.
  const isOtherTime = unit !== null || converted_type === 'TIMESTAMP_MICROS';
  return isOtherTime ? { kind: null, type: 'TIMESTAMP_MICROS or _NANOS' } : { kind: 'integer', type };
}

function checkColumn(path: string, name: string, kinds: ReadonlyMap<string, StoredKind>): void {
  const found = kinds.get(name);
  if (found === undefined) throw missingColumn(path, name, [...kinds.keys()]);
  if (found.kind !== null) return;
  throw new DataError('COLUMN_TYPE', {
    what: `${path} holds the column "${name}" as ${found.type}, not as DOUBLE, INT64, TIMESTAMP_MILLIS or text.`,
    fix: 'Use a file that minute-alpha wrote.',
    details: { path, column: name },
  });
}

function missingColumn(path: string, name: string, known: readonly string[]): DataError {
  return new DataError('COLUMN_MISSING', {
    what: `${path} has no column "${name}"; it has ${known.join(', ')}.`,
    fix: 'Use a file that this version of minute-alpha wrote.',
    details: { path, column: name },
  });
}

/** Without their logical type, whole numbers stay typed arrays instead of becoming a Date a row. */
function forgetLogicalIntegers(schema: SchemaElement[]): void {
  for (const element of schema) {
    if (element.type !== 'INT64') continue;
    delete element.converted_type;
    delete element.logical_type;
  }
}

/**
 * The values of a numeric column (number, integer or time); a view, not a copy.
 * @throws DataError COLUMN_MISSING, COLUMN_TYPE
 */
export function numbers(table: Table, name: string): Float64Array {
  const column = table.columns.get(name);
  if (column === undefined) throw missingColumn('The table', name, [...table.columns.keys()]);
  if (column.kind !== 'string') return column.values;
  throw new DataError('COLUMN_TYPE', {
    what: `The column "${name}" holds text, not numbers.`,
    fix: 'Use a file that this version of minute-alpha wrote.',
    details: { column: name },
  });
}
