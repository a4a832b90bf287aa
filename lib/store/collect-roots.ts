/** The roots of a collection: which runs count, and which records and bytes they need. */
import { StoreIntegrityError } from '../errors.js';
import { liveUnreadable, type LiveRun, type StoredLiveRun } from './roots.js';
import type { RunFile, StoredRun } from './runs.js';
import type { Storage } from './storage.js';

/** What was touched within a day is kept: a run that has not ended yet may have just made it. */
export const GRACE_MS = 24 * 3_600_000;

export interface RootOptions {
  /** Completed runs that are kept, the newest. */
  readonly keepRuns: number;
  /** Runs younger than this are kept. */
  readonly olderThanMs: number;
  readonly nowMs: number;
  /** False where a run that did not say that it ended is known to have ended. */
  isLive(run: LiveRun): Promise<boolean>;
}

/** What is needed, whatever its age. */
export interface Roots {
  readonly keptRuns: readonly StoredRun[];
  readonly removedRuns: readonly StoredRun[];
  /** Runs that go on. */
  readonly live: readonly StoredLiveRun[];
  /** Ids of all runs that did not say that they ended, those known to have ended among them. */
  readonly begun: ReadonlySet<string>;
  /** `stage key` of every record to keep. */
  readonly records: ReadonlySet<string>;
  readonly blobs: ReadonlySet<string>;
}

/**
 * Finds the runs to keep and what they need.
 * @throws StoreIntegrityError RUN_UNREADABLE
 */
export async function findRoots(store: Storage, options: RootOptions): Promise<Roots> {
  const runs: StoredRun[] = [];
  for await (const stored of store.allRuns()) runs.push(stored);
  refuseUnreadable(runs);
  const { kept, removed } = await chooseRuns(store, runs, options);
  const records = new Set<string>();
  const blobs = new Set<string>();
  for (const { run } of kept) rootRun(run!, records, blobs);
  const live: StoredLiveRun[] = [];
  const begun = await store.liveRuns();
  for (const each of begun) if (await options.isLive(each)) live.push(each);
  for (const each of live) await rootLive(store, each, records, blobs);
  const ids = new Set(begun.map(({ runId }) => runId));
  return { keptRuns: kept, removedRuns: removed, live, begun: ids, records, blobs };
}

function refuseUnreadable(runs: readonly StoredRun[]): void {
  const broken = runs.filter(({ run }) => run === null).map(({ place }) => place);
  if (broken.length === 0) return;
  throw new StoreIntegrityError('RUN_UNREADABLE', {
    what: `Nothing was collected: ${broken.join(', ')} cannot be read, so what that run needs is not known.`,
    fix: 'Remove the file if the run does not matter any more, then collect again.',
    details: { files: broken },
  });
}

/** Named, young, and newer than the oldest of the newest completed ones. */
async function chooseRuns(
  store: Storage,
  runs: readonly StoredRun[],
  { keepRuns, olderThanMs, nowMs }: RootOptions,
): Promise<{ kept: StoredRun[]; removed: StoredRun[] }> {
  const named = new Set((await store.runNames()).values());
  const kept: StoredRun[] = [];
  const removed: StoredRun[] = [];
  let completed = 0;
  for (const stored of runs) {
    const { runId, status } = stored.run!;
    const isYoung = nowMs - stored.writtenMs < Math.max(olderThanMs, GRACE_MS);
    const keeps = isYoung || completed < keepRuns || named.has(runId);
    (keeps ? kept : removed).push(stored);
    completed += Number(status === 'completed');
  }
  return { kept, removed };
}

function rootRun(run: RunFile, records: Set<string>, blobs: Set<string>): void {
  for (const { stage, key } of Object.values(run.nodes)) if (key !== null) records.add(`${stage} ${key}`);
  blobs.add(run.plan);
  if (run.outputsRef !== undefined) blobs.add(run.outputsRef);
}

/** The part of a stored plan that roots need; `lib/plan` knows the rest. */
interface PlannedKeys {
  readonly nodes: readonly { readonly id: string; readonly program: string }[];
  readonly keys: Readonly<Record<string, string>>;
}

/**
 * Adds what a run that goes on found in the store; what it makes itself is young.
 * @throws StoreIntegrityError RUN_UNREADABLE where its plan is lost: its worker may have it in memory and go on
 */
export async function rootLive(
  store: Storage,
  { plan, runId, place }: StoredLiveRun,
  records: Set<string>,
  blobs: Set<string>,
): Promise<void> {
  blobs.add(plan);
  let planned: PlannedKeys;
  try {
    planned = JSON.parse((await store.readBlob(plan)).toString('utf8')) as PlannedKeys;
  } catch (error) {
    if (!(error instanceof StoreIntegrityError)) throw error;
    throw liveUnreadable(`the plan of the run ${runId} is lost`, place);
  }
  for (const { id, program } of planned.nodes) {
    const key = planned.keys[id];
    if (key !== undefined) records.add(`${program} ${key}`);
  }
}
