import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dependenciesOf, type KnownRecord, type PlanNode } from '../../../lib/plan/node.js';
import { preimageOf, type NodePreimage } from '../../../lib/plan/preimage.js';
import { diffPreimages } from '../../../lib/plan/reasons.js';
import { resolvePlan, type LookupAnswer, type ResolveSources } from '../../../lib/plan/resolve.js';
import { graph, nodeOf, observed, type GraphChange } from './fixtures.js';

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
const OUTPUTS = [
  'bars',
  'quality',
  'rows',
  'summary',
  'model',
  'validation',
  'predictions',
  'evaluation',
  'backtest',
  'equity',
];

/** A store in memory whose "computation" is a hash of the preimage's inputs and parameters. */
class FakeStore {
  readonly records = new Map<string, { record: KnownRecord; preimage: NodePreimage }>();
  readonly last = new Map<string, string>();
  impl: (program: string) => string = () => 'v1';
  /** What a program's output bytes depend on; a rewrite of the code need not change them. */
  bytesOf: (preimage: NodePreimage) => unknown = ({ params, inputs, impl }) => [params, inputs, impl];
  daysOf: (node: PlanNode) => { day: string; digest: string }[] = () => [];

  sources(): ResolveSources {
    return {
      keyOf: (preimage) => hash(preimage),
      lookup: async (_program, key): Promise<LookupAnswer> => {
        const found = this.records.get(key);
        return found ? { state: 'hit', record: found.record } : { state: 'miss', reason: 'NEVER_BUILT' };
      },
      previous: async (id) => {
        const found = this.records.get(this.last.get(id) ?? '');
        return found ? { preimage: found.preimage, wallMs: 10 } : null;
      },
      codeOf: (program) => ({ impl: this.impl(program), env: {} }),
    };
  }

  /** Runs all that is stale, as the workflow does; answers the ids that ran. */
  run(nodes: readonly PlanNode[]): string[] {
    const records = new Map<string, KnownRecord>();
    const ran: string[] = [];
    for (const node of nodes) {
      const inputs = new Map(dependenciesOf(node).map((id) => [id, records.get(id)!]));
      const preimage = preimageOf(node, inputs, { impl: this.impl(node.program), env: {} });
      const key = hash(preimage);
      if (!this.records.has(key)) {
        ran.push(node.id);
        const bytes = hash(this.bytesOf(preimage));
        const outputs = OUTPUTS.map((name) => ({
          name,
          digest: `${bytes}-${name}`,
          days: this.daysOf(node),
        }));
        this.records.set(key, { preimage, record: { key, outputs, cost: { wallMs: 10 } } });
      }
      records.set(node.id, this.records.get(key)!.record);
      this.last.set(node.id, key);
    }
    return ran;
  }
}

async function plan(
  store: FakeStore,
  change: GraphChange = {},
): Promise<Map<string, { state: string; cause: string | null; reason: string | null }>> {
  const { nodes } = await resolvePlan(graph(change), store.sources());
  return new Map(nodes.map(({ id, state, cause, reason }) => [id, { state, cause, reason }]));
}

function built(): FakeStore {
  const store = new FakeStore();
  store.daysOf = (node) =>
    node.program === 'klines' || node.program === 'features'
      ? Array.from({ length: 31 }, (_, day) => ({
          day: `${String(node.params.month)}-${String(day + 1).padStart(2, '0')}`,
          digest: hash([
            node.params.symbol,
            node.program,
            day,
            JSON.stringify(node.params.definition ?? null),
          ]),
        }))
      : [];
  store.run(graph());
  return store;
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
      graph({ input: { observation: { closedEndMs: Date.UTC(2023, 4, 3), symbols, rechecked: {} } } }),
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
