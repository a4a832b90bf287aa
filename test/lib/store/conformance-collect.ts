/** Conformance: `gc` on any store, and the steps it is made of. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  collectStore,
  verifyStore,
  type CollectReport,
  type LeaseAnswer,
  type Storage,
} from '../../../lib/store/index.js';
import {
  allOf,
  collectLater,
  DAY_MS,
  emptyRun,
  keyOf,
  preimageOf,
  publish,
  runIdAt,
  runOf,
  stateOf,
  type MakeBench,
  type StoreBench,
} from './store-bench.js';

/** What `gc` does to every store. */
export function describeCollecting(make: MakeBench): void {
  describe('collectStore', () => {
    let bench: StoreBench;

    const collect = (change?: Parameters<typeof collectLater>[1]): Promise<CollectReport> =>
      collectLater(bench.store, change);

    afterEach(() => bench.close());
    beforeEach(async () => {
      bench = await make();
      await runOf(bench.store, 'old', ['a', 'shared']);
      await runOf(bench.store, 'new', ['b', 'shared']);
    });

    it('takes what only runs need that are neither among the newest nor young, and leaves a tombstone', async () => {
      const report = await collect();
      expect(report).toMatchObject({
        runs: { kept: 1, removed: 1 },
        records: { kept: 2, removed: 1 },
        recomputeMs: 5,
      });
      // The output, the preimage and the plan of the old run.
      expect(report.blobs.removed).toBe(3);
      expect(report.bytes).toBeGreaterThan(0);
      expect(await stateOf(bench.store, 'a')).toBe('EVICTED');
      expect(await stateOf(bench.store, 'b')).toBe('hit');
      expect(await stateOf(bench.store, 'shared')).toBe('hit');
      expect((await verifyStore(bench.store)).problems).toBe(0);
    });

    it('keeps the run that began last also where an earlier one came into the store after it', async () => {
      const [early, late] = [runIdAt(1e12), runIdAt(2e12)];
      await runOf(bench.store, late, ['c']);
      await runOf(bench.store, early, ['a']);
      await collect();
      expect((await allOf(bench.store.newestRuns())).map(({ runId }) => runId)).toEqual([late]);
    });

    it('remembers what it took, so that it can be explained, and forgets that once it is made again', async () => {
      await collect();
      expect(await bench.store.past('features', keyOf('a'))).toEqual({
        state: 'evicted',
        preimage: preimageOf('a'),
        wallMs: 5,
      });
      await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
      expect(await stateOf(bench.store, 'a')).toBe('hit');
      await bench.loseRecord('features', keyOf('a'));
      expect(await stateOf(bench.store, 'a')).toBe('NEVER_BUILT');
    });

    it('changes nothing with --dry-run and tells the same numbers', async () => {
      const before = await bench.listing();
      const told = await collect({ dryRun: true });
      expect(await bench.listing()).toEqual(before);
      expect(await collect()).toEqual({ ...told, dryRun: false });
    });

    it('keeps young runs, runs under a name, and everything touched within a day', async () => {
      expect((await collect({ days: 20 })).runs.removed).toBe(0);
      await bench.store.nameRun('best', 'old');
      expect((await collect()).runs.removed).toBe(0);
      await bench.store.unnameRun('best');
      expect((await collect({ days: 0.5, keepRuns: 0, olderThanMs: 0 })).records.removed).toBe(0);
      expect((await collect()).records.removed).toBe(1);
    });

    it('keeps what a run that goes on found, until it is known to have ended', async () => {
      const key = keyOf('a');
      const found = { nodes: [{ id: 'x', program: 'features' }], keys: { x: key } };
      const plan = await bench.store.putBytes(Buffer.from(JSON.stringify(found)));
      await bench.store.beginRun({ runId: 'live', workflowId: 'w', plan, sinceMs: Date.now() + DAY_MS });
      expect(await collect()).toMatchObject({ liveRuns: 1, runs: { removed: 1 }, records: { removed: 0 } });
      expect(await stateOf(bench.store, 'a')).toBe('hit');
      expect(await collect({ isLive: () => Promise.resolve(false) })).toMatchObject({
        records: { removed: 1 },
      });
      expect(await bench.store.liveRuns()).toEqual([]);
    });

    it('keeps all that was made since the oldest run that goes on began', async () => {
      const plan = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
      await bench.store.beginRun({ runId: 'long', workflowId: 'w', plan, sinceMs: Date.now() - DAY_MS });
      const report = await collect();
      expect(report).toMatchObject({
        runs: { removed: 1 },
        records: { removed: 0, young: 1 },
        blobs: { removed: 0 },
      });
    });

    it('keeps what was made in the very second in which the oldest run that goes on began', async () => {
      const plan = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
      await bench.store.beginRun({ runId: 'long', workflowId: 'w', plan, sinceMs: Date.now() });
      await publish(bench.store, 'made', { 'rows.txt': 'rows of it' });
      await collect();
      expect(await stateOf(bench.store, 'made')).toBe('hit');
    });

    it('gives back what a run found that began while it collected', async () => {
      const found = { nodes: [{ id: 'x', program: 'features' }], keys: { x: keyOf('a') } };
      const plan = await bench.store.putBytes(Buffer.from(JSON.stringify(found)));
      const sinceMs = Date.now() + DAY_MS;
      const empty = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
      const early = { runId: 'early', workflowId: 'w', plan: empty, sinceMs };
      await bench.store.beginRun(early);
      // The question about the first run is asked after the roots were listed and before anything is moved.
      await collect({
        isLive: async () => {
          await bench.store.beginRun({ runId: 'late', workflowId: 'w', plan, sinceMs: 0 });
          return true;
        },
      });
      expect(await stateOf(bench.store, 'a')).toBe('hit');
      expect((await bench.store.readBlob(plan)).length).toBeGreaterThan(0);
    });

    it('refuses to run while a run cannot be read, and touches nothing', async () => {
      await bench.store.writeRun({ ...emptyRun, runId: 'torn' });
      await bench.tearRun('torn');
      const before = await bench.listing();
      await expect(collect()).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
      await expect(collect({ dryRun: true })).rejects.toThrow(/torn.* cannot be read/);
      expect(await bench.listing()).toEqual(before);
    });

    it.each([
      ['a run that goes on is torn', 'torn'],
      ['the plan of a run that goes on is lost', 'planless'],
    ])('refuses while %s, and touches nothing', async (_, how) => {
      const plan = await bench.store.putBytes(Buffer.from(`{"nodes":[],"keys":{},"of":"${how}"}`));
      await bench.store.beginRun({ runId: 'live', workflowId: 'w', plan, sinceMs: Date.now() + DAY_MS });
      if (how === 'torn') await bench.tearLiveRun('live');
      else await bench.corruptObject(plan, 'delete');
      const before = await bench.listing();
      for (const dryRun of [true, false])
        await expect(collect({ dryRun })).rejects.toMatchObject({
          code: 'RUN_UNREADABLE',
          message: expect.stringMatching(/Nothing was collected.*live/) as string,
        });
      expect(await bench.listing()).toEqual(before);
      await bench.store.endRun('live');
      expect(await collect()).toMatchObject({ runs: { removed: 1 } });
    });

    it('gives everything back where a run that cannot be read began while it collected', async () => {
      const plan = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
      await bench.store.beginRun({ runId: 'early', workflowId: 'w', plan, sinceMs: Date.now() + DAY_MS });
      await collect({
        isLive: async () => {
          await bench.store.beginRun({ runId: 'late', workflowId: 'w', plan, sinceMs: 0 });
          await bench.tearLiveRun('late');
          return true;
        },
      });
      expect(await stateOf(bench.store, 'a')).toBe('hit');
    });

    it('collects once at a time', async () => {
      const ends = await Promise.allSettled([collect(), collect()]);
      const refused = ends.filter((end) => end.status === 'rejected');
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(['COLLECTING_ALREADY']);
      expect(await stateOf(bench.store, 'a')).toBe('EVICTED');
    });

    it('goes on where the lease of its turn cannot be renewed for once', async () => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      const unhandled = vi.fn();
      process.on('unhandledRejection', unhandled);
      const renew = vi.fn(() => Promise.reject(new Error('the disk hangs')));
      const acquireLease = async (...args: Parameters<Storage['acquireLease']>): Promise<LeaseAnswer> => {
        const answer = await bench.store.acquireLease(...args);
        if (answer.state === 'held') return answer;
        return { state: 'acquired', lease: { renew, release: () => answer.lease.release() } };
      };
      try {
        const plan = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
        await bench.store.beginRun({ runId: 'r', workflowId: 'w', plan, sinceMs: Date.now() + DAY_MS });
        const isLive = async (): Promise<boolean> => {
          await vi.advanceTimersByTimeAsync(20_000);
          // A rejection that nobody handles is told after this turn.
          await new Promise((resolve) => setImmediate(resolve));
          return false;
        };
        const store = Object.assign(Object.create(bench.store) as Storage, { acquireLease });
        const options = { keepRuns: 1, olderThanMs: 0, dryRun: false, nowMs: Date.now() + 60 * DAY_MS };
        expect(await collectStore(store, { ...options, isLive })).toMatchObject({ records: { removed: 1 } });
        expect([renew.mock.calls.length > 0, unhandled.mock.calls]).toEqual([true, []]);
      } finally {
        process.off('unhandledRejection', unhandled);
        vi.useRealTimers();
      }
    });

    it('tells what stays because an artifact is the same file, or copies artifacts', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
      const { digest, size } = record.outputs[0]!;
      await bench.store.linkFile(digest, path.join(bench.artifacts, 'rows.txt'));
      const listed = await allOf(bench.store.allBlobs());
      const shared = listed.some((blob) => !('foreign' in blob) && blob.digest === digest && blob.isArtifact);
      expect((await collect()).bytesInArtifacts).toBe(shared ? size : 0);
      expect(readFileSync(path.join(bench.artifacts, 'rows.txt'), 'utf8')).toBe('rows of a');
    });

    it('leaves alone what others put there', async () => {
      await bench.addForeign();
      await collect();
      const listed = [...(await allOf(bench.store.allBlobs())), ...(await allOf(bench.store.allRecords()))];
      expect(listed.filter((each) => 'foreign' in each)).toHaveLength(2);
    });

    it('tells what a dead process left once it is a day old, and removes it', async () => {
      await bench.leaveBehind();
      const age = (days: number) => ({ nowMs: Date.now() + days * DAY_MS, olderThanMs: 0 });
      expect(await bench.store.leftovers(age(0.9))).toEqual([]);
      const before = await bench.listing();
      const [place, ...rest] = await (await bench.reopen()).leftovers(age(1.1));
      expect([typeof place, rest]).toEqual(['string', []]);
      await bench.store.removeLeftover(place!);
      await bench.store.removeLeftover(place!);
      expect(await bench.store.leftovers(age(1.1))).toEqual([]);
      expect(await bench.listing()).toHaveLength(before.length - 1);
      await bench.leaveBehind();
      expect((await collect()).leftovers).toBe(1);
    });

    it('takes what was set aside when it is old', async () => {
      await publish(bench.store, 'b', { 'rows.txt': 'other rows of b' });
      const later = { nowMs: Date.now() + 20 * DAY_MS, olderThanMs: 30 * DAY_MS };
      expect(await bench.store.leftovers(later)).toEqual([]);
      expect((await collect()).leftovers).toBe(1);
      expect(await allOf(bench.store.allSetAside())).toEqual([]);
    });
  });
}
