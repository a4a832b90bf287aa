/**
 * The twelve promises of the cache, each on a real Temporal server, worker, exchange and store.
 * Hours instead of minutes, so that a fold takes a tenth of a second; nothing else is smaller than life.
 * (8), and (11) on random edits: kills-and-edits.test.ts; both as scripts with hundreds of rounds: bench/cache-edits,
 * bench/crash. (12) through all artifacts: poisoned-future.test.ts.
 */
import { chmodSync, cpSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import type { Explanation } from '../../lib/plan/explain.js';
import type { PlanResult } from '../../lib/plan/plan-result.js';
import { openExistingStorage, type ActionCost } from '../../lib/store/index.js';
import { JobBench, ROOT } from './harness.js';
import { damageBlob, MARKET, ran, set, smallConfig as config, SYMBOLS } from './small-job.js';
import { buildEdited } from '../../bench/cache-edits/edited-build.mjs';

const bench = new JobBench('acceptance');
let first: RunResult;

/** Nodes that a plan says would or may run. */
const planned = ({ nodes }: PlanResult, ...states: string[]): string[] =>
  nodes
    .filter(({ state }) => states.includes(state))
    .map(({ node }) => node)
    .sort();
const until = (stage: string): string[] => ['run', '--until', stage];

beforeAll(async () => {
  await bench.startServer();
  const url = await bench.startExchange(...MARKET);
  await bench.startWorker();
  bench.writeConfig(config(url));
  first = await bench.json<RunResult>('run');
}, 180_000);

afterAll(() => bench.close());

it('the first run computes every node, each for the reason that it was never built', () => {
  expect(ran(first)).toHaveLength(6 * 2 * 2 + 3 * 2 + 2 + 3);
  expect(new Set(first.ran.map(({ reason }) => reason))).toEqual(new Set(['NEVER_BUILT']));
  expect(first.causes).toEqual([
    {
      cause: 'never built',
      nodes: 35,
      stages: { klines: 12, features: 12, fold: 3, predict: 3, evaluate: 1, backtest: 1, report: 3 },
    },
  ]);
  expect(first.ran.every(({ key }) => /^[0-9a-f]{64}$/.test(key))).toBe(true);
});

it.runIf(process.platform === 'linux')(
  'records say what a thread can know of the cost, and nothing else',
  async () => {
    const costs = new Map<string, ActionCost>();
    for await (const stored of openExistingStorage(path.join(bench.home, 'cache')).allRecords())
      if ('record' in stored) costs.set(stored.stage, stored.record!.cost);
    for (const stage of ['features', 'evaluate', 'backtest', 'reportPage']) {
      const { wallMs, cpuMs } = costs.get(stage)!;
      expect(cpuMs, stage).toBeGreaterThan(0);
      // Both are rounded.
      expect(cpuMs, stage).toBeLessThanOrEqual(wallMs + 1);
    }
    for (const stage of ['fold', 'predict', 'quantileFigures', 'backtestFigures'])
      expect(costs.get(stage)!.cpuMs, stage).toBeNull();
    expect(Math.min(...[...costs.values()].map(({ processPeakRssMb }) => processPeakRssMb!))).toBeGreaterThan(
      0,
    );
  },
);

describe('acceptance', () => {
  it('(1) a second identical run runs no stage and gives the same digests', async () => {
    const plan = await bench.command('plan');
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringMatching(/Nothing to do\.\n$/) as string });
    const second = await bench.json<RunResult>('run');
    expect(ran(second)).toEqual([]);
    expect(second.outputs).toEqual(first.outputs);
  });

  it('(2) one changed leaf of backtest runs backtest and its report, and explain names that leaf', async () => {
    const change = set('backtest.fee=0.0002');
    const told = await bench.json<Explanation>('explain', 'backtest', ...change);
    expect(told).toMatchObject({
      state: 'STALE',
      reason: 'PARAM_CHANGED',
      comparedWith: { workflowId: 'minute-alpha' },
    });
    expect(told.differences).toEqual([
      { reason: 'PARAM_CHANGED', leaf: 'feeFrac', from: '0.0005', to: '0.0002' },
    ]);
    const text = await bench.command('explain', 'backtest', ...change);
    expect(text.stdout).toMatch(
      /PARAM_CHANGED feeFrac: 0\.0005 -> 0\.0002[\s\S]*\* param +feeFrac = 0\.0002/,
    );
    const run = await bench.json<RunResult>('run', ...change);
    expect(ran(run)).toEqual(['backtest', 'report/equity', 'report/page']);
    // The explanation is the key: what it promised is what was computed.
    expect(run.ran.find(({ node }) => node === 'backtest')).toMatchObject({
      key: told.key,
      reason: 'PARAM_CHANGED',
    });
  });

  it('(3) num_leaves makes every fold stale with one root cause, klines and features hit', async () => {
    const change = set('lightgbm.num_leaves=7');
    const { code, stdout } = await bench.command('plan', '--until', 'predict', ...change, '--json');
    expect(code).toBe(2);
    const plan = JSON.parse(stdout) as PlanResult;
    const folds = ['2022-04-01', '2022-05-01', '2022-06-01'].map((label) => `fold/${label}`);
    expect(planned(plan, 'STALE')).toEqual(folds);
    expect(plan.causes.map(({ cause }) => cause)).toEqual(['lightgbm.params.num_leaves 16 -> 7']);
    expect(plan.expectedMs).toBeGreaterThan(0);
    const run = await bench.json<RunResult>(...until('fold'), ...change);
    expect(ran(run)).toEqual(folds);
    expect(run.stages).toMatchObject({ klines: { hit: 12 }, features: { hit: 12 } });
  });

  it('(4) one more month runs one klines and one features partition a symbol, the new fold, and evaluation onward', async () => {
    const run = await bench.json<RunResult>('run', ...set('end_date=2022-08-01'));
    expect(ran(run)).toEqual(
      [
        ...SYMBOLS.flatMap((symbol) => [`klines/${symbol}/2022-07`, `features/${symbol}/2022-07`]),
        'fold/2022-07-01',
        'predict/2022-07-01',
        'evaluate',
        'backtest',
        'report/quantiles',
        'report/equity',
        'report/page',
      ].sort(),
    );
    expect(run.outputs!['fold/2022-06-01']).toBe(first.outputs!['fold/2022-06-01']);
  });

  it('(7) touching, copying to another folder, reordering and CRLF run nothing', async () => {
    const file = path.join(bench.home, 'config.json');
    const given = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const reordered = Object.fromEntries(Object.entries(given).reverse());
    writeFileSync(
      path.join(bench.home, 'other.json'),
      JSON.stringify(reordered, null, 2).replaceAll('\n', '\r\n'),
    );
    for (const blob of readdirSync(path.join(bench.home, 'cache/blobs/sha256'), {
      recursive: true,
      encoding: 'utf8',
    }).slice(0, 40)) {
      const full = path.join(bench.home, 'cache/blobs/sha256', blob);
      if (!/[0-9a-f]{62}$/.test(blob)) continue;
      chmodSync(full, 0o644);
      utimesSync(full, new Date(), new Date());
    }
    expect(await bench.command('plan', '--config', 'other.json')).toMatchObject({ code: 0 });
    const copy = new JobBench('acceptance-copy');
    try {
      // Neither time stamps nor hard links survive: bytes are hashed again and found to be what they were.
      cpSync(path.join(bench.home, 'cache'), path.join(copy.home, 'cache'), { recursive: true });
      cpSync(file, path.join(copy.home, 'config.json'));
      await copy.startServer();
      await copy.startWorker();
      const run = await copy.json<RunResult>('run');
      expect(ran(run)).toEqual([]);
      expect(run.outputs).toEqual(first.outputs);
    } finally {
      await copy.close();
    }
  });

  it.each(['flip', 'truncate', 'delete'] as const)(
    '(9) after a %s of one stored file that node alone is rebuilt, with the right reason',
    async (how) => {
      const node = 'features/BUSDT/2022-03';
      damageBlob(bench, first.outputs![node]!, how);
      const reason = how === 'delete' ? 'OBJECT_MISSING' : 'OBJECT_CORRUPT';
      expect((await bench.command('verify')).code).toBe(1);
      const plan = await bench.json<PlanResult>('plan');
      expect(plan.nodes.filter(({ state }) => state === 'STALE')).toMatchObject([{ node, reason }]);
      const run = await bench.json<RunResult>('run');
      expect(run.ran).toMatchObject([{ node, reason }]);
      expect(run.outputs).toEqual(first.outputs);
      expect((await bench.command('verify')).code).toBe(0);
    },
  );

  it('(9) an artifact edited in place, which is the stored file itself, is noticed and rebuilt', async () => {
    const file = path.join(first.artifacts.models!, 'fold_01.txt');
    const before = readFileSync(file);
    chmodSync(file, 0o644);
    writeFileSync(file, Buffer.concat([before, Buffer.from('edited')]));
    const run = await bench.json<RunResult>('run');
    expect(run.ran).toMatchObject([{ node: 'fold/2022-04-01', reason: 'OBJECT_CORRUPT' }]);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(run.outputs).toEqual(first.outputs);
  });

  it('(10) two runs at once compute each key once', async () => {
    const change = [
      ...until('predict'),
      ...set('lightgbm.num_leaves=9', 'feature_flags={"rsi":true,"bop":true}'),
    ];
    const runs = await Promise.all(
      ['one', 'two'].map((id) => bench.json<RunResult>(...change, '--workflow-id', id)),
    );
    expect(runs[0]!.outputs).toEqual(runs[1]!.outputs);
    const computed = runs.flatMap(({ ran: nodes }) => nodes.map(({ key }) => key));
    expect(computed).toHaveLength(12 + 3 + 3);
    expect(new Set(computed).size).toBe(computed.length);
  });

  it('(11) what a plan says is what the run does, over a chain of edits', async () => {
    const edits = ['lightgbm.rounds=6', 'evaluate.bins=5', 'start_date=2022-02-01'];
    const settings: string[] = [];
    for (const edit of edits) {
      settings.push(edit);
      const plan = await bench.json<PlanResult>('plan', '--until', 'backtest', ...set(...settings));
      const run = await bench.json<RunResult>(...until('backtest'), ...set(...settings));
      const did = ran(run);
      const certain = planned(plan, 'STALE');
      const possible = new Set(planned(plan, 'STALE', 'PENDING'));
      expect(
        certain.filter((node) => !did.includes(node)),
        edit,
      ).toEqual([]);
      expect(
        did.filter((node) => !possible.has(node)),
        edit,
      ).toEqual([]);
      expect(did.length, edit).toBeGreaterThan(0);
    }
  });

  it('a node that failed is FAILED in the next plan, what reads it BLOCKED, and STALE once its key is another', async () => {
    // Rates of one moment only: the backtest refuses them, and nothing before it can know.
    writeFileSync(
      path.join(bench.home, 'rates.csv'),
      `symbol,timestamp,rate\nAUSDT,${Date.UTC(2022, 5, 1)},0.0001\n`,
    );
    const failing = set('backtest.funding=rates.csv');
    expect((await bench.command('run', ...failing, '--workflow-id', 'failing')).code).toBe(1);
    const plan = await bench.json<PlanResult>('plan', ...failing);
    expect(planned(plan, 'FAILED')).toEqual(['backtest']);
    expect(planned(plan, 'BLOCKED')).toEqual(['report/equity', 'report/page']);
    expect(plan.causes[0]!.cause).toMatch(/failed last time: /);
    const other = await bench.json<PlanResult>('plan', ...failing, ...set('backtest.fee=0.0007'));
    expect(planned(other, 'FAILED')).toEqual([]);
    expect(planned(other, 'STALE')).toEqual(['backtest']);
  });

  it('export and import carry a run to another store, where it is found', async () => {
    const tar = path.join(bench.home, 'run.tar');
    await bench.json('export', tar);
    const copy = new JobBench('acceptance-import');
    try {
      cpSync(path.join(bench.home, 'config.json'), path.join(copy.home, 'config.json'));
      expect((await copy.command('import', tar)).code).toBe(0);
      await copy.startServer();
      await copy.startWorker();
      const { runs } = await copy.json<{ runs: { runId: string; hit: number; ran: number }[] }>('runs');
      expect(runs).toHaveLength(1);
      const plan = await copy.json<PlanResult>('plan', '--until', 'features');
      expect(plan.nodes.length).toBeGreaterThan(0);
      expect((await copy.command('verify')).code).toBe(0);
    } finally {
      await copy.close();
    }
  });

  it('(12) bars that change after a test window move neither key nor model of its fold', async () => {
    const url = await bench.startExchange(
      ...MARKET.map((flag) => (flag === '2022-09-01' ? '2022-06-11' : flag)),
    );
    const cut = await bench.json<RunResult>(
      ...until('predict'),
      ...set(`binance_base_url=${url}`, `binance_archive_url=${url}`),
    );
    for (const node of [
      'fold/2022-04-01',
      'predict/2022-04-01',
      'fold/2022-05-01',
      'predict/2022-05-01',
      'fold/2022-06-01',
    ])
      expect(cut.outputs![node], node).toBe(first.outputs![node]);
    expect(ran(cut).filter((node) => node.startsWith('fold/'))).toEqual([]);
    expect(ran(cut)).toContain('predict/2022-06-01');
  });
});

