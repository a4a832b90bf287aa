/**
 * What every store must do, method by method; run by each backend with a factory of its own. Damage is done by what
 * the factory gives: nothing here knows where bytes lie.
 *
 * Demands that a backend may not expect: what was written is seen by the next call of any handle; of many who publish
 * one record or take one lease at once, one wins; a lease is judged by the clock of the handle (`reopen(now)`). Times of
 * the store may have whole seconds: the order of runs comes from their ids and what they say, and where something has
 * to be touched later than before, the suite tries again until it is.
 */
import { describe } from 'vitest';
import { describeArchive } from './conformance-archive.js';
import { describeCollectingWhenFull } from './conformance-collect-full.js';
import { describeCollecting } from './conformance-collect.js';
import { describeCondemning } from './conformance-condemn.js';
import { describeLeases, describeLeasesOverTime } from './conformance-leases.js';
import { describeRefused } from './conformance-refused.js';
import { describeResults } from './conformance-results.js';
import { describeRuns } from './conformance-runs.js';
import { describeVerify } from './conformance-verify.js';
import type { MakeBench } from './store-bench.js';

/** Runs the suite on the stores that `make` makes, a new and empty one each time. */
export function describeStore(name: string, make: MakeBench): void {
  describe(name, () => {
    describeResults(make);
    describeLeases(make);
    describeLeasesOverTime(make);
    describeRuns(make);
    describeVerify(make);
    describeCondemning(make);
    describeCollecting(make);
    describeCollectingWhenFull(make);
    describeArchive(make);
    describeRefused(make);
  });
}
