/**
 * Acceptance (8) and (11): one store that is killed and edited, against stores that were empty before each run.
 * Every output of every node is compared. Hundreds of rounds of both: bench/crash, bench/cache-edits.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import { buildEdited } from '../../bench/cache-edits/edited-build.mjs';
import type { PlanResult } from '../../lib/plan/plan-result.js';
import { JobBench, pause, ROOT } from './harness.js';
import { allOutputs, damageBlob, MARKET, ran, randomOf, SHORT, smallConfig } from './small-job.js';

const SEED = Number(process.env.EDITS_SEED ?? 1);
const kept = new JobBench('kept');
const empty = new JobBench('empty');
let urls: string[];
let keptWorker: ChildProcess;
let emptyWorker: ChildProcess;

// Several workers start one after the other, on a machine that may be busy.
vi.setConfig({ testTimeout: 400_000 });

beforeAll(async () => {
  urls = [await kept.startExchange(...MARKET), await kept.startExchange(...MARKET, '--seed', '2')];
  await Promise.all([kept.startServer(), empty.startServer()]);
  emptyWorker = await empty.startWorker();
}, 120_000);

afterAll(async () => {
  await kept.close();
  await empty.close();
});

/** All outputs of a run in a store that holds nothing. */
async function inEmptyStore(
  config: Record<string, unknown>,
  until = 'report',
): Promise<Record<string, unknown>> {
  for (const folder of ['blobs', 'actions', 'runs', 'leases', 'live'])
    rmSync(path.join(empty.home, 'cache', folder), { recursive: true, force: true });
  empty.writeConfig(config);
  const run = await empty.json<RunResult>('run', '--until', until);
  expect(Object.values(run.stages).every(({ hit }) => hit === 0)).toBe(true);
  return allOutputs(empty, run);
}

it('(8) kill -9 at every step of publishing and at random moments, of worker and server: the same digests, no manual step', async () => {
  const random = randomOf(SEED);
  const config = smallConfig(urls[0]!, SHORT);
  const expected = inEmptyStore(config);
  kept.writeConfig(config);
  await kept.command('run', '--workflow-id', 'killed', '--no-wait');
  const hook = `--import ${path.join(ROOT, 'bench/crash/die-at-step.mjs')}`;
  for (const step of ['blob:2', 'preimage:1', 'record:2', 'clean:1']) {
    const worker = await kept.startWorkerWith({ NODE_OPTIONS: hook, DIE_AT: step });
    if (worker.signalCode === null) await once(worker, 'exit');
    expect(worker.signalCode, step).toBe('SIGKILL');
  }
  keptWorker = await kept.startWorker();
  await pause(random() * 1000);
  keptWorker.kill('SIGKILL');
  await kept.killServer();
  await kept.startServer();
  keptWorker = await kept.startWorker();
  const run = await kept.json<RunResult>('status', '--workflow-id', 'killed', '--follow');
  expect(allOutputs(kept, run), `seed ${SEED}`).toEqual(await expected);
  expect((await kept.command('verify')).code).toBe(0);
  expect(ran(await kept.json<RunResult>('run'))).toEqual([]);
});

it('(11) after random edits of config, data, code and stored files a run does what its plan says and gives what an empty store gives', async () => {
  const random = randomOf(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const edited = await buildEdited(ROOT, 'lib/features/kernels/rsi.ts', (text) =>
    text.replaceAll('100', '99'),
  );
  const state = { url: urls[0]!, root: ROOT, change: {} };
  // Figures take longer than all the rest; (8) has them.
  const until = ['--until', 'backtest'];
  let last = await kept.json<RunResult>('run', ...until);
  let expected = Promise.resolve(allOutputs(kept, last));
  const damage = (how: 'flip' | 'truncate' | 'delete'): void =>
    damageBlob(kept, pick(Object.values(last.outputs!)), how);
  const edits: Record<string, () => void | Promise<void>> = {
    config: () =>
      void (state.change = pick([
        { lightgbm: { rounds: 6 } },
        { backtest: { fee: 0.0002 } },
        { salt: { predict: 'x' } },
      ])),
    data: () => void (state.url = urls[1]!),
    code: async () => {
      state.root = edited.root;
      await Promise.all([kept.stop(keptWorker), empty.stop(emptyWorker)]);
      [keptWorker, emptyWorker] = await Promise.all([
        kept.startWorkerWith({}, edited.root),
        empty.startWorkerWith({}, edited.root),
      ]);
    },
    deletion: () => damage('delete'),
    corruption: () => damage(pick(['flip', 'truncate'])),
  };
  const order = Object.keys(edits)
    .map((name) => ({ name, at: random() }))
    .sort((left, right) => left.at - right.at);
  try {
    for (const { name } of order) {
      const told = `${name}, seed ${SEED}`;
      await edits[name]!();
      const config = smallConfig(state.url, { ...SHORT, ...state.change });
      kept.writeConfig(config);
      if (!['deletion', 'corruption'].includes(name)) expected = inEmptyStore(config, 'backtest');
      const plan = await kept.json<PlanResult>('plan', ...until);
      last = await kept.json<RunResult>('run', ...until);
      const did = ran(last);
      const of = (...states: string[]): string[] =>
        plan.nodes.filter((node) => states.includes(node.state)).map(({ node }) => node);
      expect(
        of('STALE').filter((node) => !did.includes(node)),
        told,
      ).toEqual([]);
      expect(
        did.filter((node) => !of('STALE', 'PENDING').includes(node)),
        told,
      ).toEqual([]);
      expect(did.length, told).toBeGreaterThan(0);
      expect(allOutputs(kept, last), told).toEqual(await expected);
    }
  } finally {
    edited.remove();
  }
});
