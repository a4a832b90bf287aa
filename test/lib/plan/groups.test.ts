import { describe, expect, it } from 'vitest';
import { groupId, MOST_INLINE_NODES, splitWork } from '../../../lib/plan/groups.js';
import { resolvePlan } from '../../../lib/plan/resolve.js';
import { built, FakeStore } from './fake-store.js';
import { graph } from './fixtures.js';
import { largeGraph } from './large-graph.js';

/** Events of a node: scheduled, started, completed, and a workflow task of three. */
const EVENTS_A_NODE = 6;

describe('splitWork', () => {
  it('keeps a small run in one workflow, without its hits and without waiting for them', async () => {
    const nodes = graph({ config: { backtest: { fee: 0.0002 } } });
    const { nodes: resolved } = await resolvePlan(nodes, built().sources());
    const { work, groups } = splitWork(nodes, resolved);
    expect(groups).toEqual([]);
    expect(work.map(({ id, deps }) => [id, deps])).toEqual([
      ['backtest', []],
      ['report/equity', ['backtest']],
      ['report/page', ['backtest']],
    ]);
  });

  it('gives every node of 100 symbols x 60 months to one workflow, none with 4,000 events', async () => {
    const nodes = largeGraph({ symbols: 100, months: 60, folds: 48 });
    const { nodes: resolved } = await resolvePlan(nodes, new FakeStore().sources());
    const { work, groups, members } = splitWork(nodes, resolved);
    const placed = [...work, ...Object.values(members).flat()].map(({ id }) => id);
    expect(placed.length).toBe(nodes.length);
    expect(new Set(placed).size).toBe(nodes.length);
    expect(groups.map(({ name }) => name).sort()).toEqual(Object.keys(members).sort());
    const events = Object.values(members).map((each) => each.length * EVENTS_A_NODE);
    expect(Math.max(...events)).toBeLessThan(4000);
    expect((work.length + groups.length) * EVENTS_A_NODE).toBeLessThan(4000);
    expect(JSON.stringify({ work, groups }).length).toBeLessThan(500_000);
  });

  it('makes a group wait for exactly the groups that its nodes read', async () => {
    const nodes = graph();
    const { nodes: resolved } = await resolvePlan(nodes, new FakeStore().sources());
    const { work, groups, members } = splitWork(nodes, resolved, 5);
    const deps = new Map(groups.map(({ name, deps: read }) => [name, [...read].sort()]));
    expect(deps.get('market/BTCUSDT')).toEqual([]);
    expect(deps.get('models/1')).toEqual(['market/BTCUSDT', 'market/ETHUSDT']);
    expect(work.find(({ id }) => id === 'evaluate')!.deps).toContain(groupId('models/1'));
    for (const [name, each] of Object.entries(members)) {
      const own = new Set(each.map(({ id }) => id));
      for (const { id, deps: read } of each) {
        expect(
          read.every((dep) => own.has(dep)),
          `${id} of ${name} reads ${read.join(' ')}`,
        ).toBe(true);
      }
    }
  });

  it('keeps a history without child workflows under 4,000 events', () => {
    expect(MOST_INLINE_NODES * EVENTS_A_NODE).toBeLessThan(4000 * 0.75);
  });
});
