import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { actionKey } from '../../../lib/store/index.js';
import { Store } from '../../../lib/store/store.js';
import { describeStore } from './conformance.js';
import { allOf, emptyRun, preimageOf, publish, runIdAt } from './store-bench.js';
import { filesBelow, localBench } from './local-bench.js';
import { refusable } from './refusing-files.js';

vi.mock('node:fs', async (original) => (await import('./refusing-files.js')).refusingFiles(await original()));
vi.mock('node:fs/promises', async (original) =>
  (await import('./refusing-files.js')).refusingPromises(await original()),
);

describeStore('the store on a local disk', () => refusable(localBench()));

describe('opening a store', () => {
  it('refuses a format it does not know and leaves it alone', () => {
    const bench = localBench();
    const format = path.join(bench.store.root, 'FORMAT');
    writeFileSync(format, '{"layout":9,"hash":"sha256","key":"k1"}');
    expect(() => bench.reopen()).toThrow(/has the format .*"layout":9.*this version reads/);
    writeFileSync(format, 'garbage');
    expect(() => bench.reopen()).toThrow(/FORMAT|format/);
    bench.close();
  });

  it('names a folder that cannot be a store', () => {
    const bench = localBench();
    const file = path.join(bench.store.root, 'plain-file');
    writeFileSync(file, '');
    expect(() => Store.open(path.join(file, 'cache'))).toThrow(
      /The store .*plain-file\/cache cannot be written/,
    );
    bench.close();
  });

  it('sweeps what dead processes left and nothing of the living', async () => {
    const bench = localBench();
    const attempt = await bench.store.begin('features', 'k');
    const dead = Buffer.from(
      JSON.stringify([(await import('node:os')).hostname(), process.pid, 'another boot']),
    ).toString('base64url');
    const left = path.join(bench.store.root, 'tmp', `attempt~${dead}~00`);
    mkdirSync(left);
    bench.reopen();
    expect(readdirSync(path.join(bench.store.root, 'tmp'))).toEqual([path.basename(attempt.dir)]);
    bench.close();
  });

  it('takes a torn record for a miss and replaces it', async () => {
    const bench = localBench();
    await publish(bench.store, 'a', { 'rows.txt': 'one' });
    const record = filesBelow(path.join(bench.store.root, 'actions'))[0]!;
    chmodSync(record, 0o644);
    writeFileSync(record, readFileSync(record, 'utf8').slice(0, 50));
    const key = actionKey(preimageOf('a'));
    expect(await bench.store.lookup('features', key)).toMatchObject({
      state: 'miss',
      reason: 'RECORD_CORRUPT',
    });
    expect((await publish(bench.store, 'a', { 'rows.txt': 'one' })).outcome).toBe('published');
    expect(await bench.store.lookup('features', key)).toMatchObject({ state: 'hit' });
    bench.close();
  });
});

it('lists runs of a copied store in the order that they have in the first', async () => {
  const bench = localBench();
  const ids = [runIdAt(1e12), runIdAt(2e12), 'no-time-in-it'];
  for (const runId of ids) await bench.store.writeRun({ ...emptyRun, runId });
  const copy = `${bench.store.root}-copy`;
  cpSync(bench.store.root, copy, { recursive: true });
  const times = [7e8, 6e8, 5e8];
  for (const [index, runId] of ids.entries())
    utimesSync(path.join(copy, 'runs', `${runId}.json`), times[index]!, times[index]!);
  const listed = (await allOf(Store.openExisting(copy).newestRuns())).map(({ runId }) => runId);
  expect(listed).toEqual([ids[1], ids[2], ids[0]]);
  bench.close();
});

it('orders runs of earlier versions, whose files begin with the id of the workflow', async () => {
  const bench = localBench();
  for (const [runId, day] of [
    ['b', 1],
    ['a', 2],
  ] as const) {
    const run = { ...{ runId }, ...emptyRun, workflowId: 'w'.repeat(1000), finishedAt: `2023-03-0${day}` };
    mkdirSync(path.join(bench.store.root, 'runs'), { recursive: true });
    writeFileSync(path.join(bench.store.root, 'runs', `${runId}.json`), JSON.stringify(run, null, 1));
  }
  expect((await allOf(bench.store.newestRuns())).map(({ runId }) => runId)).toEqual(['a', 'b']);
  bench.close();
});

describe('a process killed while it publishes', () => {
  const child = path.join(import.meta.dirname, 'publish-and-die.mjs');

  it.each(['blob:1', 'blob:2', 'preimage:1', 'record:1', 'clean:1'])(
    'at %s leaves nothing half done',
    async (step) => {
      const bench = localBench();
      const end = spawnSync(process.execPath, [child, bench.store.root, step], { encoding: 'utf8' });
      expect(end.signal, end.stderr).toBe('SIGKILL');
      const key = actionKey(preimageOf('a'));
      const found = await bench.reopen().lookup('features', key);
      expect(found.state).toBe(step === 'clean:1' ? 'hit' : 'miss');
      const { record, outcome } = await publish(bench.store, 'a', {
        'rows.txt': 'one',
        'summary.txt': 'two',
      });
      expect(outcome).toBe(step === 'clean:1' ? 'already-there' : 'published');
      expect((await bench.store.readBlob(record.outputs[0]!.digest)).toString()).toBe('one');
      expect(readdirSync(path.join(bench.store.root, 'tmp'))).toEqual([]);
      bench.close();
    },
  );
});

it.runIf(process.platform === 'linux')(
  'refuses at once a place where nothing can be made, such as /proc',
  () => {
    expect(() => Store.open('/proc/no-store/here')).toThrowError(
      expect.objectContaining({ code: 'STORE_UNWRITABLE' }) as Error,
    );
  },
);
