/** Conformance: `export` and `import` between any two stores. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportRun, importRun, verifyStore, type RunFile } from '../../../lib/store/index.js';
import { keyOf, publish, runOf, stateOf, type MakeBench, type StoreBench } from './store-bench.js';

const isHit = async ({ store }: StoreBench, name: string): Promise<boolean> =>
  (await stateOf(store, name)) === 'hit';

/** What `export` takes out of every store, and `import` brings into every store. */
export function describeArchive(make: MakeBench): void {
  describe('an exported run', () => {
    let here: StoreBench;
    let there: StoreBench;
    let run: RunFile;
    let tar: string;

    beforeEach(async () => {
      [here, there] = [await make(), await make()];
      run = await runOf(here.store, 'one', ['a', 'b']);
      await runOf(here.store, 'two', ['c']);
      mkdirSync(here.artifacts, { recursive: true });
      tar = path.join(here.artifacts, 'run.tar');
    });
    afterEach(async () => {
      await here.close();
      await there.close();
    });

    it('brings a run with everything it needs, and nothing else, to another store', async () => {
      const told = await exportRun(here.store, run, tar);
      expect(told).toMatchObject({ runId: 'one', records: 2, blobs: 5 });
      const taken = await importRun(there.store, tar);
      expect(taken).toEqual({ ...told, known: 0, diverged: [] });
      expect([await isHit(there, 'a'), await isHit(there, 'b'), await isHit(there, 'c')]).toEqual([
        true,
        true,
        false,
      ]);
      const runs: RunFile[] = [];
      for await (const each of there.store.newestRuns()) runs.push(each);
      expect(runs).toEqual([run]);
      expect((await verifyStore(there.store)).problems).toBe(0);
      expect(await importRun(there.store, tar)).toMatchObject({ records: 2, known: 2 });
    });

    it('gives the same bytes each time', async () => {
      await exportRun(here.store, run, tar);
      await exportRun(here.store, run, `${tar}.again`);
      expect(readFileSync(tar).equals(readFileSync(`${tar}.again`))).toBe(true);
    });

    it('is refused where a part is missing or damaged, and leaves no file', async () => {
      const { outputs } = Object.values(run.nodes)[0]!;
      for (const how of ['flip', 'delete'] as const) {
        await here.corruptObject(Object.values(outputs)[0]!, how);
        await expect(exportRun(here.store, run, tar)).rejects.toMatchObject({ code: 'CLOSURE_BROKEN' });
        expect(existsSync(tar)).toBe(false);
        await publish(here.store, 'a', { 'rows.txt': 'rows of a' });
      }
    });

    it('never overwrites a file', async () => {
      writeFileSync(tar, 'mine');
      await expect(exportRun(here.store, run, tar)).rejects.toMatchObject({ code: 'EEXIST' });
      expect(readFileSync(tar, 'utf8')).toBe('mine');
    });

    it('keeps what a store has under a key that it would contradict, and tells', async () => {
      await publish(there.store, 'a', { 'rows.txt': 'other rows' });
      await exportRun(here.store, run, tar);
      const { diverged } = await importRun(there.store, tar);
      expect(diverged).toEqual([`features ${keyOf('a')}`]);
      expect(await isHit(there, 'a')).toBe(true);
    });
  });
}
