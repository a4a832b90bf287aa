/** What changes under a run that was planned: workers of other code, results that vanish. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import { buildEdited } from '../../bench/cache-edits/edited-build.mjs';
import type { PlanResult } from '../../lib/plan/plan-result.js';
import { JobBench, pause, ROOT } from './harness.js';
import { damageBlob, MARKET, ran, SHORT, smallConfig } from './small-job.js';

const bench = new JobBench('one-version');
const UNTIL = ['--until', 'backtest'];
let first: RunResult;

// Several workers start one after the other, on a machine that may be busy.
vi.setConfig({ testTimeout: 400_000 });

beforeAll(async () => {
  await bench.startServer();
  bench.writeConfig(smallConfig(await bench.startExchange(...MARKET), SHORT));
  await bench.startWorkerWith({}, ROOT, ['planning', 'market', 'render']);
}, 60_000);

afterAll(() => bench.close());

/** Starts a run on the workers that there are, and waits until `node` is scheduled. */
async function startAndWaitFor(node: string, id: string, ...flags: string[]): Promise<void> {
  await bench.command('run', ...UNTIL, ...flags, '--workflow-id', id, '--no-wait');
  for (;;) {
    const { stdout } = await bench.command('status', '--workflow-id', id, '--json');
    const { running = [] } = JSON.parse(stdout || '{}') as { running?: string[] };
    if (running.includes(node)) return;
    await pause(100);
  }
}

async function resultOf(id: string): Promise<RunResult> {
  return bench.json<RunResult>('status', '--workflow-id', id, '--follow');
}

it('a worker of other code computes no node of a cold run, though the plan knew none of its keys', async () => {
  const other = await buildEdited(ROOT, 'lib/backtest/account.ts', (source) =>
    source.replace('(1 - this.costs.feeFrac) ** 2', '(1 - this.costs.feeFrac) ** 3'),
  );
  const theirs = await bench.startWorkerWith({}, other.root, ['compute']);
  try {
    await startAndWaitFor('backtest', 'cold');
    await pause(1500);
    const told = await bench.command('status', '--workflow-id', 'cold', '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({ stages: { predict: { ran: 2 }, backtest: { ran: 0 } } });
    await bench.stop(theirs);
    const fitting = await bench.startWorkerWith({}, ROOT, ['compute']);
    first = await resultOf('cold');
    await bench.stop(fitting);
  } finally {
    other.remove();
  }
  const plan = await bench.json<PlanResult>('plan', ...UNTIL);
  expect(plan.nodes.filter(({ state }) => state !== 'HIT')).toEqual([]);
});

it('a hit that is lost while the run goes on is made again before the run counts as completed', async () => {
  await startAndWaitFor('backtest', 'losing', '--force', 'backtest');
  damageBlob(bench, first.outputs!.evaluate!, 'delete');
  const compute = await bench.startWorkerWith({}, ROOT, ['compute']);
  const run = await resultOf('losing');
  expect(ran(run)).toEqual(['backtest', 'evaluate']);
  expect(run.outputs).toEqual(first.outputs);
  expect(run.stages.evaluate).toMatchObject({ nodes: 1, hit: 0, ran: 1, failed: 0 });
  await bench.stop(compute);
});
