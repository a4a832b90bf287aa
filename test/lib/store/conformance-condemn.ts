/** Conformance: the steps that `gc` is made of. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionRecord } from '../../../lib/store/index.js';
import {
  allOf,
  emptyRun,
  keyOf,
  preimageOf,
  publish,
  stateOf,
  type MakeBench,
  type StoreBench,
} from './store-bench.js';

/** What the steps of a collection do in every store. */
export function describeCondemning(make: MakeBench): void {
  describe('what is condemned', () => {
    let bench: StoreBench;
    let record: ActionRecord;
    beforeEach(async () => {
      bench = await make();
      ({ record } = await publish(bench.store, 'a', { 'rows.txt': 'one' }));
    });
    afterEach(() => bench.close());
    const evictedAt = '2023-03-01T00:00:00Z';
    const digests = (): string[] => [record.preimage, ...record.outputs.map(({ digest }) => digest)];

    it('is no longer found, and comes back when it is given back', async () => {
      const before = await bench.listing();
      await bench.store.condemnRecord(record, evictedAt);
      for (const digest of digests()) await bench.store.condemnBlob(digest);
      const found = await (await bench.reopen()).lookup('features', keyOf('a'));
      expect(found).toEqual({ state: 'miss', reason: 'EVICTED', detail: evictedAt });
      expect(await bench.store.openBlob(record.outputs[0]!.digest)).toBeNull();
      for (const digest of [...digests(), ...digests()]) await bench.store.giveBackBlob(digest);
      await bench.store.giveBackRecord(record);
      expect(await stateOf(await bench.reopen(), 'a')).toBe('hit');
      await bench.store.deleteCondemned();
      expect(await stateOf(bench.store, 'a')).toBe('hit');
      expect(await bench.listing()).toEqual(before);
    });

    it('may be given back without having been condemned', async () => {
      await bench.store.giveBackRecord(record);
      for (const digest of digests()) await bench.store.giveBackBlob(digest);
      expect(await stateOf(bench.store, 'a')).toBe('hit');
    });

    it('may be gone already, by whoever set it aside', async () => {
      const [digest] = digests();
      await bench.store.writeRun({ ...emptyRun, runId: 'one' });
      const [run] = await allOf(bench.store.allRuns());
      for (let times = 0; times < 2; times += 1) {
        await bench.store.condemnBlob(digest!);
        await bench.store.condemnRun(run!);
      }
      await bench.store.deleteCondemned();
      expect(await bench.store.openBlob(digest!)).toBeNull();
      expect(await bench.store.countRuns()).toBe(0);
    });

    it('does not come back once it is deleted', async () => {
      await bench.store.condemnRecord(record, evictedAt);
      for (const digest of digests()) await bench.store.condemnBlob(digest);
      await bench.store.deleteCondemned();
      await bench.store.deleteCondemned();
      for (const digest of digests()) await bench.store.giveBackBlob(digest);
      expect(await bench.store.openBlob(record.outputs[0]!.digest)).toBeNull();
      expect(await bench.store.past('features', keyOf('a'))).toEqual({
        state: 'evicted',
        preimage: preimageOf('a'),
        wallMs: 5,
      });
    });

    it('is known to have been collected also where its tombstone is torn', async () => {
      await bench.store.condemnRecord(record, evictedAt);
      await bench.store.deleteCondemned();
      await bench.tearTombstone('features', keyOf('a'));
      expect(await bench.store.lookup('features', keyOf('a'))).toMatchObject({
        reason: 'EVICTED',
        detail: 'unknown',
      });
      expect(await bench.store.past('features', keyOf('a'))).toMatchObject({
        state: 'evicted',
        preimage: null,
      });
    });

    it('is a run that no list has any more', async () => {
      for (const runId of ['one', 'two']) await bench.store.writeRun({ ...emptyRun, runId });
      const all = await allOf(bench.store.allRuns());
      await bench.store.condemnRun(all.find(({ run }) => run!.runId === 'two')!);
      await bench.store.deleteCondemned();
      expect((await allOf((await bench.reopen()).newestRuns())).map(({ runId }) => runId)).toEqual(['one']);
    });
  });
}
