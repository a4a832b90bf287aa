/** Bytes by their sha256: write once, never change, verify. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';
import { chmod, lstat, mkdir, open, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StoreIntegrityError } from '../errors.js';
import { codeOf, filesBelow, flush, linkUnflushed, randomName, writeFlushed } from './durable.js';

/** What a published blob looked like; a hit compares this before it trusts the bytes. */
export interface BlobStamp {
  readonly digest: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** A blob that has its name, and when the device keeps that. */
export interface TakenBlob {
  readonly stamp: BlobStamp;
  readonly named: Promise<void>;
}

export type BlobState = 'sound' | 'missing' | 'corrupt';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const BLOB_FILE = /^sha256\/([0-9a-f]{2})\/([0-9a-f]{62})$/;
const READ_BYTES = 1 << 20;

/** Whether a value is a digest as the store writes it. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value);
}

/** A blob as it is listed, bytes not looked at. */
export interface StoredBlob {
  readonly digest: string;
  /** Where it lies, for people. */
  readonly place: string;
  readonly size: number;
  /** An artifact at a human path is the same file, so that its bytes outlive it. */
  readonly isArtifact: boolean;
  /** When it was last published or given another name, ms. */
  readonly touchedMs: number;
}

/** Something in a store that the store did not put there. */
export interface Foreign {
  /** Where it lies, for people. */
  readonly foreign: string;
}

/** Bytes of any length, as they are read. */
export interface OpenedBlob {
  readonly size: number;
  readonly bytes: AsyncIterable<Buffer>;
}

/** `sha256:<hex>` of a file, read through one buffer. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(size, READ_BYTES)));
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      hash.update(bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
  return `sha256:${hash.digest('hex')}`;
}

/** That there are no bytes of a digest, or none that can be read. */
export function blobMissing(digest: string, cause?: unknown): StoreIntegrityError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new StoreIntegrityError('BLOB_MISSING', {
    what: `The store has no bytes for ${digest}${why}.`,
    fix: 'They are computed again at the next run.',
    details: { digest },
    cause,
  });
}

function absent(error: unknown): null {
  if (codeOf(error) !== 'ENOENT') throw error;
  return null;
}

export class Blobs {
  constructor(private readonly root: string) {}

  /** Path of a blob, there or not. */
  pathOf(digest: string): string {
    if (!isDigest(digest)) {
      throw new StoreIntegrityError('DIGEST_MALFORMED', {
        what: `"${digest}" is no digest of the form sha256:<64 hex digits>.`,
        fix: 'The record that names it is set aside and computed again.',
      });
    }
    const hex = digest.slice('sha256:'.length);
    return path.join(this.root, 'blobs', 'sha256', hex.slice(0, 2), hex.slice(2));
  }

  /** Takes a finished file of the same device into the store; the file's own name is the caller's to remove. */
  async putFile(file: string): Promise<BlobStamp> {
    const { stamp, named } = await this.takeFile(file);
    await named;
    return stamp;
  }

  /** {@link putFile} that does not wait for the device to keep the name; `beforeLink` is called before it is given. */
  async takeFile(file: string, beforeLink: () => void = () => undefined): Promise<TakenBlob> {
    // The device writes while the processor hashes.
    const [digest] = await Promise.all([hashFile(file), flush(file)]);
    await chmod(file, 0o444);
    const target = this.pathOf(digest);
    beforeLink();
    while (!(await linkUnflushed(file, target))) {
      if ((await hashFile(target)) === digest) {
        // Tells the collector by the change time that these bytes are in use again; the time stamp that
        // other records hold stays.
        await chmod(target, 0o444);
        break;
      }
      await this.quarantine(digest, 'its bytes changed');
    }
    const named = flush(path.dirname(target));
    // Who waits for it hears of a failure; until then it must not count as one that nobody handles.
    named.catch(() => undefined);
    return { stamp: await this.stampOf(digest), named };
  }

