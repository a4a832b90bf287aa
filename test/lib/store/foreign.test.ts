/** Things in a store that the store did not put there, or that it put there and that broke. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { knownMarks } from '../../../activities/recheck.js';
import { findRun } from '../../../commands/runs.js';
import { actionKey, collectStore, thisProcess, verifyStore } from '../../../lib/store/index.js';
import { preimageOf, publish, runOf } from './store-bench.js';
import { filesBelow, localBench, type LocalBench } from './local-bench.js';

let bench: LocalBench;
beforeEach(async () => {
  bench = localBench();
  await runOf(bench.store, 'one', ['a']);
});
afterEach(() => bench.close());

const at = (...parts: string[]): string => path.join(bench.store.root, ...parts);
const key = actionKey(preimageOf('a'));
const holder = { ...thisProcess(), workflowId: 'w', runId: 'r', activityId: '1', attempt: 1 };
const gc = {
  keepRuns: 9,
  olderThanMs: 0,
  dryRun: false,
  nowMs: Date.now(),
  isLive: () => Promise.resolve(true),
};

describe('a record whose checksum is right and whose text is not', () => {
  it.each([
    '{"v":1',
    'null',
    '7',
    '[]',
    '{"v":1}',
    `{"v":1,"stage":"features","key":"${key}"}`,
    `{"v":1,"stage":"features","key":"${key}","preimage":"x","outputs":[{}],"facts":{},"cost":{},"by":{}}`,
    `{"v":1,"stage":"features","key":"${key}","preimage":"sha256:${'0'.repeat(64)}","outputs":[null],"facts":{},"cost":{"wallMs":1},"by":{}}`,
  ])('counts as a torn one: %s', async (text) => {
    const [file] = filesBelow(at('actions'));
    rmSync(file!);
    writeFileSync(file!, `${text}\n${createHash('sha256').update(text).digest('hex')}\n`);
    expect(await bench.store.lookup('features', key)).toMatchObject({ reason: 'RECORD_CORRUPT' });
    expect((await verifyStore(bench.store)).problems).toBe(1);
    expect((await publish(bench.store, 'a', { 'rows.txt': 'rows of a' })).outcome).toBe('published');
    expect((await verifyStore(bench.store)).problems).toBe(0);
  });

  it('a folder in its place is set aside', async () => {
    const [file] = filesBelow(at('actions'));
    rmSync(file!);
    mkdirSync(file!);
    expect(await bench.store.lookup('features', key)).toMatchObject({ reason: 'RECORD_CORRUPT' });
    expect((await publish(bench.store, 'a', { 'rows.txt': 'rows of a' })).outcome).toBe('published');
    expect(await bench.store.lookup('features', key)).toMatchObject({ state: 'hit' });
  });
});

it('names the file of marks that is torn, and what to do', async () => {
  await bench.store.writeMark('rechecked', '{"a');
  const exchange = { restUrl: 'r', archiveUrl: 'a', market: 'm', interval: '1m' };
  await expect(knownMarks(bench.store, exchange as never)).rejects.toMatchObject({
    code: 'MARKS_UNREADABLE',
    message: expect.stringMatching(/marks\/rechecked cannot be read.*--recheck/) as string,
  });
});

describe('files and folders of others', () => {
  const folders = ['runs/x.json', 'refs/x', 'live/x.json', `leases/${key}.1.json`];
  const files = [
    'tmp/attempt~notes',
    'tmp/attempt~bnVsbA~00',
    'runs/notes.json',
    'refs/.DS_Store',
    'live/notes.txt',
  ];

  beforeEach(() => {
    for (const folder of folders) mkdirSync(at(folder), { recursive: true });
    for (const file of files) writeFileSync(at(file), '{"my":"notes"}');
  });

  it('hold up nothing: opening, runs, names, leases, collecting, verifying', async () => {
    const store = bench.reopen();
    expect((await findRun(store, undefined)).runId).toBe('one');
    expect([...(await store.runNames()).keys()]).toEqual([]);
    expect(await store.liveRuns()).toEqual([]);
    const lease = await store.acquireLease(key, holder);
    expect(lease.state).toBe('acquired');
    if (lease.state === 'acquired') {
      expect(await lease.lease.renew()).toBe(true);
      expect((await store.acquireLease(key, { ...holder, activityId: '2' })).state).toBe('held');
      await lease.lease.release();
    }
    for (const dead of await store.deadLeases()) await store.dropLease(dead);
    expect(await collectStore(store, gc)).toMatchObject({ runs: { kept: 1 } });
    expect((await verifyStore(store)).problems).toBe(0);
    expect([...folders, ...files].filter((name) => !existsSync(at(name)))).toEqual([]);
  });
});

describe('a file that has the name of a folder of the store', () => {
  const names = ['trash', 'leases', 'runs', 'live', 'refs', 'actions', 'blobs', 'quarantine'];
  const refusal = (name: string) => ({
    code: 'STORE_UNWRITABLE',
    message: expect.stringContaining(at(name)) as string,
  });

  beforeEach(() => bench.store.quarantine(`sha256:${'0'.repeat(64)}`, 'makes the folder'));

  it.each(names)('is told by gc, and nothing is collected: %s', async (name) => {
    rmSync(at(name), { recursive: true, force: true });
    writeFileSync(at(name), 'mine');
    const before = filesBelow(bench.store.root);
    for (const dryRun of [false, true]) {
      // Nothing was condemned, and no turn is taken, to be told of.
      if (dryRun && ['trash', 'leases'].includes(name)) continue;
      await expect(collectStore(bench.reopen(), { ...gc, dryRun })).rejects.toMatchObject(refusal(name));
    }
    expect(filesBelow(bench.store.root)).toEqual(before);
  });

  it('is told where leases are listed or taken', async () => {
    rmSync(at('leases'), { recursive: true });
    writeFileSync(at('leases'), 'mine');
    await expect(bench.store.deadLeases()).rejects.toMatchObject(refusal('leases'));
    await expect(bench.store.acquireLease(key, holder)).rejects.toMatchObject(refusal('leases'));
  });
});

describe('what a process leaves that is killed while it links artifacts', () => {
  it('is gone after the next one, and a living process keeps its own', async () => {
    const digest = await bench.store.putBytes(Buffer.from('x'));
    const owner = (start: string): string =>
      Buffer.from(JSON.stringify([holder.host, holder.pid, start])).toString('base64url');
    const tree = path.join(bench.artifacts, 'ALL');
    const dead = `.ALL~${owner('another boot')}~0123456789ab`;
    const living = `.ALL~${owner(holder.pidStart)}~0123456789ab`;
    for (const name of [dead, living, 'ALL.old'])
      mkdirSync(path.join(bench.artifacts, name), { recursive: true });
    await bench.store.linkTree([{ relativePath: 'a', digest }], tree);
    expect(readdirSync(bench.artifacts).sort()).toEqual([living, 'ALL', 'ALL.old']);
    await bench.store.linkFile(digest, path.join(bench.artifacts, 'ALL.csv'));
    expect(readdirSync(bench.artifacts).sort()).toEqual([living, 'ALL', 'ALL.csv', 'ALL.old']);
  });

  it('a temporary file beside a name is no name', async () => {
    await bench.store.nameRun('best', 'one');
    writeFileSync(at('refs/.best.0123456789abcdef'), 'gone');
    expect(await bench.store.runNames()).toEqual(new Map([['best', 'one']]));
  });
});