describe('acceptance of edited code, with a worker of its build', () => {
  let worker: Awaited<ReturnType<JobBench['startWorker']>>;
  const own = new JobBench('edited');

  beforeAll(async () => {
    await own.startServer();
    cpSync(path.join(bench.home, 'cache'), path.join(own.home, 'cache'), { recursive: true });
    cpSync(path.join(bench.home, 'config.json'), path.join(own.home, 'config.json'));
  }, 60_000);

  afterAll(() => own.close());

  async function runEdited(
    file: string,
    edit: (source: string) => string,
  ): Promise<{ run: RunResult; moved: readonly string[] }> {
    const build = await buildEdited(ROOT, file, edit);
    try {
      worker = await own.startWorkerWith({}, build.root);
      const run = await own.json<RunResult>('run');
      await own.stop(worker);
      return { run, moved: build.moved };
    } finally {
      build.remove();
    }
  }

  it('(5) a comment runs nothing', async () => {
    const { run, moved } = await runEdited('lib/backtest/account.ts', (source) => `// A remark.\n${source}`);
    expect(moved).toEqual([]);
    expect(ran(run)).toEqual([]);
  });

  it('(5) a change of meaning two imports deep runs exactly the stages that reach it, for that reason', async () => {
    const { run, moved } = await runEdited('lib/backtest/account.ts', (source) =>
      source.replace('(1 - this.costs.feeFrac) ** 2', '(1 - this.costs.feeFrac) ** 3'),
    );
    expect(moved).toEqual(['backtest']);
    expect(ran(run)).toEqual(['backtest', 'report/equity', 'report/page']);
    expect(run.ran[0]).toMatchObject({ node: 'backtest', reason: 'CODE_CHANGED' });
  });

  it('(6) code that changed and gives the same bytes runs that stage alone', async () => {
    const { run, moved } = await runEdited(
      'lib/model/training.ts',
      (source) => `globalThis.name = 'edited';\n${source}`,
    );
    expect(moved).toEqual(['fold']);
    expect(ran(run)).toEqual(['fold/2022-04-01', 'fold/2022-05-01', 'fold/2022-06-01']);
    expect(run.outputs).toEqual(first.outputs);
  });

  it('two workers of different code at once: each node is computed by the code that the plan meant', async () => {
    const build = await buildEdited(
      ROOT,
      'lib/model/training.ts',
      (source) => `globalThis.name = 'other';\n${source}`,
    );
    const workers = [await own.startWorkerWith({}, build.root), await own.startWorkerWith({})];
    try {
      const run = await own.json<RunResult>(
        ...until('predict'),
        ...set('lightgbm.num_leaves=6'),
        '--workflow-id',
        'mixed',
      );
      expect(ran(run).filter((node) => node.startsWith('fold/'))).toHaveLength(3);
      const told = await Promise.all(
        ['2022-04-01', '2022-05-01', '2022-06-01'].map((label) =>
          own.json<Explanation>('explain', `fold/${label}`, ...set('lightgbm.num_leaves=6')),
        ),
      );
      const codes = new Set(told.map(({ leaves }) => leaves.find(({ kind }) => kind === 'code')?.before));
      expect(codes.size).toBe(1);
    } finally {
      for (const each of workers) await own.stop(each);
      build.remove();
    }
  });
});
