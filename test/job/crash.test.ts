/** A worker or a server that is killed in the middle of training: the run finishes with the same digests. */
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunProgress, RunResult } from '../../activities/contract.js';
import { JobBench, pause, recordedConfig, ROOT } from './harness.js';

const undisturbed = new JobBench('undisturbed');
const disturbed = new JobBench('disturbed');
const RECORDED = path.join(ROOT, 'simulator/recorded');
const change = { lightgbm: { rounds: 120 }, start_date: '2023-03-01', end_date: '2023-04-16' };
let expected: RunResult;

beforeAll(async () => {
  await undisturbed.startServer();
  const url = await undisturbed.startExchange('--recorded', RECORDED);
  await undisturbed.startWorker();
  undisturbed.writeConfig(recordedConfig(url, change));
  expected = await undisturbed.json<RunResult>('run', '--until', 'predict');
  disturbed.writeConfig(recordedConfig(url, change));
  await disturbed.startServer();
}, 180_000);

afterAll(async () => {
  await disturbed.close();
  await undisturbed.close();
});

async function untilTraining(id: string): Promise<RunProgress> {
  for (;;) {
    const { stdout } = await disturbed.command('status', '--workflow-id', id, '--json');
    const progress = JSON.parse(stdout || '{}') as RunProgress;
    if (progress.running?.some((node) => node.startsWith('fold/'))) return progress;
    await pause(100);
  }
}

describe('killed with -9 in the middle of training', () => {
  it('a worker started again is at work at once and trains no finished fold again', async () => {
    const worker = await disturbed.startWorker();
    const run = disturbed.json<RunResult>('run', '--until', 'predict', '--workflow-id', 'killed');
    await untilTraining('killed');
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await disturbed.startWorker();
    const result = await run;
    expect(result.outputs).toEqual(expected.outputs);
    const again = await disturbed.json<RunResult>('run', '--until', 'predict');
    expect(Object.values(again.stages).every(({ ran }) => ran === 0)).toBe(true);
  });

  it('a server started again on its file finishes the run', async () => {
    const run = disturbed.json<RunResult>(
      'run',
      '--until',
      'predict',
      '--workflow-id',
      'server',
      '--force',
      'fold',
      '--no-wait',
    );
    await run;
    await untilTraining('server');
    await disturbed.killServer();
    await disturbed.startServer();
    const end = await disturbed.command('status', '--workflow-id', 'server', '--follow', '--json');
    expect(end.code, end.stderr).toBe(0);
    expect((JSON.parse(end.stdout) as RunResult).outputs).toEqual(expected.outputs);
  });
});
