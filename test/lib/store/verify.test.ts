import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyStore, type VerifyReport } from '../../../lib/store/index.js';
import { publish } from './conformance.js';
import { filesBelow, localBench, runOf, type LocalBench } from './local-bench.js';

let bench: LocalBench;
beforeEach(async () => {
  bench = localBench();
  await runOf(bench.store, 'one', ['a', 'b', 'c']);
});
afterEach(() => bench.close());

const problemsOf = ({ steps }: VerifyReport): Record<string, string[]> =>
  Object.fromEntries(
    steps
      .filter(({ problems }) => problems.length > 0)
      .map(({ step, problems }) => [step, problems.map(({ what }) => what)]),
  );
const checkedOf = ({ steps }: VerifyReport): Record<string, number> =>
  Object.fromEntries(steps.map(({ step, checked }) => [step, checked]));

describe('verifyStore', () => {
  it('finds nothing in a sound store and counts what it looked at', async () => {
    const before = filesBelow(bench.store.root).sort();
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
    expect(filesBelow(bench.store.root).sort()).toEqual(before);
  });

  it.each([
    ['flip', ['blobs against their names']],
    ['truncate', ['blobs against their names', 'outputs of records against blobs']],
    ['delete', ['outputs of records against blobs']],
  ] as const)('finds bytes after a %s', async (how, steps) => {
    const { record } = await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
    bench.damage(record.outputs[0]!.digest, how);
    expect(Object.keys(problemsOf(await verifyStore(bench.store)))).toEqual(steps);
  });

  it('finds a byte edited in place that keeps size and time, which a look-up cannot see', async () => {
    const { record } = await publish(bench.store, 'a', { 'rows.txt': 'rows of a' });
    const [output] = record.outputs;
    const file = bench.store.blobs.pathOf(output!.digest);
    const { utimesSync } = await import('node:fs');
    chmodSync(file, 0o644);
    writeFileSync(file, 'rows of z');
    utimesSync(file, output!.mtimeMs / 1000, output!.mtimeMs / 1000);
    expect(problemsOf(await verifyStore(bench.store))['blobs against their names']).toHaveLength(1);
  });

  it('finds a torn record, a lost record, a lost preimage and a run that does not parse', async () => {
    const [torn, lost, bare] = filesBelow(path.join(bench.store.root, 'actions')).sort();
    const { preimage } = JSON.parse(readFileSync(bare!, 'utf8').split('\n')[0]!) as { preimage: string };
    chmodSync(torn!, 0o644);
    writeFileSync(torn!, readFileSync(torn!, 'utf8').slice(0, 80));
    rmSync(lost!);
    bench.damage(preimage, 'delete');
    writeFileSync(path.join(bench.store.root, 'runs/bad.json'), '{"runId":"bad",');
    const problems = problemsOf(await verifyStore(bench.store));
    expect(problems['records against their checksums and keys']).toEqual([
      expect.stringMatching(/ is torn or changed\.$/),
      expect.stringMatching(/the preimage sha256:.* is missing or changed/),
    ]);
    expect(problems['runs against records']).toEqual([
      expect.stringMatching(/bad\.json does not parse/),
      expect.stringMatching(/the record of features\/. \(features [0-9a-f]{64}\) is lost/),
    ]);
  });

  it('finds the lost plan of a run, without which it cannot be exported', async () => {
    const { plan } = await runOf(bench.store, 'two', ['a']);
    bench.damage(plan, 'delete');
    const problems = problemsOf(await verifyStore(bench.store));
    expect(problems).toEqual({ 'runs against records': [`two: its stored plan ${plan} is missing.`] });
  });

  it('reports a divergence until its evidence is removed', async () => {
    await publish(bench.store, 'a', { 'rows.txt': 'other rows of a' });
    const problems = problemsOf(await verifyStore(bench.store))['results set aside'];
    expect(problems).toEqual([expect.stringMatching(/gave other bytes a second time/)]);
    rmSync(path.join(bench.store.root, 'quarantine'), { recursive: true });
    expect((await verifyStore(bench.store)).problems).toBe(0);
  });

  it('notes orphans and foreign files and calls neither a problem', async () => {
    await bench.store.putBytes(Buffer.from('nobody names this'));
    for (const place of ['blobs/sha256/.DS_Store', 'blobs/sha256/ab/notes.txt', 'actions/features/README']) {
      const file = path.join(bench.store.root, place);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, 'x');
    }
    const report = await verifyStore(bench.store);
    expect(report.problems).toBe(0);
    expect(checkedOf(report)['blobs that no record names']).toBe(1);
    expect(report.steps.flatMap(({ notes }) => notes)).toHaveLength(3);
  });
});
