/** Conformance: a store that refuses writing says so in one way, whatever is asked of it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionRecord, Storage } from '../../../lib/store/index.js';
import {
  allOf,
  emptyRun,
  holder,
  keyOf,
  preimageOf,
  provenance,
  publish,
  type MakeBench,
  type StoreBench,
} from './store-bench.js';

/** What is stored before a call is refused. */
interface Stored {
  readonly bench: StoreBench;
  readonly store: Storage;
  readonly record: ActionRecord;
  /** Of the record's only output. */
  readonly digest: string;
}

type Call = () => Promise<unknown>;

const EVICTED_AT = '2023-03-01T00:00:00Z';
const LATER_MS = 60 * 86_400_000;
const run = { runId: 'r', workflowId: 'w', sinceMs: 1 };

/** Each method that writes, after what makes it have something to write. */
const WRITES: Readonly<Record<string, (stored: Stored) => Promise<Call> | Call>> = {
  writeMark:
    ({ store }) =>
    () =>
      store.writeMark('mark', 'word'),
  keepPreimage:
    ({ store }) =>
    () =>
      store.keepPreimage(preimageOf('another')),
  publish: async ({ store }) => {
    const attempt = await store.begin('features', keyOf('b'));
    writeFileSync(path.join(attempt.dir, 'rows.txt'), 'rows of b');
    const outputs = [{ name: 'rows', file: 'rows.txt' }];
    const rest = { facts: {}, cost: { wallMs: 1 }, by: provenance };
    return () => attempt.publish({ preimage: preimageOf('b'), outputs, ...rest });
  },
  publishRecord: async ({ bench, store, record }) => {
    await bench.loseRecord('features', record.key);
    return () => store.publishRecord(record);
  },
  putBytes:
    ({ store }) =>
    () =>
      store.putBytes(Buffer.from('bytes')),
  putStream:
    ({ store }) =>
    () =>
      store.putStream(Readable.from([Buffer.from('bytes')])),
  quarantine:
    ({ store, digest }) =>
    () =>
      store.quarantine(digest, 'for a test'),
  acquireLease:
    ({ store }) =>
    () =>
      store.acquireLease('k', holder()),
  dropLease: async ({ store }) => {
    await store.acquireLease('k', holder({ pidStart: 'another boot' }));
    const [dead] = await store.deadLeases();
    return () => store.dropLease(dead!);
  },
  beginRun:
    ({ store, digest }) =>
    () =>
      store.beginRun({ ...run, plan: digest }),
  writeRun: async ({ store, digest }) => {
    await store.beginRun({ ...run, plan: digest });
    return () => store.writeRun({ ...emptyRun, runId: 'r' });
  },
  endRun: async ({ store, digest }) => {
    await store.beginRun({ ...run, plan: digest });
    return () => store.endRun('r');
  },
  nameRun:
    ({ store }) =>
    () =>
      store.nameRun('best', 'r'),
  unnameRun: async ({ store }) => {
    await store.nameRun('best', 'r');
    return () => store.unnameRun('best');
  },
  condemnRun: async ({ store }) => {
    await store.writeRun({ ...emptyRun, runId: 'r' });
    const [stored] = await allOf(store.allRuns());
    return () => store.condemnRun(stored!);
  },
  condemnRecord:
    ({ store, record }) =>
    () =>
      store.condemnRecord(record, EVICTED_AT),
  condemnBlob:
    ({ store, digest }) =>
    () =>
      store.condemnBlob(digest),
  giveBackRecord: async ({ store, record }) => {
    await store.condemnRecord(record, EVICTED_AT);
    return () => store.giveBackRecord(record);
  },
  giveBackBlob: async ({ store, digest }) => {
    await store.condemnBlob(digest);
    return () => store.giveBackBlob(digest);
  },
  deleteCondemned: async ({ store, digest }) => {
    await store.condemnBlob(digest);
    return () => store.deleteCondemned();
  },
  removeLeftover: async ({ bench, store }) => {
    await bench.leaveBehind();
    const [place] = await store.leftovers({ nowMs: Date.now() + LATER_MS, olderThanMs: 0 });
    return () => store.removeLeftover(place!);
  },
};

/** What every store must answer while it refuses writing, and that it goes on afterwards. */
export function describeRefused(make: MakeBench): void {
  describe('a store that refuses writing', () => {
    let bench: StoreBench;
    beforeEach(async () => {
      bench = await make();
    });
    afterEach(async () => {
      await bench.acceptWrites();
      await bench.close();
    });

    it.each(Object.entries(WRITES))('says so of %s, and takes it later', async (_, prepare) => {
      const { store } = bench;
      const { record } = await publish(store, 'a', { 'rows.txt': 'rows of a' });
      const call = await prepare({ bench, store, record, digest: record.outputs[0]!.digest });
      const before = await bench.listing();
      await bench.refuseWrites();
      await expect(call()).rejects.toMatchObject({ name: 'SetupError', code: 'STORE_UNWRITABLE' });
      expect(await bench.listing()).toEqual(before);
      await bench.acceptWrites();
      await call();
    });

    it('is read as ever', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
      await bench.refuseWrites();
      expect(await bench.store.lookup('features', keyOf('a'))).toEqual({ state: 'hit', record });
      expect((await bench.store.readBlob(record.outputs[0]!.digest)).toString()).toBe('rows of a');
    });
  });
}
