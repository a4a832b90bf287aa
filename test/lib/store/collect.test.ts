/** Collecting a local disk: what is particular to files there. `conformance-collect.ts` has the rest. */
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectReport } from '../../../lib/store/index.js';
import { filesBelow, localBench, type LocalBench } from './local-bench.js';
import { collectLater, publish, runOf } from './store-bench.js';

const FOREIGN_FILES = [
  'blobs/sha256/.DS_Store',
  'tmp/notes.txt',
  'tmp/attempt~notes',
  'trash/notes.txt',
  'quarantine/notes.txt',
  'runs/notes.json',
  'leases/notes',
];

let bench: LocalBench;
beforeEach(() => (bench = localBench()));
afterEach(() => bench.close());

const collect = (change?: Parameters<typeof collectLater>[1]): Promise<CollectReport> =>
  collectLater(bench.store, change);

describe('collecting a store on a local disk', () => {
  beforeEach(async () => {
    await runOf(bench.store, 'old', ['a', 'shared']);
    await runOf(bench.store, 'new', ['b', 'shared']);
  });

  it('leaves nothing of what it deleted, and no tombstone of what is made again', async () => {
    await collect();
    expect(readdirSync(path.join(bench.store.root, 'trash'))).toEqual([]);
    expect(readdirSync(path.join(bench.store.root, 'leases'))).toEqual([]);
    await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
    expect(filesBelow(bench.store.root).filter((file) => file.endsWith('.evicted'))).toEqual([]);
  });

  it('takes leftovers of dead processes that are old, and no file of others', async () => {
    const at = (name: string): string => path.join(bench.store.root, name);
    const random = '0123456789abcdef';
    const left = [`tmp/record-1-${random}`, `refs/.best.${random}`, `runs/.old.json.${random}`].map(at);
    const foreign = FOREIGN_FILES.map(at);
    for (const folder of ['refs', 'trash', 'quarantine', 'live', 'leases', 'marks'])
      mkdirSync(at(folder), { recursive: true });
    for (const file of [...left, ...foreign]) writeFileSync(file, 'x');
    expect(await collect()).toMatchObject({ leftovers: left.length, runs: { removed: 1 } });
    expect(left.filter((file) => existsSync(file))).toEqual([]);
    expect(foreign.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('keeps everything where the clock was set back', async () => {
    for (const file of readdirSync(path.join(bench.store.root, 'runs')))
      utimesSync(path.join(bench.store.root, 'runs', file), 4e9, 4e9);
    const report = await collect({ days: -400, keepRuns: 0, olderThanMs: 0 });
    expect(report).toMatchObject({ runs: { removed: 0 }, records: { removed: 0 }, blobs: { removed: 0 } });
  });
});
