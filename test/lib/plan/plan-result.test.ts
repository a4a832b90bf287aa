import { describe, expect, it } from 'vitest';
import { packPlan, planResultOf, unpackPlan } from '../../../lib/plan/plan-result.js';
import { resolvePlan } from '../../../lib/plan/resolve.js';
import { built, FakeStore } from './fake-store.js';
import { graph } from './fixtures.js';
import { largeGraph } from './large-graph.js';

describe('the result of a plan', () => {
  it('counts the nodes of each root cause by stage, and what they once took', async () => {
    const { nodes } = await resolvePlan(
      graph({ config: { lightgbm: { num_leaves: 63 } } }),
      built().sources(),
    );
    const plan = planResultOf('sha256:c', nodes, []);
    expect(plan.causes).toEqual([
      {
        cause: 'lightgbm.params.num_leaves 16 -> 63',
        nodes: 9,
        stages: { fold: 2, predict: 2, evaluate: 1, backtest: 1, report: 3 },
      },
    ]);
    expect(plan).toMatchObject({ expectedMs: 90, unknownCosts: 0 });
  });

  it('tells how many nodes have no past cost', async () => {
    const { nodes } = await resolvePlan(graph(), new FakeStore().sources());
    expect(planResultOf('sha256:c', nodes, [])).toMatchObject({ expectedMs: 0, unknownCosts: nodes.length });
  });

  it('travels as it is where it is small, and under 2 MB with 12,000 nodes', async () => {
    const small = planResultOf('sha256:c', (await resolvePlan(graph(), built().sources())).nodes, []);
    expect(packPlan(small)).toBe(small);
    const nodes = largeGraph({ symbols: 100, months: 60, folds: 48 });
    const large = planResultOf('sha256:c', (await resolvePlan(nodes, new FakeStore().sources())).nodes, []);
    expect(large.nodes.length).toBeGreaterThan(12_000);
    const packed = packPlan(large);
    expect(JSON.stringify(packed).length).toBeLessThan(500_000);
    expect(unpackPlan(packed)).toEqual(large);
  });
});
