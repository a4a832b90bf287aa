/**
 * Garbage collection: everything that no kept run needs goes, and a tombstone stays.
 *
 * Kept are the runs under a name, the newest, the young, those that go on, and with them all their records
 * and bytes; and whatever was touched within the last day, or since the oldest run that goes on began, because
 * a run that has not ended yet may have made it. What is condemned is first set aside, then the runs are looked at
 * again, and only then is it deleted: a run that began meanwhile gets back what it found. While a run cannot be
 * read, nothing is collected. Files whose names the store does not give are left alone.
 */
import { ConfigError, StoreIntegrityError } from '../errors.js';
import type { ActionRecord } from './action-record.js';
import type { StoredBlob } from './blobs.js';
import { findRoots, GRACE_MS, rootLive, type RootOptions, type Roots } from './collect-roots.js';
import type { Lease } from './leases.js';
import { randomName } from './own-names.js';
import { thisProcess } from './process-identity.js';
import type { StoredRecord } from './records.js';
import type { Storage } from './storage.js';

export interface CollectOptions extends RootOptions {
  readonly dryRun: boolean;
}

export interface Counted {
  readonly kept: number;
  /** Of the kept ones, those that no root needs and only their age keeps. */
  readonly young: number;
  readonly removed: number;
}

export interface CollectReport {
  readonly dryRun: boolean;
  readonly runs: Omit<Counted, 'young'>;
  readonly liveRuns: number;
  readonly records: Counted;
  readonly blobs: Counted;
  /** Of the removed blobs. */
  readonly bytes: number;
  /** Of these, bytes that stay on the disk because an artifact at a human path is the same file. */
  readonly bytesInArtifacts: number;
  /** What the removed records once took to compute, ms. */
  readonly recomputeMs: number;
  /** Removed leftovers of dead processes and results set aside. */
  readonly leftovers: number;
}

interface Condemned {
  readonly records: readonly (StoredRecord & { record: ActionRecord })[];
  readonly keptRecords: Omit<Counted, 'removed'>;
  readonly blobs: readonly StoredBlob[];
  readonly keptBlobs: Omit<Counted, 'removed'>;
}

/** Well below the time after which a lease may be stolen. */
const BEAT_MS = 5000;

/**
 * Collects what is not needed, or tells what would go.
 * @throws StoreIntegrityError RUN_UNREADABLE before anything is touched; ConfigError COLLECTING_ALREADY
 */
export async function collectStore(store: Storage, options: CollectOptions): Promise<CollectReport> {
  if (options.dryRun) {
    const roots = await findRoots(store, options);
    const leftovers = (await store.leftovers(options)).length;
    return report(options, roots, { ...(await condemn(store, roots, options)), leftovers });
  }
  return collect(store, options);
}

async function collect(store: Storage, options: CollectOptions): Promise<CollectReport> {
  const lease = await takeTurn(store);
  const beat = setInterval(() => void lease.renew(), BEAT_MS);
  try {
    // A collector that was killed left what it had condemned already.
    await store.deleteCondemned();
    const roots = await findRoots(store, options);
    const condemned = await condemn(store, roots, options);
    await sweep(store, roots, condemned, options);
    const leftovers = await store.leftovers(options);
    for (const place of leftovers) await store.removeLeftover(place);
    return report(options, roots, { ...condemned, leftovers: leftovers.length });
  } finally {
    clearInterval(beat);
    await lease.release();
  }
}

async function takeTurn(store: Storage): Promise<Lease> {
  const holder = { ...thisProcess(), workflowId: 'gc', runId: randomName(), activityId: 'gc', attempt: 1 };
  const answer = await store.acquireLease('gc', holder);
  if (answer.state === 'acquired') return answer.lease;
  throw new ConfigError('COLLECTING_ALREADY', {
    what: `The process ${answer.by.pid} on ${answer.by.host} is collecting this store.`,
    fix: 'Wait for its end.',
  });
}

async function condemn(store: Storage, roots: Roots, { nowMs }: CollectOptions): Promise<Condemned> {
  // A run that goes on for days has made things that are older than the grace and that no run file names yet.
  const freshMs = Math.min(nowMs - GRACE_MS, ...roots.live.map(({ sinceMs }) => sinceMs));
  const used = new Set(roots.blobs);
  const records: Condemned['records'][number][] = [];
  const keptRecords = { kept: 0, young: 0 };
  for await (const stored of store.allRecords()) {
    if ('foreign' in stored || stored.record === null) continue;
    const { stage, key, touchedMs, record } = stored;
    const isNeeded = roots.records.has(`${stage} ${key}`);
    if (!isNeeded && touchedMs <= freshMs) {
      records.push({ ...stored, record });
      continue;
    }
    keptRecords.kept += 1;
    keptRecords.young += Number(!isNeeded);
    used.add(record.preimage);
    for (const { digest } of record.outputs) used.add(digest);
  }
  const blobs: StoredBlob[] = [];
  const keptBlobs = { kept: 0, young: 0 };
  for await (const blob of store.allBlobs()) {
    if ('foreign' in blob) continue;
    const isUsed = used.has(blob.digest);
    if (!isUsed && blob.touchedMs <= freshMs) {
      blobs.push(blob);
      continue;
    }
    keptBlobs.kept += 1;
    keptBlobs.young += Number(!isUsed);
  }
  return { records, keptRecords, blobs, keptBlobs };
}

/** Condemns, looks again, deletes. */
async function sweep(
  store: Storage,
  roots: Roots,
  condemned: Condemned,
  options: CollectOptions,
): Promise<void> {
  const evictedAt = new Date(options.nowMs).toISOString();
  for (const run of roots.removedRuns) await store.condemnRun(run);
  for (const { record } of condemned.records) await store.condemnRecord(record, evictedAt);
  for (const { digest } of condemned.blobs) await store.condemnBlob(digest);
  await giveBack(store, roots, condemned);
  const live = new Set(roots.live.map(({ runId }) => runId));
  for (const runId of roots.begun) if (!live.has(runId)) await store.endRun(runId);
  await store.deleteCondemned();
}

/** Restores what runs that began since the roots were found saw before it was condemned. */
async function giveBack(store: Storage, roots: Roots, condemned: Condemned): Promise<void> {
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

function report(
  { dryRun }: CollectOptions,
  roots: Roots,
  condemned: Condemned & { readonly leftovers: number },
): CollectReport {
  const sizeOf = (blobs: readonly StoredBlob[]): number => blobs.reduce((sum, { size }) => sum + size, 0);
  return {
    dryRun,
    runs: { kept: roots.keptRuns.length, removed: roots.removedRuns.length },
    liveRuns: roots.live.length,
    records: { ...condemned.keptRecords, removed: condemned.records.length },
    blobs: { ...condemned.keptBlobs, removed: condemned.blobs.length },
    bytes: sizeOf(condemned.blobs),
    bytesInArtifacts: sizeOf(condemned.blobs.filter(({ isArtifact }) => isArtifact)),
    recomputeMs: condemned.records.reduce((sum, { record }) => sum + record.cost.wallMs, 0),
    leftovers: condemned.leftovers,
  };
}
