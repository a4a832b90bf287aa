/** Conformance: what runs did, which go on, which are kept under a name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allOf, emptyRun, type MakeBench, type StoreBench } from './store-bench.js';

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
      await bench.store.writeRun({ ...emptyRun, runId: 'r' });
      expect(await (await bench.reopen()).countRuns()).toBe(1);
      expect(await bench.store.liveRuns()).toEqual([]);
    });

    it('lists runs newest first, counts them, and keeps marks', async () => {
      for (const runId of ['one', 'two', 'three']) await bench.store.writeRun({ ...emptyRun, runId });
      const ids: string[] = [];
      for await (const { runId } of (await bench.reopen()).newestRuns()) ids.push(runId);
      expect(ids).toEqual(['three', 'two', 'one']);
      expect(await bench.store.countRuns()).toBe(3);
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
      for (const runId of ['one', 'two']) await bench.store.writeRun({ ...emptyRun, runId });
      await bench.tearRun('two');
      const all = await allOf((await bench.reopen()).allRuns());
      expect(all.map(({ run }) => run?.runId ?? null)).toEqual([null, 'one']);
      expect(all[0]!.writtenMs).toBeGreaterThan(all[1]!.writtenMs);
      expect(new Set(all.map(({ place }) => place)).size).toBe(2);
      expect((await allOf(bench.store.newestRuns())).map(({ runId }) => runId)).toEqual(['one']);
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
