import { describe, expect, it } from 'vitest';
import { explainNode, type Explanation } from '../../../lib/plan/explain.js';
import { renderExplanation } from '../../../commands/render-plan.js';
import { leavesOf } from '../../../lib/plan/leaves.js';
import { resolvePlan } from '../../../lib/plan/resolve.js';
import { built, FakeStore } from './fake-store.js';
import { graph, type GraphChange } from './fixtures.js';

async function explain(store: FakeStore, id: string, change: GraphChange = {}): Promise<Explanation> {
  const nodes = graph(change);
  const sources = store.sources();
  const { nodes: resolved, records } = await resolvePlan(nodes, sources);
  return explainNode(id, { nodes, resolved, records, past: await sources.past(id), codeOf: sources.codeOf });
}

describe('explainNode', () => {
  it('names exactly the leaf that changed, and the plan gives the same cause', async () => {
    const told = await explain(built(), 'backtest', { config: { backtest: { fee: 0.0002 } } });
    expect(told).toMatchObject({
      state: 'STALE',
      reason: 'PARAM_CHANGED',
      cause: 'feeFrac 0.0005 -> 0.0002',
      waitsFor: [],
      roots: [],
      stored: null,
      comparedWith: { runId: 'r' },
    });
    expect(told.differences).toEqual([
      { reason: 'PARAM_CHANGED', leaf: 'feeFrac', from: '0.0005', to: '0.0002' },
    ]);
    expect(told.leaves.filter(({ state }) => state !== 'same').map(({ leaf }) => leaf)).toEqual(['feeFrac']);
    expect(told.key).not.toBe(told.previousKey);
  });

  it('says that it cannot compare where the preimage of the last run is lost and the key is another', async () => {
    const store = built();
    store.withoutPreimage.add('backtest');
    const told = await explain(store, 'backtest', { config: { backtest: { fee: 0.0002 } } });
    expect(told).toMatchObject({
      reason: 'OBJECT_MISSING',
      cause: 'changed; what it was is lost (preimage)',
      preimageLost: true,
      differences: [],
    });
    expect(new Set(told.leaves.map(({ state }) => state))).toEqual(new Set(['unknown']));
    expect(told.leaves.find(({ leaf }) => leaf === 'feeFrac')).toMatchObject({ now: '0.0002' });
    const text = renderExplanation(told);
    expect(text).toContain('what changed cannot be told');
    expect(text).toContain('? param    feeFrac = 0.0002');
    expect(text).not.toContain('No leaf');
  });

  it('needs no lost preimage where the key is the same: then so is every leaf', async () => {
    const store = built();
    store.withoutPreimage.add('backtest');
    const told = await explain(store, 'backtest');
    expect(told).toMatchObject({ state: 'HIT', preimageLost: false, differences: [] });
    expect(new Set(told.leaves.map(({ state }) => state))).toEqual(new Set(['same']));
  });

  it('shows everything that is hashed, and the output, of a hit', async () => {
    const store = built();
    const told = await explain(store, 'fold/2023-04-01');
    const { preimage } = store.records.get(store.last.get('fold/2023-04-01')!)!;
    expect(told).toMatchObject({ state: 'HIT', reason: null, differences: [], key: told.previousKey });
    expect(told.leaves.map(({ leaf, now }) => [leaf, now])).toEqual(
      leavesOf(preimage).map(({ leaf, value }) => [leaf, value]),
    );
    expect(told.leaves.every(({ state }) => state === 'same')).toBe(true);
    expect(told.stored?.length).toBeGreaterThan(0);
  });

  it('says what a pending node waits for, down to the roots, and which of its leaves are unknown', async () => {
    const told = await explain(built(), 'report/page', { config: { lightgbm: { num_leaves: 63 } } });
    expect(told).toMatchObject({ state: 'PENDING', key: null, differences: [] });
    expect(told.waitsFor.map(({ node }) => node)).toContain('evaluate');
    expect(told.roots).toEqual(
      ['fold/2023-04-01', 'fold/2023-04-11'].map((node) => ({
        node,
        state: 'STALE',
        cause: 'lightgbm.params.num_leaves 16 -> 63',
      })),
    );
    const states = new Map(told.leaves.map(({ leaf, state }) => [leaf, state]));
    expect(states.get('evaluation:evaluate')).toBe('unknown');
    // What comes from klines is there already.
    expect(states.get('quality:klines/BTCUSDT/2023-03')).toBe('same');
    expect(states.get('symbol')).toBe('same');
  });

  it('says that a node that waits has a known input that changed', async () => {
    const store = built();
    // Another package of features gives other bytes for one month, and a fold is forced.
    store.impl = (program) => (program === 'features' ? 'v2' : 'v1');
    const told = await explain(store, 'predict/2023-04-01', { config: { lightgbm: { num_leaves: 63 } } });
    expect(told.state).toBe('PENDING');
    expect(told.roots.map(({ node }) => node)).toContain('features/BTCUSDT/2023-03');
  });

  it('explains a node that never ran', async () => {
    const told = await explain(new FakeStore(), 'klines/BTCUSDT/2023-03');
    expect(told).toMatchObject({
      state: 'STALE',
      reason: 'NEVER_BUILT',
      comparedWith: null,
      previousKey: null,
    });
    expect(told.leaves.find(({ leaf }) => leaf === 'month')).toMatchObject({ now: '2023-03', before: null });
  });

  it('names a code change by both fingerprints', async () => {
    const store = built();
    store.impl = (program) => (program === 'evaluate' ? 'v2' : 'v1');
    expect((await explain(store, 'evaluate')).differences).toEqual([
      { reason: 'CODE_CHANGED', leaf: 'code', from: 'v1', to: 'v2' },
    ]);
  });

  it('refuses a name that is no node, and offers the nearest', async () => {
    await expect(explain(built(), 'fold/2023-04-02')).rejects.toThrow(
      /no node "fold\/2023-04-02"\. Near that name: fold\/2023-04-01, fold\/2023-04-11/,
    );
  });
});
