/** The deleting half of a collection: condemns, looks again, deletes; also on a device that is full. */
import { StoreIntegrityError } from '../errors.js';
import type { ActionRecord } from './action-record.js';
import type { StoredBlob } from './blobs.js';
import { rootLive, type Roots } from './collect-roots.js';
import type { StoredRecord } from './records.js';
import type { StoredRun } from './runs.js';
import type { Storage } from './storage.js';
import { isFull } from './unwritable.js';

export type ReadableRecord = StoredRecord & { readonly record: ActionRecord };

/** What no root needs. */
export interface Condemned {
  readonly runs: readonly StoredRun[];
  readonly records: readonly ReadableRecord[];
  readonly blobs: readonly StoredBlob[];
}

/** What went of it, and what the store answered where it had no space to mark the rest as collected. */
export interface Swept extends Condemned {
  readonly refusal: unknown;
}

/**
 * Condemns, looks again, deletes. Where there is no space for a tombstone, its record stays for now, and of its bytes
 * all go but its preimage, which the tombstone will hold: a look-up then misses the bytes, as it would miss the
 * record, and what they gave back is space for the tombstone.
 */
export async function sweep(
  store: Storage,
  roots: Roots,
  condemned: Condemned,
  evictedAt: string,
): Promise<Swept> {
  const runs = await untilFull(condemned.runs, (run) => store.condemnRun(run));
  const records = await untilFull(condemned.records, ({ record }) => store.condemnRecord(record, evictedAt));
  const staying = new Set(condemned.records.slice(records.done.length).map(({ record }) => record.preimage));
  const unneeded = condemned.blobs.filter(({ digest }) => !staying.has(digest));
  const blobs = await untilFull(unneeded, ({ digest }) => store.condemnBlob(digest));
  await giveBack(store, roots, condemned);
  const live = new Set(roots.live.map(({ runId }) => runId));
  for (const runId of roots.begun) if (!live.has(runId)) await store.endRun(runId);
  await store.deleteCondemned();
  const refusal = runs.refusal ?? records.refusal ?? blobs.refusal;
  return { runs: runs.done, records: records.done, blobs: blobs.done, refusal };
}

/** Works through the items up to one for which there is no space. */
async function untilFull<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<{ done: readonly T[]; refusal: unknown }> {
  for (const [index, item] of items.entries()) {
    try {
      await work(item);
    } catch (error) {
      if (!isFull(error)) throw error;
      return { done: items.slice(0, index), refusal: error };
    }
  }
  return { done: items, refusal: null };
}

/** Restores what runs that began since the roots were found saw before it was condemned. */
async function giveBack(
  store: Storage,
  roots: Roots,
  condemned: Pick<Condemned, 'records' | 'blobs'>,
): Promise<void> {
  const records = new Set<string>();
  const blobs = new Set<string>();
  const isKnown = await findBegun(store, roots, { records, blobs });
  if (!isKnown) for (const { digest } of condemned.blobs) await store.giveBackBlob(digest);
  for (const { record } of condemned.records) {
    if (isKnown && !records.has(`${record.stage} ${record.key}`)) continue;
    for (const digest of [record.preimage, ...record.outputs.map((output) => output.digest)])
      await store.giveBackBlob(digest);
    await store.giveBackRecord(record);
  }
}

/** What runs need that began meanwhile; false where one of them cannot be read, so that anything may be needed. */
async function findBegun(
  store: Storage,
  { begun }: Roots,
  { records, blobs }: { records: Set<string>; blobs: Set<string> },
): Promise<boolean> {
  try {
    for (const run of await store.liveRuns()) {
      if (begun.has(run.runId)) continue;
      await store.giveBackBlob(run.plan);
      await rootLive(store, run, records, blobs);
    }
    return true;
  } catch (error) {
    if (error instanceof StoreIntegrityError) return false;
    throw error;
  }
}
