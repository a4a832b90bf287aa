/**
 * Garbage collection: everything that no kept run needs goes, and a tombstone stays.
 *
 * Kept are the runs under a name, the newest, the young, those that go on, and with them all their records
 * and bytes; and whatever was touched within the last day, or since the oldest run that goes on began, because
 * a run that has not ended yet may have made it. What is condemned is first set aside, then the runs are looked at
 * again, and only then is it deleted: a run that began meanwhile gets back what it found. While a run cannot be
 * read, nothing is collected. On a device that is full it goes through the store as often as it takes. Files whose
 * names the store does not give are left alone.
 */
import { ConfigError } from '../errors.js';
import type { StoredBlob } from './blobs.js';
import { findRoots, GRACE_MS, type RootOptions, type Roots } from './collect-roots.js';
import { sweep, type Condemned, type ReadableRecord } from './collect-sweep.js';
import type { Lease } from './leases.js';
import { randomName } from './own-names.js';
import { thisProcess } from './process-identity.js';
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
  /** The store had no space to mark results as collected before some of their bytes were deleted. */
  readonly wasFull: boolean;
}

interface Unneeded extends Condemned {
  readonly keptRecords: Omit<Counted, 'removed'>;
  readonly keptBlobs: Omit<Counted, 'removed'>;
}

/** Stores may cut the time at which something was touched to whole seconds, and so tell too early a time. */
const TOUCH_STEP_MS = 1000;

/** Well below the time after which a lease may be stolen. */
const BEAT_MS = 5000;

/**
 * Collects what is not needed, or tells what would go.
 * @throws StoreIntegrityError RUN_UNREADABLE before anything is touched; ConfigError COLLECTING_ALREADY;
 * SetupError STORE_UNWRITABLE, for want of space only where nothing could be deleted
 */
export async function collectStore(store: Storage, options: CollectOptions): Promise<CollectReport> {
  if (!options.dryRun) return collect(store, options);
  const roots = await findRoots(store, options);
  const unneeded = await findUnneeded(store, roots, options);
  const leftovers = (await store.leftovers(options)).length;
  return report(roots, unneeded, { ...unneeded, leftovers, dryRun: true });
}

async function collect(store: Storage, options: CollectOptions): Promise<CollectReport> {
  const lease = await takeTurn(store);
  // A renewal that fails is one that is missing.
  const beat = setInterval(() => void lease.renew().catch(() => false), BEAT_MS);
  try {
    // A collector that was killed left what it had condemned already.
    await store.deleteCondemned();
    let before: CollectReport | null = null;
    for (;;) {
      const { told, refusal } = await collectOnce(store, options);
      const total: CollectReport = before === null ? told : sum(before, told);
      if (refusal === null) return total;
      if (told.runs.removed + told.records.removed + told.blobs.removed + told.leftovers === 0) throw refusal;
      // There is space now. All is looked at again: runs that went on meanwhile may have used it.
      before = { ...total, wasFull: true };
    }
  } finally {
    clearInterval(beat);
    await lease.release();
  }
}

async function collectOnce(
  store: Storage,
  options: CollectOptions,
): Promise<{ told: CollectReport; refusal: unknown }> {
  const roots = await findRoots(store, options);
  const unneeded = await findUnneeded(store, roots, options);
  // First, for they need no tombstone.
  const leftovers = await store.leftovers(options);
  for (const place of leftovers) await store.removeLeftover(place);
  const swept = await sweep(store, roots, unneeded, new Date(options.nowMs).toISOString());
  const told = report(roots, unneeded, { ...swept, leftovers: leftovers.length, dryRun: false });
  return { told, refusal: swept.refusal };
}

async function takeTurn(store: Storage): Promise<Lease> {
  const holder = { ...thisProcess(), workflowId: 'gc', runId: randomName(), activityId: 'gc', attempt: 1 };
  const answer = await store.acquireLease('gc', holder, { evenWhenFull: true });
  if (answer.state === 'acquired') return answer.lease;
  throw new ConfigError('COLLECTING_ALREADY', {
    what: `The process ${answer.by.pid} on ${answer.by.host} is collecting this store.`,
    fix: 'Wait for its end.',
  });
}

async function findUnneeded(store: Storage, roots: Roots, { nowMs }: CollectOptions): Promise<Unneeded> {
  // A run that goes on for days has made things that are older than the grace and that no run file names yet.
  const freshMs = Math.min(nowMs - GRACE_MS, ...roots.live.map(({ sinceMs }) => sinceMs)) - TOUCH_STEP_MS;
  const used = new Set(roots.blobs);
  const records: ReadableRecord[] = [];
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
  return { runs: roots.removedRuns, records, keptRecords, blobs, keptBlobs };
}

function report(
  { keptRuns, live }: Roots,
  { keptRecords, keptBlobs }: Unneeded,
  { runs, records, blobs, leftovers, dryRun }: Condemned & Pick<CollectReport, 'leftovers' | 'dryRun'>,
): CollectReport {
  const sizeOf = (some: readonly StoredBlob[]): number => some.reduce((total, { size }) => total + size, 0);
  return {
    dryRun,
    runs: { kept: keptRuns.length, removed: runs.length },
    liveRuns: live.length,
    records: { ...keptRecords, removed: records.length },
    blobs: { ...keptBlobs, removed: blobs.length },
    bytes: sizeOf(blobs),
    bytesInArtifacts: sizeOf(blobs.filter(({ isArtifact }) => isArtifact)),
    recomputeMs: records.reduce((total, { record }) => total + record.cost.wallMs, 0),
    leftovers,
    wasFull: false,
  };
}

/** What two passes removed, and what the second one kept. */
function sum(first: CollectReport, second: CollectReport): CollectReport {
  const removed = (part: 'runs' | 'records' | 'blobs'): number => first[part].removed + second[part].removed;
  return {
    ...second,
    runs: { ...second.runs, removed: removed('runs') },
    records: { ...second.records, removed: removed('records') },
    blobs: { ...second.blobs, removed: removed('blobs') },
    bytes: first.bytes + second.bytes,
    bytesInArtifacts: first.bytesInArtifacts + second.bytesInArtifacts,
    recomputeMs: first.recomputeMs + second.recomputeMs,
    leftovers: first.leftovers + second.leftovers,
    wasFull: first.wasFull,
  };
}
