/** Where the bytes of a table come from: a file read by ranges, or read once and verified. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import type { AsyncBuffer } from 'hyparquet';
import { StoreIntegrityError } from '../errors.js';

/** A Parquet file, with its digest where it must be what its name says. */
export interface TableFile {
  readonly path: string;
  /** `sha256:<hex>` of the file's bytes. */
  readonly digest?: string;
}

export interface TableSource {
  readonly buffer: AsyncBuffer;
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
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (found === digest) return bytes;
  throw new StoreIntegrityError('BLOB_CORRUPT', {
    what: `The stored file ${path} has the digest ${found} instead of ${digest}.`,
    fix: 'It is set aside and computed again.',
    details: { path, digest, found },
  });
}

function openVerified(path: string, digest: string): TableSource {
  const bytes = readVerifiedBytes(path, digest);
  const slice = (start: number, end = bytes.length): ArrayBuffer =>
    bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + end) as ArrayBuffer;
  return { buffer: { byteLength: bytes.length, slice }, close: () => undefined };
}

function openRanges(path: string): TableSource {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const slice = (start: number, end = size): ArrayBuffer => readRange(file, start, end);
  return { buffer: { byteLength: size, slice }, close: () => closeSync(file) };
}

function readRange(file: number, start: number, end: number): ArrayBuffer {
  const bytes = new Uint8Array(end - start);
  for (let at = 0; at < bytes.length;) {
    const count = readSync(file, bytes, at, bytes.length - at, start + at);
    // What is not there must not become zeros.
    if (count === 0) throw new RangeError(`the file ends ${bytes.length - at} bytes early`);
    at += count;
  }
  return bytes.buffer;
}
