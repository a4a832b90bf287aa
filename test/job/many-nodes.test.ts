/** A run of more nodes than one history should hold: child workflows take them, and nothing else changes. */
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import { MOST_INLINE_NODES } from '../../lib/plan/groups.js';
import type { PlanResult } from '../../lib/plan/plan-result.js';
import { JobBench } from './harness.js';

const SYMBOLS = Array.from({ length: 9 }, (_, index) => `S${index}USDT`);
const MONTHS = 23;
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
    '2021-12-01',
  ];
  const url = await bench.startExchange(...market, '--weight-limit', '100000');
  await bench.startWorker();
  bench.writeConfig({
    candle_interval: '1d',
    train_symbols: SYMBOLS,
    inference_symbol: SYMBOLS[0],
    start_date: '2020-01-01',
    end_date: '2021-12-01',
    binance_base_url: url,
    binance_archive_url: url,
    request_delay: 0,
    // A look-back of 512 days leaves few rows: what is made of them is not the point here.
    loss_budget: 1,
    folds: { train: '12mo', valid: '3mo', test: '3mo', step: '3mo' },
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
  it('is done by a child workflow a symbol, each with a short history, and its result tells all nodes', async () => {
    const run = await bench.json<RunResult>('run', '--until', 'features', '--workflow-id', 'many');
    const nodes = SYMBOLS.length * MONTHS * 2;
    expect(nodes).toBeGreaterThan(MOST_INLINE_NODES);
    expect(run.stages).toMatchObject({ klines: { ran: nodes / 2 }, features: { ran: nodes / 2, failed: 0 } });
    expect(Object.keys(run.outputs!)).toHaveLength(nodes);
    expect(run.ran).toHaveLength(nodes);
    const lengths = await histories('many');
    expect(Object.keys(lengths).sort()).toEqual(['', ...SYMBOLS.map((symbol) => `market/${symbol}`)]);
    expect(Math.max(...Object.values(lengths))).toBeLessThan(1000);
  });

  it('finds everything again without any child', async () => {
    const plan = await bench.json<PlanResult>('plan', '--until', 'features');
    expect(plan.nodes.every(({ state }) => state === 'HIT')).toBe(true);
    const run = await bench.json<RunResult>('run', '--until', 'features', '--workflow-id', 'again');
    expect(run.ran).toEqual([]);
    expect(Object.keys(await histories('again'))).toEqual(['']);
  });
});
