import { describe, expect, it } from 'vitest';
import { dependenciesOf } from '../../../lib/plan/node.js';
import { preimageOf, type NodePreimage } from '../../../lib/plan/preimage.js';
import { diffPreimages } from '../../../lib/plan/reasons.js';
import { resolvePlan } from '../../../lib/plan/resolve.js';
import { built, FakeStore } from './fake-store.js';
import { graph, nodeOf, observed, type GraphChange } from './fixtures.js';

async function plan(
  store: FakeStore,
  change: GraphChange = {},
): Promise<Map<string, { state: string; cause: string | null; reason: string | null }>> {
  const { nodes } = await resolvePlan(graph(change), store.sources());
  return new Map(nodes.map(({ id, state, cause, reason }) => [id, { state, cause, reason }]));
}

const stale = (states: Awaited<ReturnType<typeof plan>>): string[] =>
  [...states].filter(([, { state }]) => state === 'STALE').map(([id]) => id);

describe('resolvePlan', () => {
  it('finds everything never built in an empty store', async () => {
    const states = await plan(new FakeStore());
    expect(
      [...states.values()].every(({ state, reason }) => state === 'STALE' && reason === 'NEVER_BUILT'),
    ).toBe(true);
  });

  it('finds nothing to do after an identical run', async () => {
    const states = await plan(built());
    expect([...states.values()].every(({ state }) => state === 'HIT')).toBe(true);
  });

  it('runs only backtest and what is drawn from it after one backtest leaf', async () => {
    const states = await plan(built(), { config: { backtest: { fee: 0.0002 } } });
    expect(stale(states)).toEqual(['backtest']);
    expect(states.get('backtest')).toMatchObject({
      reason: 'PARAM_CHANGED',
      cause: 'feeFrac 0.0005 -> 0.0002',
    });
    expect(states.get('report/equity')!.state).toBe('PENDING');
    expect(states.get('report/page')!.cause).toBe('feeFrac 0.0005 -> 0.0002');
    expect(states.get('report/quantiles')!.state).toBe('HIT');
  });

  it('makes all folds stale by one LightGBM parameter and names it as the one root cause', async () => {
    const states = await plan(built(), { config: { lightgbm: { num_leaves: 63 } } });
    expect(stale(states)).toEqual(['fold/2023-04-01', 'fold/2023-04-11']);
    const causes = new Set(
      [...states.values()].filter(({ state }) => state !== 'HIT').map(({ cause }) => cause),
    );
    expect(causes).toEqual(new Set(['lightgbm.params.num_leaves 16 -> 63']));
  });

  it("says that a program's code changed", async () => {
    const store = built();
    store.impl = (program) => (program === 'evaluate' ? 'v2' : 'v1');
    const states = await plan(store);
    expect(states.get('evaluate')).toMatchObject({ state: 'STALE', reason: 'CODE_CHANGED' });
    expect(states.get('backtest')!.state).toBe('HIT');
  });

  it('cuts off where changed code yields the same bytes', () => {
    const store = built();
    store.impl = (program) => (program === 'features' ? 'v2' : 'v1');
    store.bytesOf = ({ params, inputs, impl }) => [params, inputs, impl === 'v2' ? 'v1' : impl];
    const ran = store.run(graph());
    expect(ran.every((id) => id.startsWith('features/'))).toBe(true);
    expect(ran).toHaveLength(4);
  });

  it('trains nothing again when bars come after a fold', () => {
    const store = built();
    const symbols = ['ETHUSDT', 'BTCUSDT'].map((symbol) => observed(symbol, '2022-01-01', '2023-05-02'));
    const ran = store.run(
      graph({ input: { observation: { closedEndMs: Date.UTC(2023, 4, 3), symbols, recheck: null } } }),
    );
    expect(ran.sort()).toEqual(
      ['BTCUSDT', 'ETHUSDT']
        .flatMap((symbol) => [`features/${symbol}/2023-05`, `klines/${symbol}/2023-05`])
        .concat('report/page')
        .sort(),
    );
  });

  it('forces a stage whatever is stored', async () => {
    const states = await plan(built(), { options: { force: ['features'] } });
    expect(states.get('features/BTCUSDT/2023-03')).toMatchObject({ state: 'STALE', reason: 'FORCED' });
    expect(states.get('klines/BTCUSDT/2023-03')!.state).toBe('HIT');
    expect(states.get('fold/2023-04-01')!.state).toBe('PENDING');
  });
});

