/** Conformance: what runs did, which go on, which are kept under a name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allOf, emptyRun, runIdAt, type MakeBench, type StoreBench } from './store-bench.js';

/** What every store must do with runs. */
export function describeRuns(make: MakeBench): void {
  describe('runs', () => {
    let bench: StoreBench;
    beforeEach(async () => {
      bench = await make();
    });
    afterEach(() => bench.close());

    it('takes word of a run that began, until it is written', async () => {
      const plan = await bench.store.putBytes(Buffer.from('{}'));
      await bench.store.beginRun({ runId: 'r', workflowId: 'w', plan, sinceMs: 1 });
      await bench.store.beginRun({ runId: 'other', workflowId: 'w', plan, sinceMs: 1 });
      await bench.store.writeRun({ ...emptyRun, runId: 'r' });
      expect(await (await bench.reopen()).countRuns()).toBe(1);
      const live = await (await bench.reopen()).liveRuns();
      expect(live.map(({ runId }) => runId)).toEqual(['other']);
    });

    const listed = async (): Promise<string[]> =>
      (await allOf((await bench.reopen()).newestRuns())).map(({ runId }) => runId);

    it('lists first the run that began last, in whatever order they were written, and counts them', async () => {
      const [first, second, third, sameMs] = [runIdAt(1e12), runIdAt(2e12), runIdAt(3e12), runIdAt(3e12, 1)];
      // The one that began first finished last.
      const run = (runId: string, day: number) => ({
        ...emptyRun,
        runId,
        finishedAt: `2023-03-0${day}T00:00:00Z`,
      });
      for (const each of [run(third, 2), run(first, 9), run(sameMs, 1), run(second, 3)])
        await bench.store.writeRun(each);
      expect(await listed()).toEqual([sameMs, third, second, first]);
      expect(await bench.store.countRuns()).toBe(4);
    });

    it('lists a run whose id says no time by when it finished', async () => {
      const run = (runId: string, finishedAt: string) => ({ ...emptyRun, runId, finishedAt });
      for (const each of [
        run('9b2f5e0a-0000-4000-8000-000000000000', '2023-03-03T00:00:00Z'),
        run('f', '2023-03-01T00:00:00Z'),
        run('a', '2023-03-05T00:00:00Z'),
        run(runIdAt(Date.parse('2023-03-04T00:00:00Z')), '2023-03-09T00:00:00Z'),
      ])
        await bench.store.writeRun(each);
      expect((await listed()).map((runId) => runId[0])).toEqual(['a', '0', '9', 'f']);
    });

    it('keeps marks', async () => {
      expect(await bench.store.readMark('recheck')).toBeNull();
      await bench.store.writeMark('recheck', 'now');
      expect(await (await bench.reopen()).readMark('recheck')).toBe('now');
    });

    it('replaces the file of a run that is written twice', async () => {
      await bench.store.writeRun({ ...emptyRun, runId: 'one', status: 'failed' });
      await bench.store.writeRun({ ...emptyRun, runId: 'one' });
      const found: string[] = [];
      for await (const { status } of bench.store.newestRuns()) found.push(status);
      expect(found).toEqual(['completed']);
    });

    it('tells which runs go on, until they say that they ended', async () => {
      const plan = await bench.store.putBytes(Buffer.from('{}'));
      const run = { runId: 'r', workflowId: 'w', plan, sinceMs: 7 };
      await bench.store.beginRun(run);
      expect(await (await bench.reopen()).liveRuns()).toEqual([
        { ...run, place: expect.any(String) as string },
      ]);
      await bench.store.endRun('r');
      await bench.store.endRun('never began');
      expect(await (await bench.reopen()).liveRuns()).toEqual([]);
    });

    it('does not guess what a run needs whose word is torn', async () => {
      const plan = await bench.store.putBytes(Buffer.from('{}'));
      await bench.store.beginRun({ runId: 'r', workflowId: 'w', plan, sinceMs: 7 });
      await bench.tearLiveRun('r');
      await expect(bench.store.liveRuns()).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
      await bench.store.endRun('r');
      expect(await bench.store.liveRuns()).toEqual([]);
    });

    it('lists a run that cannot be read as such, and leaves it out of those that can', async () => {
      const [one, two] = [runIdAt(1e12), runIdAt(2e12)];
      for (const runId of [one, two]) await bench.store.writeRun({ ...emptyRun, runId });
      await bench.tearRun(two);
      const all = await allOf((await bench.reopen()).allRuns());
      expect(all.map(({ run }) => run?.runId ?? null)).toEqual([null, one]);
      expect(new Set(all.map(({ place }) => place)).size).toBe(2);
      expect(await listed()).toEqual([one]);
      expect(await bench.store.countRuns()).toBe(2);
    });

    it('keeps runs under names, the last run of each, and takes names back', async () => {
      await bench.store.nameRun('best', 'one');
      await bench.store.nameRun('best', 'two');
      await bench.store.nameRun('first-0.1', 'one');
      const names = new Map([
        ['best', 'two'],
        ['first-0.1', 'one'],
      ]);
      expect(await (await bench.reopen()).runNames()).toEqual(names);
      await bench.store.unnameRun('best');
      await bench.store.unnameRun('never given');
      expect([...(await bench.store.runNames()).keys()]).toEqual(['first-0.1']);
    });

    it.each(['', '../evil', '.hidden', 'a b', 'x'.repeat(65)])('refuses the name "%s"', async (name) => {
      await expect(bench.store.nameRun(name, 'one')).rejects.toMatchObject({ code: 'REF_INVALID' });
      await bench.store.unnameRun(name);
      expect((await bench.store.runNames()).size).toBe(0);
    });
  });
}
