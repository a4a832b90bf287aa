/** Conformance: `verify` on any store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyStore, type VerifyReport } from '../../../lib/store/index.js';
import { emptyRun, keyOf, publish, runOf, type MakeBench, type StoreBench } from './store-bench.js';

const DAY_MS = 86_400_000;

const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string;
const problemsOf = ({ steps }: VerifyReport): Record<string, string[]> =>
  Object.fromEntries(
    steps
      .filter(({ problems }) => problems.length > 0)
      .map(({ step, problems }) => [step, problems.map(({ what }) => what)]),
  );
const checkedOf = ({ steps }: VerifyReport): Record<string, number> =>
  Object.fromEntries(steps.map(({ step, checked }) => [step, checked]));

/** What `verify` finds in every store. */
export function describeVerify(make: MakeBench): void {
  describe('verifyStore', () => {
    let bench: StoreBench;
    beforeEach(async () => {
      bench = await make();
      await runOf(bench.store, 'one', ['a', 'b', 'c']);
    });
    afterEach(() => bench.close());

    it('finds nothing in a sound store and counts what it looked at', async () => {
      const before = await bench.listing();
      const report = await verifyStore(bench.store);
      expect(report.problems).toBe(0);
      expect(checkedOf(report)).toEqual({
        // Three outputs, three preimages, the plan.
        'blobs against their names': 7,
        'records against their checksums and keys': 3,
        'outputs of records against blobs': 3,
        'runs against records': 1,
        'blobs that no record names': 0,
        'results set aside': 0,
      });
      expect(await bench.listing()).toEqual(before);
    });

    it.each([
      ['flip', ['blobs against their names']],
      ['truncate', ['blobs against their names', 'outputs of records against blobs']],
      ['delete', ['outputs of records against blobs']],
    ] as const)('finds bytes after a %s', async (how, steps) => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
      await bench.corruptObject(record.outputs[0]!.digest, how);
      expect(Object.keys(problemsOf(await verifyStore(bench.store)))).toEqual(steps);
    });

    it('finds bytes edited in a way that a look-up cannot see', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
      await bench.editUnseen(record.outputs[0]!.digest);
      expect(problemsOf(await verifyStore(bench.store))['blobs against their names']).toHaveLength(1);
    });

    it('finds a torn record, a lost record, a lost preimage and a run that cannot be read', async () => {
      const { record } = await publish(bench.store, 'c', { 'rows.txt': 'rows of c' });
      await bench.tearRecord('features', keyOf('a'));
      await bench.loseRecord('features', keyOf('b'));
      await bench.corruptObject(record.preimage, 'delete');
      await bench.store.writeRun({ ...emptyRun, runId: 'bad' });
      await bench.tearRun('bad');
      const problems = problemsOf(await verifyStore(bench.store));
      const ofRecords = problems['records against their checksums and keys']!;
      expect(ofRecords).toHaveLength(2);
      expect(ofRecords).toContainEqual(matching(/ is torn or changed\.$/));
      expect(ofRecords).toContainEqual(matching(/the preimage sha256:.* is missing or changed/));
      expect(problems['runs against records']).toEqual(
        [/bad.* does not parse/, /the record of features\/. \(features [0-9a-f]{64}\) is lost/].map(matching),
      );
    });

    it('finds the lost plan of a run, without which it cannot be exported', async () => {
      const { plan } = await runOf(bench.store, 'two', ['a']);
      await bench.corruptObject(plan, 'delete');
      const problems = problemsOf(await verifyStore(bench.store));
      expect(problems).toEqual({ 'runs against records': [`two: its stored plan ${plan} is missing.`] });
    });

    it('reports a divergence until its evidence is removed', async () => {
      await publish(bench.store, 'a', { 'rows.txt': 'other rows of a' });
      const problems = problemsOf(await verifyStore(bench.store))['results set aside'];
      expect(problems).toEqual([expect.stringMatching(/gave other bytes a second time/)]);
      for (const place of await bench.store.leftovers({ nowMs: Date.now() + 60 * DAY_MS, olderThanMs: 0 }))
        await bench.store.removeLeftover(place);
      expect((await verifyStore(bench.store)).problems).toBe(0);
    });

    it('notes orphans, collected results and what others put there, and calls none a problem', async () => {
      await bench.store.putBytes(Buffer.from('nobody names this'));
      await bench.addForeign();
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
      await bench.store.condemnRecord(record, '2023-03-01T00:00:00Z');
      await bench.store.deleteCondemned();
      const report = await verifyStore(bench.store);
      expect(report.problems).toBe(0);
      // The bytes that nobody names, and those of the collected record.
      expect(checkedOf(report)['blobs that no record names']).toBe(3);
      expect(report.steps.flatMap(({ notes }) => notes)).toHaveLength(3);
    });
  });
}
