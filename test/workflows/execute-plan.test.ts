import { describe, expect, it } from 'vitest';
import type { StageAnswer } from '../../activities/contract.js';
import type { ResolvedNode } from '../../lib/plan/resolve.js';
import { executePlan, type Execution, type ExecutionHost } from '../../workflows/execute-plan.js';

function node(id: string, deps: string[] = []): ResolvedNode {
  return {
    id,
    stage: 'features',
    deps,
    state: 'STALE',
    reason: null,
    cause: null,
    expectedMs: null,
    key: null,
  };
}

const answer = (id: string): StageAnswer => ({
  key: `k-${id}`,
  status: 'ran',
  diverged: false,
  facts: {},
  wallMs: 1,
});

class Broken extends Error {
  constructor(readonly node: string) {
    super('broken');
  }
}

interface Log {
  calls: { id: string; keys: Readonly<Record<string, string>> }[];
  most: number;
}

function host(compute: (id: string, call: number) => Promise<StageAnswer> | StageAnswer): {
  host: ExecutionHost;
  log: Log;
} {
  const log: Log = { calls: [], most: 0 };
  let running = 0;
  return {
    log,
    host: {
      compute: async (each, keys) => {
        log.calls.push({ id: each.id, keys });
        log.most = Math.max(log.most, (running += 1));
        await Promise.resolve();
        try {
          return await compute(each.id, log.calls.filter(({ id }) => id === each.id).length);
        } finally {
          running -= 1;
        }
      },
      describeFailure: (each, thrown) =>
        (thrown as Error).message === 'cancelled'
          ? null
          : { node: each.id, type: 'DataError', message: (thrown as Error).message, key: null },
      brokenInput: (thrown) =>
        thrown instanceof Broken ? { node: thrown.node, stage: 'features' as const } : null,
      isBlocked: (thrown) => (thrown as Error).message === 'input failed elsewhere',
      changed: () => undefined,
    },
  };
}

const statuses = ({ outcomes }: Execution): Record<string, string> =>
  Object.fromEntries([...outcomes].map(([id, { status }]) => [id, status]));

describe('executePlan', () => {
  it('computes each node after its inputs and hands it their keys', async () => {
    const { host: given, log } = host((id) => answer(id));
    const execution = await executePlan([node('b'), node('c', ['b'])], given);
    expect(log.calls).toEqual([
      { id: 'b', keys: {} },
      { id: 'c', keys: { b: 'k-b' } },
    ]);
    expect(statuses(execution)).toEqual({ b: 'ran', c: 'ran' });
  });

  it('starts a node without waiting for its siblings', async () => {
    const order: string[] = [];
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const { host: given } = host(async (id) => {
      if (id === 'slow') await slow;
      order.push(id);
      if (id === 'after-quick') release();
      return answer(id);
    });
    await executePlan([node('slow'), node('quick'), node('after-quick', ['quick'])], given);
    expect(order).toEqual(['quick', 'after-quick', 'slow']);
  });

  it('blocks what reads a failed node and finishes everything else', async () => {
    const { host: given } = host((id) => {
      if (id === 'bad') throw new Error('no such bar');
      return answer(id);
    });
    const execution = await executePlan(
      [node('bad'), node('good'), node('x', ['bad']), node('y', ['x']), node('z', ['good'])],
      given,
    );
    expect(statuses(execution)).toEqual({ bad: 'failed', good: 'ran', x: 'blocked', y: 'blocked', z: 'ran' });
    expect(execution.failures).toEqual([
      { node: 'bad', type: 'DataError', message: 'no such bar', key: null },
    ]);
  });

  it('blocks a node whose input failed in another workflow, without calling that a failure', async () => {
    const { host: given } = host((id) => {
      if (id === 'a') throw new Error('input failed elsewhere');
      return answer(id);
    });
    const execution = await executePlan([node('a'), node('b', ['a']), node('c')], given);
    expect(statuses(execution)).toEqual({ a: 'blocked', b: 'blocked', c: 'ran' });
    expect(execution.failures).toEqual([]);
  });

  it('rebuilds a broken input once for all that read it, then goes on', async () => {
    const { host: given, log } = host((id, call) => {
      if ((id === 'b' || id === 'c') && call === 1) throw new Broken('a');
      return answer(id);
    });
    const execution = await executePlan([node('b'), node('c')], given);
    expect(statuses(execution)).toEqual({ a: 'ran', b: 'ran', c: 'ran' });
    expect(log.calls.filter(({ id }) => id === 'a')).toHaveLength(1);
  });

  it('gives up on an input that breaks every time', async () => {
    const { host: given, log } = host((id) => {
      if (id === 'b') throw new Broken('a');
      return answer(id);
    });
    const execution = await executePlan([node('b')], given);
    expect(statuses(execution).b).toBe('failed');
    expect(log.calls.length).toBeLessThan(20);
  });

  it('ends at once when the failure is a cancellation', async () => {
    const { host: given } = host(() => {
      throw new Error('cancelled');
    });
    await expect(executePlan([node('a')], given)).rejects.toThrow('cancelled');
  });

  it('keeps at most 200 activities pending', async () => {
    const { host: given, log } = host((id) => answer(id));
    const nodes = Array.from({ length: 1000 }, (_, index) => node(`n${index}`));
    const execution = await executePlan(nodes, given);
    expect(execution.outcomes.size).toBe(1000);
    expect(log.most).toBe(200);
  });
});
