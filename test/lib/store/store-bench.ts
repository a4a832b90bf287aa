/** What a backend brings to the conformance suite, and what the suite puts into a store. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  actionKey,
  collectStore,
  thisProcess,
  type ActionRecord,
  type CollectReport,
  type LeaseHolder,
  type Preimage,
  type Publication,
  type PublishOutcome,
  type RunFile,
  type Storage,
} from '../../../lib/store/index.js';

export const DAY_MS = 86_400_000;

type Answer<T> = T | Promise<T>;

/** What a backend brings to be tested: nothing in the suite knows where its bytes lie. */
export interface StoreBench {
  readonly store: Storage;
  /** A local folder for artifacts and archives. */
  readonly artifacts: string;
  /** Changes, shortens or removes the bytes behind a digest. */
  corruptObject(digest: string, how: 'flip' | 'truncate' | 'delete'): Answer<void>;
  /** Changes bytes so that nothing shows it but reading them: size and time stay. */
  editUnseen(digest: string): Answer<void>;
  /** Cuts the end off a record, a tombstone, a run, the word of a run that goes on, a lease. */
  tearRecord(stage: string, key: string): Answer<void>;
  tearTombstone(stage: string, key: string): Answer<void>;
  tearRun(runId: string): Answer<void>;
  tearLiveRun(runId: string): Answer<void>;
  tearLease(key: string): Answer<void>;
  loseRecord(stage: string, key: string): Answer<void>;
  /** Puts something that is not the store's among its blobs and among its records: one each. */
  addForeign(): Answer<void>;
  /** Leaves something unfinished, as a process does that dies while it writes; {@link Storage.leftovers} will tell it. */
  leaveBehind(): Answer<void>;
  /** Makes every change of what is stored fail as the backend fails when it may only be read. */
  refuseWrites(): unknown;
  acceptWrites(): unknown;
  /** Names and sizes of all that lies in the store, sorted: the same where nothing was written. */
  listing(): Answer<string[]>;
  /** A second, independent handle on the same data, with a clock of its own. */
  reopen(now?: () => number): Answer<Storage>;
  close(): Answer<void>;
}

export type MakeBench = () => Answer<StoreBench>;

export const preimageOf = (name: string): Preimage => ({
  v: 'k1',
  stage: 'features',
  impl: 'i',
  params: { name },
  inputs: [],
  env: {},
  salt: '',
});

/** An id as the server gives it to a run that begins at this time, ms; the larger number for the later of one ms. */
export function runIdAt(startMs: number, number = 0): string {
  const hex = startMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export const emptyRun: Omit<RunFile, 'runId'> = {
  workflowId: 'w',
  finishedAt: '2023-03-01T00:00:00Z',
  status: 'completed',
  configDigest: '',
  config: {},
  plan: '',
  nodes: {},
  totals: {},
};

/** The ids of the suite's runs say no time, so that this orders them. */
let lastFinishMs = Date.parse(emptyRun.finishedAt);

export const provenance = {
  workflowId: 'w',
  runId: 'r',
  attempt: 1,
  host: 'h',
  startedAt: '2023-03-01T00:00:00Z',
};

/** Publishes the given texts under the key of `name`. */
export async function publish(
  store: Storage,
  name: string,
  files: Record<string, string>,
): Promise<{ record: ActionRecord; outcome: PublishOutcome }> {
  const preimage = preimageOf(name);
  const attempt = await store.begin('features', actionKey(preimage));
  const outputs: Publication['outputs'] = Object.entries(files).map(([file, text]) => {
    writeFileSync(path.join(attempt.dir, file), text);
    return { name: file.split('.')[0]!, file };
  });
  return attempt.publish({
    preimage,
    outputs,
    facts: { n: 1 },
    cost: { wallMs: 5 },
    by: provenance,
  });
}

export const holder = (change: Partial<LeaseHolder> = {}): LeaseHolder => ({
  ...thisProcess(),
  workflowId: 'w',
  runId: 'r',
  activityId: '1',
  attempt: 1,
  ...change,
});

export const keyOf = (name: string): string => actionKey(preimageOf(name));

/** `hit`, or the reason of the miss. */
export async function stateOf(store: Storage, name: string): Promise<string> {
  const found = await store.lookup('features', keyOf(name));
  return found.state === 'hit' ? 'hit' : found.reason;
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Publishes a result for each name and writes a run that has them as nodes; it finished after those before. */
export async function runOf(
  store: Storage,
  runId: string,
  names: readonly string[],
  change: Partial<RunFile> = {},
): Promise<RunFile> {
  const nodes: Record<string, RunFile['nodes'][string]> = {};
  for (const name of names) {
    const { record } = await publish(store, name, { 'rows.txt': `rows of ${name}` });
    const outputs = Object.fromEntries(record.outputs.map((output) => [output.name, output.digest]));
    const { stage, key } = record;
    nodes[`features/${name}`] = {
      stage,
      key,
      status: 'ran',
      reason: null,
      cause: null,
      error: null,
      outputs,
    };
  }
  const plan = await store.putBytes(Buffer.from(JSON.stringify({ nodes: [], keys: {}, runId })));
  const finishedAt = new Date((lastFinishMs += 1000)).toISOString();
  const run: RunFile = { ...emptyRun, runId, finishedAt, plan, nodes, ...change };
  await store.writeRun(run);
  return run;
}

/** Collects as if it were `days` from now, because the time at which something was touched cannot be made up. */
export function collectLater(
  store: Storage,
  { days = 60, ...change }: Partial<Parameters<typeof collectStore>[1]> & { days?: number } = {},
): Promise<CollectReport> {
  return collectStore(store, {
    keepRuns: 1,
    olderThanMs: 30 * DAY_MS,
    dryRun: false,
    nowMs: Date.now() + days * DAY_MS,
    isLive: () => Promise.resolve(true),
    ...change,
  });
}
