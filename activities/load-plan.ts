/** The stored plan of a run and the pages of its outcomes: read once by digest, kept for the activities that follow. */
import { InvariantError } from '../lib/errors.js';
import type { FoldWindow } from '../lib/plan/graph-input.js';
import type { PlanNode, ProgramName } from '../lib/plan/node.js';
import type { CodeIdentity } from '../lib/plan/preimage.js';
import type { PlannedCause } from '../lib/plan/plan-result.js';
import type { Reason } from '../lib/plan/reasons.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';
import type { Storage } from '../lib/store/index.js';
import type { NodeOutcome } from './contract.js';

/** What `resolve` stores for the run's activities. */
export interface StoredPlan {
  readonly nodes: readonly PlanNode[];
  /** Keys of the hits, by node. */
  readonly keys: Readonly<Record<string, string>>;
  /** Why each node that is no hit runs. */
  readonly why: Readonly<Record<string, { readonly reason: Reason | null; readonly cause: string | null }>>;
  readonly causes: readonly PlannedCause[];
  readonly causesLeftOut: number;
  /** The nodes of each child workflow. */
  readonly groups: Readonly<Record<string, readonly ResolvedNode[]>>;
  readonly folds: readonly FoldWindow[];
  /** Code and libraries of the worker that planned: of every program of the plan. */
  readonly code: Readonly<Partial<Record<ProgramName, CodeIdentity>>>;
}

export interface LoadedPlan extends StoredPlan {
  readonly byId: ReadonlyMap<string, PlanNode>;
  /** The nodes that figures are drawn from. */
  readonly drawn: ReadonlySet<string>;
}

const FIGURES: readonly ProgramName[] = ['quantileFigures', 'backtestFigures'];

/** How the nodes of one child workflow ended, by node. */
export type OutcomePage = Readonly<Record<string, NodeOutcome>>;

const KEPT_PLANS = 8;
const KEPT_PAGES = 1000;
const plans = new Map<string, Promise<LoadedPlan>>();
const pages = new Map<string, Promise<OutcomePage>>();

/** Reads a plan by its digest; immutable, so it is kept in memory for later activities. */
export function loadPlan(store: Storage, digest: string): Promise<LoadedPlan> {
  return remembered(plans, KEPT_PLANS, digest, async () => {
    const plan = await readJson<StoredPlan>(store, digest);
    const figures = plan.nodes.filter(({ program }) => FIGURES.includes(program));
    return {
      ...plan,
      byId: new Map(plan.nodes.map((node) => [node.id, node])),
      drawn: new Set(figures.flatMap(({ inputs }) => inputs.flatMap(({ nodes }) => nodes))),
    };
  });
}

/** Reads pages of outcomes by their digests. */
export function loadPages(store: Storage, digests: readonly string[]): Promise<OutcomePage[]> {
  return Promise.all(
    digests.map((digest) =>
      remembered(pages, KEPT_PAGES, digest, () => readJson<OutcomePage>(store, digest)),
    ),
  );
}

function remembered<T>(
  memory: Map<string, Promise<T>>,
  kept: number,
  digest: string,
  read: () => Promise<T>,
): Promise<T> {
  const known = memory.get(digest);
  if (known !== undefined) return known;
  const value = read();
  memory.set(digest, value);
  value.catch(() => memory.delete(digest));
  const [oldest] = memory.keys();
  if (memory.size > kept && oldest !== undefined) memory.delete(oldest);
  return value;
}

async function readJson<T>(store: Storage, digest: string): Promise<T> {
  return JSON.parse((await store.readBlob(digest)).toString('utf8')) as T;
}

/** The node of a plan. */
export function planNode(plan: LoadedPlan, id: string): PlanNode {
  const node = plan.byId.get(id);
  if (node !== undefined) return node;
  throw new InvariantError('NODE_UNKNOWN', {
    what: `The plan has no node "${id}".`,
    fix: 'This is a bug of minute-alpha: please report it with the run.',
  });
}