describe('what went wrong before', () => {
  const NODE = 'evaluate';
  const change: GraphChange = { config: { evaluate: { bins: 20 } } };

  async function keyOf(store: FakeStore, id: string): Promise<string> {
    const { nodes } = await resolvePlan(graph(change), store.sources());
    return nodes.find((node) => node.id === id)!.key!;
  }

  it('calls a node FAILED that failed with this very key, and BLOCKED what reads it', async () => {
    const store = built();
    store.failures.set(NODE, { key: await keyOf(store, NODE), message: 'no such column' });
    const states = await plan(store, change);
    expect(states.get(NODE)).toEqual({
      state: 'FAILED',
      reason: 'PARAM_CHANGED',
      cause: 'failed last time: no such column',
    });
    expect(states.get('report/quantiles')).toMatchObject({ state: 'BLOCKED' });
    expect(states.get('report/page')).toMatchObject({ state: 'BLOCKED' });
    expect(states.get('backtest')!.state).toBe('HIT');
  });

  it('calls it STALE again once anything in its key changed', async () => {
    const store = built();
    store.failures.set(NODE, { key: await keyOf(store, NODE), message: 'no such column' });
    const states = await plan(store, { config: { evaluate: { bins: 5 } } });
    expect(states.get(NODE)!.state).toBe('STALE');
  });

  it.each(['OBJECT_MISSING', 'OBJECT_CORRUPT', 'RECORD_CORRUPT', 'EVICTED'] as const)(
    'says %s of exactly the node that lost its result',
    async (reason) => {
      const store = built();
      store.lost.set(store.last.get('features/BTCUSDT/2023-03')!, reason);
      const states = await plan(store);
      expect([...states].filter(([, { state }]) => state === 'STALE')).toEqual([
        [
          'features/BTCUSDT/2023-03',
          { state: 'STALE', reason, cause: reason.toLowerCase().replace('_', ' ') },
        ],
      ]);
      expect(states.get('fold/2023-04-01')).toMatchObject({ state: 'PENDING' });
    },
  );
});

describe('diffPreimages', () => {
  const base: NodePreimage = {
    v: 'k1',
    stage: 'fold',
    impl: 'a',
    params: { lightgbm: { num_leaves: 31 }, columns: ['x', 'y'] },
    inputs: [{ name: 'features/BTCUSDT', window: ['2023-03-01', '2023-04-01'], digest: 'd1' }],
    env: { lightgbm: '4.7.0' },
    salt: '',
  };

  it.each<[string, Partial<NodePreimage>, string, string]>([
    [
      'a leaf',
      { params: { ...base.params, lightgbm: { num_leaves: 63 } } },
      'PARAM_CHANGED',
      'lightgbm.num_leaves',
    ],
    ['a new leaf', { params: { ...base.params, extra: 1 } }, 'PARAM_ADDED', 'extra'],
    ['a lost leaf', { params: { lightgbm: { num_leaves: 31 } } }, 'PARAM_REMOVED', 'columns'],
    ['the salt', { salt: 'x' }, 'SALT_CHANGED', 'salt'],
    ['the code', { impl: 'b' }, 'CODE_CHANGED', 'code'],
    ['a library', { env: { lightgbm: '4.8.0' } }, 'ENV_CHANGED', 'lightgbm'],
    ['an input', { inputs: [{ ...base.inputs[0]!, digest: 'd2' }] }, 'INPUT_CHANGED', 'features/BTCUSDT'],
    ['the set of inputs', { inputs: [] }, 'INPUT_SET_CHANGED', 'features/BTCUSDT'],
  ])('names %s', (_, change, reason, leaf) => {
    expect(diffPreimages(base, { ...base, ...change })).toMatchObject([{ reason, leaf }]);
  });

  it('finds nothing between equal preimages', () => {
    expect(diffPreimages(base, structuredClone(base))).toEqual([]);
  });
});

it('keys a window by its days and not by the files that hold them', () => {
  const store = built();
  const node = nodeOf(graph(), 'fold/2023-04-01');
  const [, later] = ['2023-03', '2023-04'];
  const records = new Map(
    dependenciesOf(node).map((id) => [id, store.records.get(store.last.get(id)!)!.record] as const),
  );
  const before = preimageOf(node, records, { impl: '', env: {} });
  for (const [id, record] of records) {
    records.set(id, {
      ...record,
      outputs: record.outputs.map((output) => ({
        ...output,
        digest: 'another file',
        days: output.days!.map((day) => (day.day >= `${later}-01` ? { ...day, digest: 'poison' } : day)),
      })),
    });
  }
  expect(preimageOf(node, records, { impl: '', env: {} })).toEqual(before);
});
