/** What every store must do; run by each backend with a factory of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreIntegrityError } from '../../../lib/errors.js';
import {
  actionKey,
  thisProcess,
  type ActionRecord,
  type LeaseHolder,
  type Preimage,
  type Publication,
  type PublishOutcome,
  type RunFile,
  type Storage,
} from '../../../lib/store/index.js';

/** What a backend brings to be tested: nothing here knows where its bytes lie. */
export interface StoreBench {
  readonly store: Storage;
  /** A local folder for artifacts. */
  readonly artifacts: string;
  /** Changes, shortens or removes the bytes behind a digest. */
  damage(digest: string, how: 'flip' | 'truncate' | 'delete'): void;
  /** A second, independent handle on the same data. */
  reopen(): Storage;
  close(): void;
}

export const preimageOf = (name: string): Preimage => ({
  v: 'k1',
  stage: 'features',
  impl: 'i',
  params: { name },
  inputs: [],
  env: {},
  salt: '',
});

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

const holder = (change: Partial<LeaseHolder> = {}): LeaseHolder => ({
  ...thisProcess(),
  workflowId: 'w',
  runId: 'r',
  activityId: '1',
  attempt: 1,
  ...change,
});

export function describeStore(name: string, make: () => StoreBench): void {
  describe(name, () => {
    let bench: StoreBench;
    beforeEach(() => (bench = make()));
    afterEach(() => bench.close());
    const keyOf = (label: string): string => actionKey(preimageOf(label));

    it('finds nothing before and the record after publishing', async () => {
      expect(await bench.store.lookup('features', keyOf('a'))).toMatchObject({
        state: 'miss',
        reason: 'NEVER_BUILT',
      });
      const { outcome } = await publish(bench.store, 'a', { 'rows.txt': 'one', 'summary.txt': 'two' });
      expect(outcome).toBe('published');
      const found = await bench.reopen().lookup('features', keyOf('a'));
      expect(found).toMatchObject({ state: 'hit', record: { facts: { n: 1 }, by: provenance } });
      if (found.state !== 'hit') throw new Error('no hit');
      expect(found.record.outputs.map(({ name: output }) => output)).toEqual(['rows', 'summary']);
      expect((await bench.store.readBlob(found.record.outputs[1]!.digest)).toString()).toBe('two');
      expect(await bench.store.readPreimage(found.record)).toEqual(preimageOf('a'));
    });

    it.each(['flip', 'delete'] as const)('writes a preimage again after a %s', async (how) => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'one' });
      bench.damage(record.preimage, how);
      expect(await bench.store.past('features', keyOf('a'))).toMatchObject({ preimage: null });
      await bench.store.keepPreimage(preimageOf('a'));
      expect(await bench.reopen().readPreimage(record)).toEqual(preimageOf('a'));
    });

    it('hands out local files, and sets bytes aside that are wrong', async () => {
      const digest = await bench.store.putBytes(Buffer.from('some bytes'));
      expect(readFileSync(await bench.store.localFile(digest), 'utf8')).toBe('some bytes');
      bench.damage(digest, 'flip');
      await bench.store.quarantine(digest, 'flipped');
      await expect(bench.store.readBlob(digest)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
      expect(await bench.store.putBytes(Buffer.from('some bytes'))).toBe(digest);
      expect((await bench.store.readBlob(digest)).toString()).toBe('some bytes');
    });

    it('keeps nothing of an attempt that was abandoned', async () => {
      const attempt = await bench.store.begin('features', keyOf('a'));
      writeFileSync(path.join(attempt.dir, 'rows.txt'), 'half');
      await attempt.abandon();
      expect(() => readFileSync(path.join(attempt.dir, 'rows.txt'))).toThrow(/ENOENT/);
      expect(await bench.store.lookup('features', keyOf('a'))).toMatchObject({ reason: 'NEVER_BUILT' });
    });

    it('takes word of a run that began, until it is written', async () => {
      const plan = await bench.store.putBytes(Buffer.from('{}'));
      await bench.store.beginRun({ runId: 'r', workflowId: 'w', plan, sinceMs: 1 });
      await bench.store.writeRun({ ...emptyRun, runId: 'r' });
      expect(await bench.reopen().countRuns()).toBe(1);
    });

    it('keeps the first of two equal results', async () => {
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      expect((await publish(bench.store, 'a', { 'rows.txt': 'one' })).outcome).toBe('already-there');
    });

    it('keeps the first of two different results and tells of the divergence', async () => {
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      const second = await publish(bench.store, 'a', { 'rows.txt': 'other' });
      expect(second.outcome).toBe('diverged');
      expect((await bench.store.readBlob(second.record.outputs[0]!.digest)).toString()).toBe('one');
    });

    it('publishes one record when many publish at once', async () => {
      const stores = Array.from({ length: 8 }, () => bench.reopen());
      const ends = await Promise.all(stores.map((store) => publish(store, 'a', { 'rows.txt': 'one' })));
      expect(ends.filter(({ outcome }) => outcome === 'published')).toHaveLength(1);
      expect(ends.filter(({ outcome }) => outcome === 'already-there')).toHaveLength(7);
    });

    it.each(['flip', 'truncate', 'delete'] as const)(
      'notices bytes that someone did %s, and mends them by publishing again',
      async (how) => {
        const { record } = await publish(bench.store, 'a', { 'rows.txt': 'some rows' });
        const { digest } = record.outputs[0]!;
        bench.damage(digest, how);
        const found = await bench.store.lookup('features', keyOf('a'));
        expect(found).toMatchObject({
          state: 'miss',
          reason: how === 'delete' ? 'OBJECT_MISSING' : 'OBJECT_CORRUPT',
        });
        await expect(bench.store.readBlob(digest)).rejects.toThrow(StoreIntegrityError);
        await publish(bench.store, 'a', { 'rows.txt': 'some rows' });
        expect(await bench.store.lookup('features', keyOf('a'))).toMatchObject({ state: 'hit' });
        expect((await bench.store.readBlob(digest)).toString()).toBe('some rows');
      },
    );

    it('refuses outputs that are not what was declared', async () => {
      const attempt = await bench.store.begin('features', keyOf('a'));
      writeFileSync(path.join(attempt.dir, 'surprise.txt'), 'x');
      const publication = {
        preimage: preimageOf('a'),
        facts: {},
        cost: { wallMs: 0 },
        by: provenance,
      };
      await expect(
        attempt.publish({ ...publication, outputs: [{ name: 'rows', file: 'rows.txt' }] }),
      ).rejects.toThrow(/declared the files rows.txt and left surprise.txt/);
      await expect(
        attempt.publish({
          ...publication,
          preimage: preimageOf('b'),
          outputs: [{ name: 's', file: 'surprise.txt' }],
        }),
      ).rejects.toMatchObject({ code: 'KEY_WRONG' });
    });

    it('lets one holder at a time compute a key', async () => {
      const first = await bench.store.acquireLease('k', holder());
      expect(first.state).toBe('acquired');
      const second = await bench.reopen().acquireLease('k', holder({ workflowId: 'other', runId: 'other' }));
      expect(second).toMatchObject({ state: 'held', by: { workflowId: 'w' } });
      if (first.state === 'acquired') await first.lease.release();
      expect((await bench.store.acquireLease('k', holder({ runId: 'other' }))).state).toBe('acquired');
    });

    it('gives a lease of an earlier attempt, or of a dead process, to the next at once', async () => {
      await bench.store.acquireLease('k', holder({ attempt: 1 }));
      expect((await bench.store.acquireLease('k', holder({ attempt: 2 }))).state).toBe('acquired');
      await bench.store.acquireLease('dead', holder({ pidStart: 'another boot', runId: 'x' }));
      expect((await bench.store.deadLeases()).map(({ key }) => key)).toEqual(['dead']);
      expect((await bench.store.acquireLease('dead', holder({ runId: 'y' }))).state).toBe('acquired');
      expect(await bench.store.deadLeases()).toEqual([]);
    });

    it('tells a holder that its lease was taken over, and lets it not release the new one', async () => {
      const old = await bench.store.acquireLease('k', holder({ attempt: 1 }));
      await bench.store.acquireLease('k', holder({ attempt: 2 }));
      if (old.state !== 'acquired') throw new Error('not acquired');
      expect(await old.lease.renew()).toBe(false);
      await old.lease.release();
      expect((await bench.store.acquireLease('k', holder({ runId: 'other' }))).state).toBe('held');
    });

    it('gives a contested lease to exactly one', async () => {
      await bench.store.acquireLease('k', holder({ pidStart: 'another boot' }));
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          bench.reopen().acquireLease('k', holder({ runId: `run${index}` })),
        ),
      );
      expect(answers.filter(({ state }) => state === 'acquired')).toHaveLength(1);
    });

    it('answers many look-ups in their order, hits and misses mixed', async () => {
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      await publish(bench.store, 'c', { 'rows.txt': 'three' });
      const wanted = ['a', 'b', 'c'].map((label) => ({ stage: 'features', key: keyOf(label) }));
      const answers = await bench.reopen().lookupMany(wanted);
      expect(answers.map(({ state }) => state)).toEqual(['hit', 'miss', 'hit']);
      expect(await bench.store.lookupMany([])).toEqual([]);
    });

    it('knows what a key stood for although its bytes are gone', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'some rows' });
      bench.damage(record.outputs[0]!.digest, 'delete');
      expect(await bench.store.past('features', keyOf('a'))).toEqual({
        state: 'built',
        preimage: preimageOf('a'),
        wallMs: 5,
      });
      expect(await bench.store.past('features', keyOf('never'))).toBeNull();
    });

    it('lists runs newest first, counts them, and keeps marks', async () => {
      for (const runId of ['one', 'two', 'three']) await bench.store.writeRun({ ...emptyRun, runId });
      const ids: string[] = [];
      for await (const { runId } of bench.reopen().newestRuns()) ids.push(runId);
      expect(ids).toEqual(['three', 'two', 'one']);
      expect(await bench.store.countRuns()).toBe(3);
      expect(await bench.store.readMark('recheck')).toBeNull();
      await bench.store.writeMark('recheck', 'now');
      expect(await bench.reopen().readMark('recheck')).toBe('now');
    });

    it('replaces the file of a run that is written twice', async () => {
      await bench.store.writeRun({ ...emptyRun, runId: 'one', status: 'failed' });
      await bench.store.writeRun({ ...emptyRun, runId: 'one' });
      const found: string[] = [];
      for await (const { status } of bench.store.newestRuns()) found.push(status);
      expect(found).toEqual(['completed']);
    });

    it('makes trees and files under human paths, without remains of older ones', async () => {
      const one = await bench.store.putBytes(Buffer.from('one'));
      const two = await bench.store.putBytes(Buffer.from('two'));
      const target = path.join(bench.artifacts, 'tree');
      await bench.store.linkTree(
        [
          { relativePath: 'a.txt', digest: one },
          { relativePath: 'b.txt', digest: two },
        ],
        target,
      );
      await bench.store.linkTree([{ relativePath: 'b.txt', digest: one }], target);
      expect(readFileSync(path.join(target, 'b.txt'), 'utf8')).toBe('one');
      expect(() => readFileSync(path.join(target, 'a.txt'))).toThrow();
      const file = `${target}.csv`;
      await bench.store.linkFile(one, file);
      await bench.store.linkFile(one, file);
      await bench.store.linkFile(two, file);
      expect(readFileSync(file, 'utf8')).toBe('two');
    });
  });
}