  /** Takes bytes into the store. */
  async putBytes(bytes: Buffer): Promise<BlobStamp> {
    const temporary = path.join(this.root, 'tmp', `bytes-${process.pid}-${randomName()}`);
    await writeFlushed(temporary, bytes);
    try {
      return await this.putFile(temporary);
    } finally {
      await unlink(temporary);
    }
  }

  /** Takes bytes of any length into the store. */
  async putStream(bytes: AsyncIterable<Buffer>): Promise<BlobStamp> {
    const temporary = path.join(this.root, 'tmp', `import-${process.pid}-${randomName()}`);
    try {
      await pipeline(bytes, createWriteStream(temporary, { flags: 'wx' }));
      return await this.putFile(temporary);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** The bytes as they lie there, not verified; null where there are none. */
  async open(digest: string): Promise<OpenedBlob | null> {
    const file = this.pathOf(digest);
    try {
      const { size } = await stat(file);
      return { size, bytes: createReadStream(file, { highWaterMark: READ_BYTES }) };
    } catch (error) {
      return absent(error);
    }
  }

  /** The digest that the bytes under a digest really have; null where there are none. */
  async hash(digest: string): Promise<string | null> {
    return hashFile(this.pathOf(digest)).catch(absent);
  }

  /** The verified bytes. @throws StoreIntegrityError BLOB_MISSING, BLOB_CORRUPT */
  async read(digest: string): Promise<Buffer> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.pathOf(digest));
    } catch (cause) {
      throw blobMissing(digest, cause);
    }
    if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest) return bytes;
    throw new StoreIntegrityError('BLOB_CORRUPT', {
      what: `The stored bytes of ${digest} are others.`,
      fix: 'They are set aside and computed again.',
      details: { digest },
    });
  }

  /** The verified bytes of a small blob at once; null where they are missing or others. */
  readSmall(digest: string): Buffer | null {
    try {
      const bytes = readFileSync(this.pathOf(digest));
      return `sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest ? bytes : null;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EISDIR') return null;
      throw error;
    }
  }

  /** Cheap check of a published blob: size and time as published, else its bytes are hashed again. */
  async check({ digest, size, mtimeMs }: BlobStamp): Promise<BlobState> {
    try {
      const found = statSync(this.pathOf(digest));
      if (found.size === size && found.mtimeMs === mtimeMs) return 'sound';
      return found.size === size && (await hashFile(this.pathOf(digest))) === digest ? 'sound' : 'corrupt';
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 'missing';
      throw error;
    }
  }

  /** Every blob of the store; `foreign` are files of others. */
  async *all(): AsyncGenerator<StoredBlob | Foreign> {
    const root = path.join(this.root, 'blobs');
    for (const file of await filesBelow(root)) {
      const [, prefix, rest] = BLOB_FILE.exec(path.relative(root, file).replaceAll(path.sep, '/')) ?? [];
      const found = await lstat(file);
      if (prefix === undefined || !found.isFile()) yield { foreign: file };
      else {
        const { size, mtimeMs, ctimeMs, nlink } = found;
        const digest = `sha256:${prefix}${rest}`;
        yield { digest, place: file, size, isArtifact: nlink > 1, touchedMs: Math.max(mtimeMs, ctimeMs) };
      }
    }
  }

  /** Sets a blob aside under a name that tells why; absent is fine. */
  async quarantine(digest: string, reason: string): Promise<void> {
    const folder = path.join(this.root, 'quarantine');
    await mkdir(folder, { recursive: true });
    const name = `${digest.slice('sha256:'.length)}-${randomName()}`;
    try {
      await rename(this.pathOf(digest), path.join(folder, name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    await writeFlushed(path.join(folder, `${name}.txt`), `${reason}\n`);
  }

  private async stampOf(digest: string): Promise<BlobStamp> {
    const { size, mtimeMs } = await stat(this.pathOf(digest));
    return { digest, size, mtimeMs };
  }
}
