/** Reads Parquet into typed columns through hyparquet, only the columns that are asked for. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import {
  parquetMetadataAsync,
  parquetRead,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaElement,
} from 'hyparquet';
import { DataError, StoreIntegrityError } from '../errors.js';
import { numbersOfInt64 } from './column-bytes.js';
import type { Column, Table } from './table.js';

/** A Parquet file, with its digest where it must be what its name says. */
export interface TableFile {
  readonly path: string;
  /** `sha256:<hex>` of the file's bytes. */
  readonly digest?: string;
}

/**
 * Reads a table; with a digest the whole file is read once and verified, else only the columns' ranges.
 * INT64 becomes Float64Array (exact below 2^53), timestamps UTC ms, strings a dictionary column.
 * @param columns names in the order wanted; all when left out
 * @throws StoreIntegrityError BLOB_MISSING, BLOB_CORRUPT (details.digest); DataError COLUMN_MISSING, COLUMN_TYPE
 */
export async function readTable(file: TableFile, columns?: readonly string[]): Promise<Table> {
  const source = openSource(file);
  try {
    const metadata = await parquetMetadataAsync(source.buffer);
    return await readColumns(file.path, source.buffer, metadata, columns);
  } finally {
    source.close();
  }
}

interface Source {
  readonly buffer: AsyncBuffer;
  close(): void;
}

function openSource(file: TableFile): Source {
  try {
    return file.digest === undefined ? openRanges(file.path) : openVerified(file.path, file.digest);
  } catch (cause) {
    if (cause instanceof StoreIntegrityError) throw cause;
    throw new StoreIntegrityError('BLOB_MISSING', {
      what: `The stored file ${file.path} cannot be read: ${(cause as Error).message}.`,
      fix: 'It is computed again at the next run.',
      details: { path: file.path, digest: file.digest ?? null },
      cause,
    });
  }
}

function openVerified(path: string, digest: string): Source {
  const bytes = readVerifiedBytes(path, digest);
  return {
    buffer: {
      byteLength: bytes.length,
      slice: (start, end) => arrayBufferOf(bytes, start, end ?? bytes.length),
    },
    close: () => undefined,
  };
}

/**
 * The bytes of a file that must have this digest.
 * @throws StoreIntegrityError BLOB_CORRUPT
 */
export function readVerifiedBytes(path: string, digest: string): Buffer {
  const bytes = readFileSync(path);
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (found === digest) return bytes;
  throw new StoreIntegrityError('BLOB_CORRUPT', {
    what: `The stored file ${path} has the digest ${found} instead of ${digest}.`,
    fix: 'It is set aside and computed again.',
    details: { path, digest, found },
  });
}

function openRanges(path: string): Source {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  return {
    buffer: {
      byteLength: size,
      slice: (start, end) => {
        const bytes = new Uint8Array((end ?? size) - start);
        readSync(file, bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    },
    close: () => closeSync(file),
  };
}

function arrayBufferOf(bytes: Buffer, start: number, end: number): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + end) as ArrayBuffer;
}

async function readColumns(
  path: string,
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  wanted: readonly string[] | undefined,
): Promise<Table> {
  const elements = new Map(metadata.schema.slice(1).map((element) => [element.name, { ...element }]));
  const names = wanted ?? [...elements.keys()];
  for (const name of names) if (!elements.has(name)) throw missingColumn(path, name, [...elements.keys()]);
  forgetLogicalIntegers(metadata.schema);
  const rows = Number(metadata.num_rows);
  const filling = new Map(names.map((name) => [name, startColumn(path, elements.get(name)!, rows)]));
  if (rows > 0) {
    await parquetRead({
      file: buffer,
      metadata,
      columns: [...names],
      onChunk: ({ columnName, columnData, rowStart }) => filling.get(columnName)!.add(columnData, rowStart),
    });
  }
  return { rows, columns: new Map([...filling].map(([name, { column }]) => [name, column])) };
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

interface FillingColumn {
  readonly column: Column;
  add(values: ArrayLike<unknown>, rowStart: number): void;
}

function startColumn(path: string, element: SchemaElement, rows: number): FillingColumn {
  if (element.type === 'BYTE_ARRAY') return startStrings(rows);
  if (element.type !== 'INT64' && element.type !== 'DOUBLE') {
    throw new DataError('COLUMN_TYPE', {
      what: `${path} holds the column "${element.name}" as ${String(element.type)}, not as DOUBLE, INT64 or text.`,
      fix: 'Use a file that minute-alpha wrote.',
      details: { path, column: element.name },
    });
  }
  const values = new Float64Array(rows);
  const isTime = element.converted_type === 'TIMESTAMP_MILLIS' || element.logical_type?.type === 'TIMESTAMP';
  const kind = element.type === 'DOUBLE' ? 'number' : isTime ? 'time' : 'integer';
  return {
    column: { kind, values },
    add: (chunk, rowStart) => {
      const numbers = chunk instanceof BigInt64Array ? numbersOfInt64(chunk) : numbersOf(chunk);
      values.set(numbers.length > rows - rowStart ? numbers.subarray(0, rows - rowStart) : numbers, rowStart);
    },
  };
}

function numbersOf(chunk: ArrayLike<unknown>): Float64Array {
  if (chunk instanceof Float64Array) return chunk;
  const numbers = new Float64Array(chunk.length);
  for (let row = 0; row < chunk.length; row++) {
    const value = chunk[row];
    numbers[row] = value === null || value === undefined ? Number.NaN : Number(value);
  }
  return numbers;
}

function startStrings(rows: number): FillingColumn {
  const dictionary: string[] = [];
  const codeOf = new Map<string, number>();
  const codes = new Int32Array(rows);
  return {
    column: { kind: 'string', dictionary, codes },
    add: (chunk, rowStart) => {
      for (let row = 0; row < chunk.length; row++) {
        const word = String(chunk[row]);
        let code = codeOf.get(word);
        if (code === undefined) {
          code = dictionary.push(word) - 1;
          codeOf.set(word, code);
        }
        codes[rowStart + row] = code;
      }
    },
  };
}

/**
 * The values of a numeric column (number, integer or time).
 * @throws DataError COLUMN_MISSING, COLUMN_TYPE
 */
export function numbers(table: Table, name: string): Float64Array {
  const column = table.columns.get(name);
  if (column === undefined) throw missingColumn('The table', name, [...table.columns.keys()]);
  if (column.kind !== 'string') return column.values;
  throw new DataError('COLUMN_TYPE', {
    what: `The column "${name}" holds text, not numbers.`,
    fix: 'Use a file that this version of minute-alpha wrote.',
  });
}
