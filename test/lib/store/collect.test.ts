import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionKey, collectStore, verifyStore, type CollectReport } from '../../../lib/store/index.js';
import { preimageOf, publish } from './conformance.js';
import { filesBelow, localBench, runOf, type LocalBench } from './local-bench.js';

const DAY_MS = 86_400_000;

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

/** Collects as if it were `days` from now, because the time at which a file was touched cannot be made up. */
function collect(
  change: Partial<Parameters<typeof collectStore>[1]> & { days?: number } = {},
): Promise<CollectReport> {
  const { days = 60, ...rest } = change;
  return collectStore(bench.store, {
    keepRuns: 1,
    olderThanMs: 30 * DAY_MS,
    dryRun: false,
    nowMs: Date.now() + days * DAY_MS,
    isLive: () => Promise.resolve(true),
    ...rest,
  });
}

const stateOf = async (name: string): Promise<string> => {
  const found = await bench.store.lookup('features', actionKey(preimageOf(name)));
  return found.state === 'hit' ? 'hit' : found.reason;
};

describe('collectStore', () => {
  beforeEach(async () => {
    await runOf(bench.store, 'old', ['a', 'shared']);
    await runOf(bench.store, 'new', ['b', 'shared']);
  });

  it('takes what only runs need that are neither among the newest nor young, and leaves a tombstone', async () => {
    const report = await collect();
    expect(report).toMatchObject({
      runs: { kept: 1, removed: 1 },
      records: { kept: 2, removed: 1 },
      recomputeMs: 5,
    });
    // The output, the preimage and the plan of the old run.
    expect(report.blobs.removed).toBe(3);
    expect(report.bytes).toBeGreaterThan(0);
    expect(await stateOf('a')).toBe('EVICTED');
    expect(await stateOf('b')).toBe('hit');
    expect(await stateOf('shared')).toBe('hit');
    expect((await verifyStore(bench.store)).problems).toBe(0);
    expect(existsSync(path.join(bench.store.root, 'trash'))).toBe(false);
  });

  it('remembers what it took, so that it can be explained, and forgets that once it is made again', async () => {
    await collect();
    expect(await bench.store.past('features', actionKey(preimageOf('a')))).toEqual({
      state: 'evicted',
      preimage: preimageOf('a'),
      wallMs: 5,
    });
    await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
    expect(await stateOf('a')).toBe('hit');
    expect(filesBelow(bench.store.root).filter((file) => file.endsWith('.evicted'))).toEqual([]);
  });

  it('changes nothing with --dry-run and tells the same numbers', async () => {
    const before = filesBelow(bench.store.root).sort();
    const told = await collect({ dryRun: true });
    expect(filesBelow(bench.store.root).sort()).toEqual(before);
    expect(await collect()).toEqual({ ...told, dryRun: false });
  });

  it('keeps young runs, runs under a name, and everything touched within a day', async () => {
    expect((await collect({ days: 20 })).runs.removed).toBe(0);
    await bench.store.roots.name('best', 'old');
    expect((await collect()).runs.removed).toBe(0);
    await bench.store.roots.unname('best');
    expect((await collect({ days: 0.5, keepRuns: 0, olderThanMs: 0 })).records.removed).toBe(0);
    expect((await collect()).records.removed).toBe(1);
  });

  it('keeps what a run that goes on found, until it is known to have ended', async () => {
    const key = actionKey(preimageOf('a'));
    const found = { nodes: [{ id: 'x', program: 'features' }], keys: { x: key } };
    const plan = await bench.store.putBytes(Buffer.from(JSON.stringify(found)));
    await bench.store.beginRun({ runId: 'live', workflowId: 'w', plan, sinceMs: Date.now() + DAY_MS });
    expect(await collect()).toMatchObject({ liveRuns: 1, runs: { removed: 1 }, records: { removed: 0 } });
    expect(await stateOf('a')).toBe('hit');
    expect(await collect({ isLive: () => Promise.resolve(false) })).toMatchObject({
      records: { removed: 1 },
    });
    expect(await bench.store.roots.liveRuns()).toEqual([]);
  });

  it('keeps all that was made since the oldest run that goes on began', async () => {
    const plan = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
    await bench.store.beginRun({ runId: 'long', workflowId: 'w', plan, sinceMs: Date.now() - DAY_MS });
    const report = await collect();
    expect(report).toMatchObject({
      runs: { removed: 1 },
      records: { removed: 0, young: 1 },
      blobs: { removed: 0 },
    });
  });

  it('gives back what a run found that began while it collected', async () => {
    const found = { nodes: [{ id: 'x', program: 'features' }], keys: { x: actionKey(preimageOf('a')) } };
    const plan = await bench.store.putBytes(Buffer.from(JSON.stringify(found)));
    const sinceMs = Date.now() + DAY_MS;
    const empty = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
    const early = { runId: 'early', workflowId: 'w', plan: empty, sinceMs };
    await bench.store.beginRun(early);
    // The question about the first run is asked after the roots were listed and before anything is moved.
    await collect({
      isLive: async () => {
        await bench.store.beginRun({ runId: 'late', workflowId: 'w', plan, sinceMs: 0 });
        return true;
      },
    });
    expect(await stateOf('a')).toBe('hit');
    expect((await bench.store.readBlob(plan)).length).toBeGreaterThan(0);
  });

  it('refuses to run while a run cannot be read, and touches nothing', async () => {
    writeFileSync(path.join(bench.store.root, 'runs/torn.json'), '{"runId":"torn","nodes":');
    const before = filesBelow(bench.store.root).sort();
    await expect(collect()).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
    await expect(collect({ dryRun: true })).rejects.toThrow(/torn\.json cannot be read/);
    expect(filesBelow(bench.store.root).sort()).toEqual(before);
  });

  it.each([
    ['a run that goes on is torn', 'torn'],
    ['the plan of a run that goes on is lost', 'planless'],
  ])('refuses while %s, and touches nothing', async (_, how) => {
    const plan = await bench.store.putBytes(Buffer.from(`{"nodes":[],"keys":{},"of":"${how}"}`));
    await bench.store.beginRun({ runId: 'live', workflowId: 'w', plan, sinceMs: Date.now() + DAY_MS });
    const file = path.join(bench.store.root, 'live/live.json');
    if (how === 'torn') writeFileSync(file, readFileSync(file, 'utf8').slice(0, 30));
    else bench.damage(plan, 'delete');
    const before = filesBelow(bench.store.root).sort();
    for (const dryRun of [true, false])
      await expect(collect({ dryRun })).rejects.toMatchObject({
        code: 'RUN_UNREADABLE',
        message: expect.stringMatching(/Nothing was collected.*live\.json/) as string,
      });
    expect(filesBelow(bench.store.root).sort()).toEqual(before);
    await bench.store.roots.endRun('live');
    expect(await collect()).toMatchObject({ runs: { removed: 1 } });
  });

  it('gives everything back where a run that cannot be read began while it collected', async () => {
    const plan = await bench.store.putBytes(Buffer.from('{"nodes":[],"keys":{}}'));
    await bench.store.beginRun({ runId: 'early', workflowId: 'w', plan, sinceMs: Date.now() + DAY_MS });
    await collect({
      isLive: () => {
        writeFileSync(path.join(bench.store.root, 'live/late.json'), '{"runId":"late","pl');
        return Promise.resolve(true);
      },
    });
    expect(await stateOf('a')).toBe('hit');
  });

  it('collects once at a time', async () => {
    const ends = await Promise.allSettled([collect(), collect()]);
    const refused = ends.filter((end) => end.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(['COLLECTING_ALREADY']);
    expect(await stateOf('a')).toBe('EVICTED');
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
