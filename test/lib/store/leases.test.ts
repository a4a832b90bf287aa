/** Leases over time, which the clock of the store tells. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Store, thisProcess, type Lease, type LeaseHolder } from '../../../lib/store/index.js';
import { localBench, type LocalBench } from './local-bench.js';

/** On another host, so that nobody can tell whether it lives. */
const elsewhere: LeaseHolder = {
  ...{ host: 'elsewhere', pid: 1, pidStart: 'x' },
  ...{ workflowId: 'w', runId: 'r', activityId: '1', attempt: 1 },
};
const here: LeaseHolder = { ...elsewhere, ...thisProcess(), runId: 'other' };

let bench: LocalBench;
let store: Store;
let aheadMs = 0;
beforeEach(() => {
  bench = localBench();
  aheadMs = 0;
  store = Store.open(bench.store.root, { now: () => Date.now() + aheadMs });
});
afterEach(() => bench.close());

async function take(holder: LeaseHolder): Promise<Lease> {
  const answer = await store.acquireLease('k', holder);
  if (answer.state === 'held') throw new Error(`held by ${answer.by.host}`);
  return answer.lease;
}

describe('a lease of a holder that nobody can ask', () => {
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
