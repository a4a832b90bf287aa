/** A run of more nodes than one history should hold: child workflows take them, and nothing else changes. */
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import { MOST_INLINE_NODES } from '../../lib/plan/groups.js';
import type { PlanResult } from '../../lib/plan/plan-result.js';
import { JobBench } from './harness.js';

const SYMBOLS = ['AUSDT', 'BUSDT'];
const MONTHS = 5;
const bench = new JobBench('many-nodes');
let client: Client;

beforeAll(async () => {
  await bench.startServer();
  const market = [
    '--model',
    'martingale',
    '--symbols',
    ...SYMBOLS,
    '--start',
    '2020-01-01',
    '--end',
    '2020-05-21',
  ];
  const url = await bench.startExchange(...market, '--weight-limit', '100000');
  await bench.startWorker();
  bench.writeConfig({
    candle_interval: '1h',
    train_symbols: SYMBOLS,
    inference_symbol: SYMBOLS[0],
    start_date: '2020-01-01',
    end_date: '2020-05-21',
    binance_base_url: url,
    binance_archive_url: url,
    request_delay: 0,
    // Hundreds of folds of next to nothing.
    folds: { train: '30d', valid: '7d', test: '12h', step: '12h' },
    lightgbm: { rounds: 2, min_data_in_leaf: 20 },
  });
  client = new Client({ connection: await Connection.connect({ address: bench.env.TEMPORAL_ADDRESS! }) });
}, 60_000);

afterAll(async () => {
  await client.connection.close();
  await bench.close();
});

/** Workflows of a run and how many events their histories have. */
async function histories(workflowId: string): Promise<Record<string, number>> {
  const lengths: Record<string, number> = {};
  for await (const run of client.workflow.list()) {
    const [root, , ...group] = run.workflowId.split('/');
    if (root !== workflowId) continue;
    const { historyLength } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
    lengths[group.join('/')] = historyLength;
  }
  return lengths;
}

describe('a run of hundreds of nodes', () => {
  it('is done by child workflows, one a symbol and one for some folds, each with a short history', async () => {
    const run = await bench.json<RunResult>('run', '--until', 'predict', '--workflow-id', 'many');
    const folds = run.stages.fold!.nodes;
    const nodes = SYMBOLS.length * MONTHS * 2 + folds * 2;
    expect(nodes).toBeGreaterThan(MOST_INLINE_NODES);
    expect(run.stages).toMatchObject({
      klines: { ran: SYMBOLS.length * MONTHS },
      features: { ran: SYMBOLS.length * MONTHS },
      fold: { ran: folds, failed: 0 },
      predict: { ran: folds, failed: 0 },
    });
    expect(Object.keys(run.outputs!)).toHaveLength(nodes);
    expect(run.ran).toHaveLength(nodes);
    const lengths = await histories('many');
    const ofModels = Object.keys(lengths).filter((group) => group.startsWith('models/'));
    expect(ofModels.length).toBeGreaterThan(2);
    expect(
      Object.keys(lengths)
        .filter((group) => !ofModels.includes(group))
        .sort(),
    ).toEqual(['', ...SYMBOLS.map((symbol) => `market/${symbol}`)]);
    expect(Math.max(...Object.values(lengths))).toBeLessThan(4000);
  });

  it('finds everything again without any child', async () => {
    const plan = await bench.json<PlanResult>('plan', '--until', 'predict');
    expect(plan.nodes.every(({ state }) => state === 'HIT')).toBe(true);
    const run = await bench.json<RunResult>('run', '--until', 'predict', '--workflow-id', 'again');
    expect(run.ran).toEqual([]);
    expect(Object.keys(await histories('again'))).toEqual(['']);
  });
});
