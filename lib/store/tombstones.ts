/** What is left of a record that was collected: enough to say what it was and what changed since. */
import { readFile } from 'node:fs/promises';
import { codeOf, removeFile, replaceFile } from './durable.js';
import type { Preimage } from './key.js';

export interface Tombstone {
  readonly v: 1;
  /** ISO time. */
  readonly evictedAt: string;
  /** Null where the preimage's bytes were gone already. */
  readonly preimage: Preimage | null;
  readonly wallMs: number;
}

/** Where the tombstone of a record's file stands. */
export function tombstonePath(recordPath: string): string {
  return `${recordPath}.evicted`;
}

/** Marks a record as collected. */
export function writeTombstone(recordPath: string, tombstone: Tombstone): Promise<void> {
  return replaceFile(tombstonePath(recordPath), `${JSON.stringify(tombstone)}\n`);
}

/** The tombstone of a record; null where there is none, or none that can be read. */
export async function readTombstone(recordPath: string): Promise<Tombstone | null> {
  let text: string;
  try {
    text = await readFile(tombstonePath(recordPath), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const found = JSON.parse(text) as Tombstone | null;
    if (found?.v === 1) return found;
  } catch {
    // Torn: that it was collected is all that is known.
  }
  return { v: 1, evictedAt: 'unknown', preimage: null, wallMs: 0 };
}

/** Removes the tombstone of a record that exists again. */
export function removeTombstone(recordPath: string): Promise<void> {
  return removeFile(tombstonePath(recordPath));
}
