/** Bytes under names, as an object store keeps them. */
import { createHash } from 'node:crypto';
import { SetupError } from '../../../lib/errors.js';

interface Stored {
  readonly bytes: Buffer;
  readonly touchedMs: number;
}

export const digestOf = (bytes: Buffer): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** JSON; null where it is torn or there is none. */
export function parse<T>(text: string | null): T | null {
  try {
    return JSON.parse(text ?? 'null') as T | null;
  } catch {
    return null;
  }
}

/** Object stores tell no more of a time. */
const wholeSecond = (timeMs: number): number => Math.floor(timeMs / 1000) * 1000;

/** The bytes of a store, whoever has a handle on them. */
export class Objects {
  readonly all = new Map<string, Stored>();
  /** While it is set, nothing changes. */
  refuses = false;
  private count = 0;

  /** Never the same twice. */
  next(): number {
    return (this.count += 1);
  }

  put(name: string, bytes: Buffer | string): void {
    this.checkWritable();
    this.all.set(name, { bytes: Buffer.from(bytes), touchedMs: wholeSecond(Date.now()) });
  }

  text(name: string): string | null {
    return this.all.get(name)?.bytes.toString('utf8') ?? null;
  }

  list(prefix: string): [string, Stored][] {
    return [...this.all].filter(([name]) => name.startsWith(prefix));
  }

  /** Copies and deletes; the copy is new. */
  move(from: string, to: string): boolean {
    this.checkWritable();
    const stored = this.all.get(from);
    if (stored === undefined) return false;
    this.put(to, stored.bytes);
    return this.all.delete(from);
  }

  remove(name: string): void {
    this.checkWritable();
    this.all.delete(name);
  }

  private checkWritable(): void {
    if (!this.refuses) return;
    const parts = { what: 'Nothing can be written.', fix: '', details: { code: 'EACCES' } };
    throw new SetupError('STORE_UNWRITABLE', parts);
  }
}
