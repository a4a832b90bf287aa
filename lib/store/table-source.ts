/** Where the bytes of a table come from: a file read by ranges, or read once and verified. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { StoreIntegrityError } from '../errors.js';

/** A Parquet file, with its digest where it must be what its name says. */
export interface TableFile {
  readonly path: string;
  /** `sha256:<hex>` of the file's bytes. */
  readonly digest?: string;
}

export interface TableSource {
  readonly byteLength: number;
  /**
   * Bytes [start, end), valid until {@link close}.
   * @throws RangeError where the file has fewer
   */
  view(start: number, end: number): Buffer;
  close(): void;
}

/**
 * Opens a file; with a digest its bytes are read once, verified and served from memory.
 * @throws StoreIntegrityError BLOB_MISSING, BLOB_CORRUPT (details.digest)
 */
export function openTableSource(file: TableFile): TableSource {
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

/**
 * The bytes of a file that must have this digest.
 * @throws StoreIntegrityError BLOB_CORRUPT
 */
export function readVerifiedBytes(path: string, digest: string): Buffer {
  const bytes = readFileSync(path);
  verify(bytes, path, digest);
  return bytes;
}

function verify(bytes: Buffer, path: string, digest: string): void {
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (found === digest) return;
  throw new StoreIntegrityError('BLOB_CORRUPT', {
    what: `The stored file ${path} has the digest ${found} instead of ${digest}.`,
    fix: 'It is set aside and computed again.',
    details: { path, digest, found },
  });
}

/** Memory of files that were read, for the next one: a thread reads month after month. */
const idleMemory: Buffer[] = [];
/** Memory of a longer file is given back. */
const MAX_IDLE_BYTES = 16 * 2 ** 20;

function openVerified(path: string, digest: string): TableSource {
  const { memory, bytes } = readInto(path);
  const close = (): void => {
    if (idleMemory.length === 0 && memory.length <= MAX_IDLE_BYTES) idleMemory.push(memory);
  };
  try {
    verify(bytes, path, digest);
  } catch (error) {
    close();
    throw error;
  }
  const view = (start: number, end: number): Buffer => {
    checkRange(start, end, bytes.length);
    return bytes.subarray(start, end);
  };
  return { byteLength: bytes.length, view, close };
}

/** The bytes of a file, at the start of memory that may be longer and was used before. */
function readInto(path: string): { memory: Buffer; bytes: Buffer } {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    let memory = idleMemory.pop();
    // A little more than needed, so that the next month, a day longer, fits too.
    if (memory === undefined || memory.length < size)
      memory = Buffer.allocUnsafeSlow(Math.ceil(size * 1.125));
    return { memory, bytes: memory.subarray(0, readUpTo(file, memory.subarray(0, size), 0)) };
  } finally {
    closeSync(file);
  }
}

function openRanges(path: string): TableSource {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const view = (start: number, end: number): Buffer => {
    checkRange(start, end, size);
    const bytes = Buffer.allocUnsafeSlow(end - start);
    // What is not there must not become what the memory held.
    checkRange(start, end, start + readUpTo(file, bytes, start));
    return bytes;
  };
  return { byteLength: size, view, close: () => closeSync(file) };
}

/** Fills `bytes` from `position` of the file on; tells how many there were. */
function readUpTo(file: number, bytes: Buffer, position: number): number {
  let at = 0;
  while (at < bytes.length) {
    const count = readSync(file, bytes, at, bytes.length - at, position + at);
    if (count === 0) break;
    at += count;
  }
  return at;
}

function checkRange(start: number, end: number, byteLength: number): void {
  if (start >= 0 && start <= end && end <= byteLength) return;
  throw new RangeError(`bytes ${start} to ${end} are asked for of a file of ${byteLength}`);
}
