/** Runs the nodes of a plan, each as soon as its own inputs are there. Deterministic; knows no Temporal. */
import type { NodeFailure, NodeOutcome, StageAnswer } from '../activities/contract.js';
import type { Stage } from '../lib/config/types.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';
import { Slots } from './slots.js';

export interface ExecutionHost {
  /** Computes one node; rejects with whatever `describeFailure` and `brokenInput` understand. */
  compute(node: ResolvedNode, keys: Readonly<Record<string, string>>): Promise<StageAnswer>;
  /** Null where the rejection must end the whole run (a cancellation). */
  describeFailure(node: ResolvedNode, thrown: unknown): NodeFailure | null;
  /** The node whose stored output turned out broken; null for any other failure. */
  brokenInput(thrown: unknown): { readonly node: string; readonly stage: Stage } | null;
  /** True where an input failed in another workflow of the same run. */
  isBlocked(thrown: unknown): boolean;
  changed(execution: Execution): void;
}

export interface Execution {
  readonly outcomes: Map<string, NodeOutcome>;
  readonly running: Set<string>;
  readonly failures: NodeFailure[];
}

/** Activities scheduled at once; Temporal refuses more than 2,000 pending ones a workflow. */
const MOST_AT_ONCE = 200;
/** Rebuilds of broken inputs for one consumer before it counts as failed. */
const MOST_REBUILDS = 5;

/**
 * Executes all nodes; a failed node blocks what reads it and nothing else. Nodes come in topological order,
 * inputs that are not among them are there. Rejects only when `describeFailure` says so.
 */
export async function executePlan(
  nodes: readonly ResolvedNode[],
  host: ExecutionHost,
  execution: Execution = { outcomes: new Map(), running: new Set(), failures: [] },
): Promise<Execution> {
  const executor = new PlanExecutor(nodes, host, execution);
  await executor.run();
  return execution;
}

class PlanExecutor {
  private readonly byId: Map<string, ResolvedNode>;
  private readonly rebuilds = new Map<string, Promise<StageAnswer>>();
  private readonly slots = new Slots(MOST_AT_ONCE);

  constructor(
    private readonly nodes: readonly ResolvedNode[],
    private readonly host: ExecutionHost,
    private readonly execution: Execution,
  ) {
    this.byId = new Map(nodes.map((node) => [node.id, node]));
  }

  async run(): Promise<void> {
    const finished = new Map<string, Promise<void>>();
    for (const node of this.nodes) {
      const inputs = node.deps.flatMap((id) => finished.get(id) ?? []);
      finished.set(
        node.id,
        Promise.all(inputs).then(() => this.settle(node)),
      );
    }
    this.host.changed(this.execution);
    await Promise.all(finished.values());
  }

  private async settle(node: ResolvedNode): Promise<void> {
    const { outcomes, failures } = this.execution;
    const blocked = node.deps.some((id) => ['failed', 'blocked'].includes(outcomes.get(id)?.status ?? ''));
    if (blocked) {
      this.note(node.id, BLOCKED);
      return;
    }
    try {
      const { status, key, wallMs, diverged } = await this.computeMending(node);
      this.note(node.id, { status, key, wallMs, diverged });
    } catch (thrown) {
      const failure = this.host.describeFailure(node, thrown);
      if (failure === null) throw thrown;
      if (this.host.isBlocked(thrown)) this.note(node.id, BLOCKED);
      else {
        failures.push(failure);
        const { key, message } = failure;
        this.note(node.id, { status: 'failed', key, wallMs: 0, diverged: false, error: message });
      }
    }
    this.host.changed(this.execution);
  }

  /** Computes a node; where a stored input proves broken, rebuilds that input and tries again. */
  private async computeMending(node: ResolvedNode): Promise<StageAnswer> {
    for (let rebuilds = 0; ; rebuilds++) {
      try {
        return await this.compute(node);
      } catch (thrown) {
        const broken = this.host.brokenInput(thrown);
        if (broken === null || rebuilds >= MOST_REBUILDS) throw thrown;
        await this.rebuild(this.byId.get(broken.node) ?? foundBroken(broken));
      }
    }
  }

  /** Consumers that meet the same broken input at the same time wait for one rebuild. */
  private async rebuild(node: ResolvedNode): Promise<void> {
    let rebuild = this.rebuilds.get(node.id);
    if (rebuild === undefined) {
      rebuild = this.computeMending(node);
      this.rebuilds.set(node.id, rebuild);
    }
    try {
      const { status, key, wallMs, diverged } = await rebuild;
      this.note(node.id, { status, key, wallMs, diverged });
    } finally {
      this.rebuilds.delete(node.id);
    }
  }

  private compute(node: ResolvedNode): Promise<StageAnswer> {
    return this.slots.run(async () => {
      this.execution.running.add(node.id);
      this.host.changed(this.execution);
      try {
        return await this.host.compute(node, this.computedKeys(node));
      } finally {
        this.execution.running.delete(node.id);
      }
    });
  }

  /** Keys of the inputs that this workflow computed. */
  private computedKeys(node: ResolvedNode): Record<string, string> {
    const keys: Record<string, string> = {};
    for (const id of node.deps) {
      const key = this.execution.outcomes.get(id)?.key;
      if (key) keys[id] = key;
    }
    return keys;
  }

  private note(id: string, outcome: NodeOutcome): void {
    this.execution.outcomes.set(id, outcome);
  }
}

const BLOCKED: NodeOutcome = { status: 'blocked', key: null, wallMs: 0, diverged: false };

/** A node that was a hit, or another workflow's, until its bytes were wanted: its inputs stand in the plan or in pages. */
export function foundBroken({ node, stage }: { node: string; stage: Stage }): ResolvedNode {
  return {
    id: node,
    stage,
    deps: [],
    state: 'STALE',
    reason: 'OBJECT_CORRUPT',
    cause: 'found broken in this run',
    expectedMs: null,
    key: null,
  };
}
