/** Conformance: leases, also over time, which the clock of a handle tells. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisProcess, type Lease, type LeaseHolder, type Storage } from '../../../lib/store/index.js';
import { holder, type MakeBench, type StoreBench } from './store-bench.js';

/** What every store must do with leases. */
export function describeLeases(make: MakeBench): void {
  describe('leases', () => {
    let bench: StoreBench;
    beforeEach(async () => {
      bench = await make();
    });
    afterEach(() => bench.close());

    it('lets one holder at a time compute a key', async () => {
      const first = await bench.store.acquireLease('k', holder());
      expect(first.state).toBe('acquired');
      const second = await (
        await bench.reopen()
      ).acquireLease('k', holder({ workflowId: 'other', runId: 'other' }));
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
        Array.from({ length: 10 }, async (_, index) =>
          (await bench.reopen()).acquireLease('k', holder({ runId: `run${index}` })),
        ),
      );
      expect(answers.filter(({ state }) => state === 'acquired')).toHaveLength(1);
    });

    it("takes a torn lease for nobody's", async () => {
      await bench.store.acquireLease('k', holder());
      await bench.tearLease('k');
      expect((await bench.store.acquireLease('k', holder({ runId: 'other' }))).state).toBe('acquired');
    });

    it('drops a dead lease, and not one that was taken over', async () => {
      await bench.store.acquireLease('k', holder({ pidStart: 'another boot' }));
      const [dead] = await bench.store.deadLeases();
      await bench.store.acquireLease('k', holder({ runId: 'other' }));
      await bench.store.dropLease(dead!);
      expect((await bench.store.acquireLease('k', holder({ runId: 'third' }))).state).toBe('held');
      await bench.store.acquireLease('gone', holder({ pidStart: 'another boot' }));
      await bench.store.dropLease({ ...dead!, key: 'gone' });
      expect(await bench.store.deadLeases()).toEqual([]);
    });
  });
}

/** On another host, so that nobody can tell whether it lives. */
const elsewhere: LeaseHolder = {
  ...{ host: 'elsewhere', pid: 1, pidStart: 'x' },
  ...{ workflowId: 'w', runId: 'r', activityId: '1', attempt: 1 },
};
const here: LeaseHolder = { ...elsewhere, ...thisProcess(), runId: 'other' };

/** What every store must do with a lease of a holder that nobody can ask. */
export function describeLeasesOverTime(make: MakeBench): void {
  describe('a lease of a holder that nobody can ask', () => {
    let bench: StoreBench;
    let store: Storage;
    let aheadMs = 0;
    beforeEach(async () => {
      bench = await make();
      aheadMs = 0;
      store = await bench.reopen(() => Date.now() + aheadMs);
    });
    afterEach(() => bench.close());

    async function take(by: LeaseHolder): Promise<Lease> {
      const answer = await store.acquireLease('k', by);
      if (answer.state === 'held') throw new Error(`held by ${answer.by.host}`);
      return answer.lease;
    }

    it('is held for three missed beats and may be stolen then', async () => {
      const lost = await take(elsewhere);
      aheadMs = 25_000;
      expect(await store.acquireLease('k', here)).toMatchObject({ state: 'held', by: { host: 'elsewhere' } });
      aheadMs = 31_000;
      const stolen = await take(here);
      expect(await lost.renew()).toBe(false);
      await lost.release();
      expect(await stolen.renew()).toBe(true);
      expect(await store.acquireLease('k', elsewhere)).toMatchObject({ state: 'held' });
    });

    it('is held on by every renewal', async () => {
      const lease = await take(elsewhere);
      aheadMs = 25_000;
      expect(await lease.renew()).toBe(true);
      aheadMs = 50_000;
      expect(await store.acquireLease('k', here)).toMatchObject({ state: 'held' });
      aheadMs = 56_000;
      await take(here);
    });

    it('does not hold for ever where the clock was set back since it was renewed', async () => {
      aheadMs = 3_600_000;
      const lease = await take(elsewhere);
      expect(await lease.renew()).toBe(true);
      aheadMs = 0;
      await take(here);
    });
  });
}
