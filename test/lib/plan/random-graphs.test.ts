/** Plans of random graphs after random edits, against what running them does. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PlanNode } from '../../../lib/plan/node.js';
import { resolvePlan } from '../../../lib/plan/resolve.js';
import { FakeStore } from './fake-store.js';

interface Shape {
  readonly program: PlanNode['program'];
  readonly value: number;
  readonly reads: readonly number[];
}

/** A node reads any of the nodes before it. */
const shape = fc.record({
  program: fc.constantFrom<PlanNode['program'][]>('klines', 'features', 'fold', 'predict'),
  value: fc.integer({ min: 0, max: 3 }),
  reads: fc.array(fc.nat(30), { maxLength: 4 }),
});

const edit = fc.oneof(
  fc.record({ kind: fc.constant('param' as const), at: fc.nat(30), value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    kind: fc.constant('code' as const),
    program: fc.constantFrom('features', 'fold'),
    version: fc.constantFrom('v1', 'v2'),
  }),
  fc.record({ kind: fc.constant('loss' as const), at: fc.nat(30) }),
  fc.record({
    kind: fc.constant('reads' as const),
    at: fc.nat(30),
    reads: fc.array(fc.nat(30), { maxLength: 4 }),
  }),
);

function nodesOf(shapes: readonly Shape[]): PlanNode[] {
  return shapes.map(({ program, value, reads }, index) => {
    const before = [...new Set(reads.filter((read) => read < index).map((read) => `n${read}`))];
    return {
      id: `n${index}`,
      program,
      params: { value },
      hints: {},
      inputs: before.map((id) => ({ name: 'in', nodes: [id], output: 'rows', window: null })),
      salt: '',
      forced: false,
    };
  });
}

it('a plan says exactly what runs: certain nodes run, others only where it said they might, under the keys it told', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(shape, { minLength: 1, maxLength: 15 }),
      fc.array(edit, { maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      async (first, edits, coarseness) => {
        const store = new FakeStore();
        // Outputs that depend on little: changed nodes often give the same bytes, so that cut-offs happen.
        store.bytesOf = ({ params, inputs }) => [
          Number(params.value) % coarseness,
          inputs.map(({ digest }) => digest),
        ];
        let shapes = first;
        const versions: Record<string, string> = {};
        store.impl = (program) => versions[program] ?? 'v1';
        store.run(nodesOf(shapes));
        for (const each of edits) {
          if (each.kind === 'code') versions[each.program] = each.version;
          if (each.kind === 'param')
            shapes = shapes.map((s, at) => (at === each.at ? { ...s, value: each.value } : s));
          if (each.kind === 'reads')
            shapes = shapes.map((s, at) => (at === each.at ? { ...s, reads: each.reads } : s));
          if (each.kind === 'loss') store.records.delete(store.last.get(`n${each.at}`) ?? '');
          const nodes = nodesOf(shapes);
          const { nodes: plan } = await resolvePlan(nodes, store.sources());
          const ran = new Set(store.run(nodes));
          for (const { id, state, key } of plan) {
            if (state === 'STALE')
              expect(ran.has(id) || store.sharedKey(store.last.get(id)!), `${id} STALE`).toBe(true);
            if (state === 'HIT') expect(ran.has(id), `${id} HIT`).toBe(false);
            if (key !== null) expect(store.last.get(id)).toBe(key);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
