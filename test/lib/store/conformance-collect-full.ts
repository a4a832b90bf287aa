/** Conformance: `gc` on a store without space. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SetupError } from '../../../lib/errors.js';
import { collectStore, verifyStore, type CollectReport, type Storage } from '../../../lib/store/index.js';
import { keyOf, preimageOf, runOf, stateOf, type MakeBench, type StoreBench } from './store-bench.js';

const DAY_MS = 86_400_000;

/** What `gc` does to every store that has no space left, which is when it is needed. */
export function describeCollectingWhenFull(make: MakeBench): void {
  describe('collectStore without space', () => {
    let bench: StoreBench;
    beforeEach(async () => {
      bench = await make();
      await runOf(bench.store, 'old', ['a', 'shared']);
      await runOf(bench.store, 'new', ['b', 'shared']);
    });
    afterEach(() => bench.close());

    const noSpace = (): Promise<never> =>
      Promise.reject(
        new SetupError('STORE_UNWRITABLE', { what: 'full', fix: '', details: { code: 'ENOSPC' } }),
      );

    /** The store with other answers to some calls. */
    function changed(change: Partial<Storage>): Storage {
      return Object.assign(Object.create(bench.store) as Storage, change);
    }

    function collect(
      store: Storage,
      isLive = (): Promise<boolean> => Promise.resolve(true),
    ): Promise<CollectReport> {
      const nowMs = Date.now() + 60 * DAY_MS;
      return collectStore(store, { keepRuns: 1, olderThanMs: 0, dryRun: false, nowMs, isLive });
    }

    /** Has no space for a tombstone before bytes were deleted. */
    function full(): Storage {
      let hasSpace = false;
      let condemned = 0;
      return changed({
        condemnRecord: (record, at) => (hasSpace ? bench.store.condemnRecord(record, at) : noSpace()),
        condemnBlob: async (digest) => {
          await bench.store.condemnBlob(digest);
          condemned += 1;
        },
        deleteCondemned: async () => {
          await bench.store.deleteCondemned();
          hasSpace = condemned > 0;
        },
      });
    }

    it('deletes bytes first and marks their results then, and tells the same numbers', async () => {
      const options = { keepRuns: 1, olderThanMs: 0, nowMs: Date.now() + 60 * DAY_MS };
      const isLive = (): Promise<boolean> => Promise.resolve(true);
      const told = await collectStore(bench.store, { ...options, dryRun: true, isLive });
      expect(await collect(full())).toEqual({ ...told, dryRun: false, wasFull: true });
      expect(await stateOf(bench.store, 'a')).toBe('EVICTED');
      expect(await bench.store.past('features', keyOf('a'))).toMatchObject({ preimage: preimageOf('a') });
      expect([await stateOf(bench.store, 'b'), await stateOf(bench.store, 'shared')]).toEqual(['hit', 'hit']);
      expect((await verifyStore(bench.store)).problems).toBe(0);
    });

    it('gives back what a run found that began meanwhile', async () => {
      const found = { nodes: [{ id: 'x', program: 'features' }], keys: { x: keyOf('a') } };
      const plan = await bench.store.putBytes(Buffer.from(JSON.stringify(found)));
      const empty = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
      const sinceMs = Date.now() + DAY_MS;
      await bench.store.beginRun({ runId: 'early', workflowId: 'w', plan: empty, sinceMs });
      await collect(full(), async () => {
        await bench.store.beginRun({ runId: 'late', workflowId: 'w', plan, sinceMs });
        return true;
      });
      expect(await stateOf(bench.store, 'a')).toBe('hit');
      expect((await bench.store.readBlob(plan)).length).toBeGreaterThan(0);
    });

    it('says so where nothing can be deleted, and loses nothing', async () => {
      const stuck = changed({ condemnRecord: noSpace, condemnBlob: noSpace, condemnRun: noSpace });
      const before = await bench.listing();
      await expect(collect(stuck)).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
      expect(await bench.listing()).toEqual(before);
    });
  });
}
