/** A worker or a server that is killed in the middle of training: the run finishes with the same digests. */
import { once } from 'node:events';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunProgress, RunResult } from '../../activities/contract.js';
import { JobBench, pause, recordedConfig, ROOT } from './harness.js';

const undisturbed = new JobBench('undisturbed');
const disturbed = new JobBench('disturbed');
const RECORDED = path.join(ROOT, 'simulator/recorded');
const change = { lightgbm: { rounds: 120 } };
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

/** Waits until at least one fold is trained and another is being trained. */
async function untilBetweenFolds(id: string): Promise<void> {
  for (;;) {
    const { stdout } = await disturbed.command('status', '--workflow-id', id, '--json');
    const { running = [], stages } = JSON.parse(stdout || '{}') as Partial<RunProgress>;
    const isTraining = running.some((node) => node.startsWith('fold/'));
    if (isTraining && (stages?.fold?.ran ?? 0) >= 1) return;
    await pause(100);
  }
}

interface FoldAttempts {
  /** Attempts of each fold activity that was over at the moment of the kill. */
  readonly finishedBefore: number[];
  /** Attempts of the others. */
  readonly others: number[];
}

/** What the server's history says about the folds of a run. */
async function foldAttempts(id: string, killedMs: number): Promise<FoldAttempts> {
  const connection = await Connection.connect({ address: disturbed.env.TEMPORAL_ADDRESS! });
  const { events = [] } = await new Client({ connection }).workflow.getHandle(id).fetchHistory();
  await connection.close();
  const folds = new Set(
    events!.flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'fold' ? [String(eventId)] : [],
    ),
  );
  const attempts: FoldAttempts = { finishedBefore: [], others: [] };
  const started = new Map<string, number>();
  for (const event of events!) {
    const start = event.activityTaskStartedEventAttributes;
    const end = event.activityTaskCompletedEventAttributes;
    if (start) started.set(String(start.scheduledEventId), start.attempt!);
    if (!end || !folds.has(String(end.scheduledEventId))) continue;
    const isBefore = Number(event.eventTime!.seconds) * 1000 < killedMs - 1000;
    attempts[isBefore ? 'finishedBefore' : 'others'].push(started.get(String(end.scheduledEventId))!);
  }
  return attempts;
}

describe('killed with -9 in the middle of training', () => {
  it('a worker started again takes over what was in training and trains no finished fold again', async () => {
    const worker = await disturbed.startWorker();
    const run = disturbed.json<RunResult>('run', '--until', 'predict', '--workflow-id', 'killed');
    await untilBetweenFolds('killed');
    worker.kill('SIGKILL');
    const killedMs = Date.now();
    await once(worker, 'exit');
    await disturbed.startWorker();
    const result = await run;
    expect(result.outputs).toEqual(expected.outputs);
    const { finishedBefore, others } = await foldAttempts('killed', killedMs);
    expect(finishedBefore.every((attempt) => attempt === 1)).toBe(true);
    expect(finishedBefore.length + others.length).toBe(expected.stages.fold!.nodes);
    expect(Math.max(...others)).toBe(2);
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
    await untilBetweenFolds('server');
    await disturbed.killServer();
    await disturbed.startServer();
    const end = await disturbed.command('status', '--workflow-id', 'server', '--follow', '--json');
    expect(end.code, end.stderr).toBe(0);
    expect((JSON.parse(end.stdout) as RunResult).outputs).toEqual(expected.outputs);
  });
});
