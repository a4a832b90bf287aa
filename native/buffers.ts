/** Arrays on their way to the native thread: checked, and over memory that cannot go away under it. */
import { NativeError } from '../lib/errors.js';

/** Most rows of one dataset or prediction: LightGBM counts them in 32 bits. */
export const MAX_ROWS = 2 ** 31 - 1;

/**
 * The matrix itself where it lies in a SharedArrayBuffer, else a copy that does. Only shared memory can
 * neither be detached nor transferred while another thread reads it.
 * @throws NativeError BAD_MATRIX, BUFFER_DETACHED
 */
export function sharedMatrix(name: string, matrix: unknown): Float64Array {
  if (!(matrix instanceof Float64Array)) {
    throw new NativeError('BAD_MATRIX', {
      what: `${name} must be a Float64Array, row-major; got ${nameOf(matrix)}.`,
      fix: 'Convert it.',
    });
  }
  refuseDetached(name, matrix);
  return matrix.buffer instanceof SharedArrayBuffer ? matrix : copyShared(matrix, Float64Array);
}

/**
 * Rows of a row-major matrix of `columns` columns.
 * @throws NativeError BAD_MATRIX where the length is no whole number of rows, or none, or too many
 */
export function rowsOf(name: string, matrix: Float64Array, columns: number): number {
  refuseColumns(columns);
  const rows = matrix.length / columns;
  if (Number.isInteger(rows) && rows > 0 && rows <= MAX_ROWS) return rows;
  throw new NativeError('BAD_MATRIX', {
    what: `${name} has ${matrix.length} numbers, which is no whole number of rows of ${columns} columns between 1 and 2^31 - 1.`,
    fix: 'Correct the matrix or columns.',
    details: { length: matrix.length, columns },
  });
}

/** @throws NativeError BAD_MATRIX for anything but a whole number of at least 1 */
export function refuseColumns(columns: unknown): void {
  if (Number.isInteger(columns) && (columns as number) >= 1 && (columns as number) <= MAX_ROWS) return;
  throw new NativeError('BAD_MATRIX', {
    what: `columns must be a whole number of at least 1; got ${nameOf(columns)}.`,
    fix: 'Give the number of features.',
  });
}

/**
 * Numbers, one a row, as shared float32, all finite: those given where they are that already, else a copy.
 * Null stays null.
 * @throws NativeError WRONG_LENGTH, NOT_FINITE, BUFFER_DETACHED, BAD_MATRIX
 */
export function sharedFloat32(name: string, values: unknown, rows: number): Float32Array | null {
  if (values === null || values === undefined) return null;
  const source = numbersOf(name, values);
  refuseLength(name, source.length, rows);
  const isShared = source instanceof Float32Array && source.buffer instanceof SharedArrayBuffer;
  const shared = isShared ? source : copyShared(source, Float32Array);
  refuseNotFinite(name, shared);
  return shared;
}

/** The like in float64, for a whole number of values a row. */
export function sharedFloat64(name: string, values: unknown, rows: number): Float64Array | null {
  if (values === null || values === undefined) return null;
  const source = numbersOf(name, values);
  if (source.length === 0 || source.length % rows !== 0) refuseLength(name, source.length, rows);
  const copy = copyShared(source, Float64Array);
  refuseNotFinite(name, copy);
  return copy;
}

/** @throws NativeError BUFFER_DETACHED for an array whose memory went to another thread */
export function refuseDetached(name: string, array: Float32Array | Float64Array): void {
  const { buffer } = array;
  const detached = buffer instanceof ArrayBuffer && buffer.byteLength === 0 && isDetached(buffer);
  if (!detached) return;
  throw new NativeError('BUFFER_DETACHED', {
    what: `The memory of ${name} was transferred away.`,
    fix: 'Pass it before transferring, or use a SharedArrayBuffer.',
  });
}

/** A detached buffer cannot be wrapped again; an empty one can. */
function isDetached(buffer: ArrayBuffer): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** @throws NativeError BAD_MATRIX for anything but an array of floats, BUFFER_DETACHED */
export function numbersOf(name: string, values: unknown): Float32Array | Float64Array {
  if (values instanceof Float32Array || values instanceof Float64Array) {
    refuseDetached(name, values);
    return values;
  }
  throw new NativeError('BAD_MATRIX', {
    what: `${name} must be a Float32Array or Float64Array; got ${nameOf(values)}.`,
    fix: 'Convert it.',
  });
}

function copyShared<Target extends Float32Array | Float64Array>(
  source: Float32Array | Float64Array,
  target: { new (buffer: SharedArrayBuffer): Target; readonly BYTES_PER_ELEMENT: number },
): Target {
  const copy = new target(new SharedArrayBuffer(source.length * target.BYTES_PER_ELEMENT));
  copy.set(source);
  return copy;
}

function refuseLength(name: string, got: number, rows: number): void {
  if (got === rows) return;
  throw new NativeError('WRONG_LENGTH', {
    what: `${name} has ${got} values for ${rows} rows.`,
    fix: 'Give one value a row.',
    details: { name, got, rows },
  });
}

function refuseNotFinite(name: string, values: Float32Array | Float64Array): void {
  const row = values.findIndex((value) => !Number.isFinite(value));
  if (row < 0) return;
  throw new NativeError('NOT_FINITE', {
    what: `${name} is ${values[row]} (as ${values.BYTES_PER_ELEMENT * 8}-bit number) at row ${row}.`,
    fix: 'Leave such rows out of the dataset.',
    details: { name, row },
  });
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return value.constructor?.name ?? 'an object';
}
