/** The stored plan of a run: read once by digest, kept for the activities that follow. */
import { InvariantError } from '../lib/errors.js';
import type { FoldWindow } from '../lib/plan/graph-input.js';
import type { PlanNode } from '../lib/plan/node.js';
import type { Store } from '../lib/store/index.js';

/** What `resolve` stores for the run's activities. */
export interface StoredPlan {
  readonly nodes: readonly PlanNode[];
  /** Keys of the hits, by node. */
  readonly keys: Readonly<Record<string, string>>;
  readonly folds: readonly FoldWindow[];
}

export interface LoadedPlan extends StoredPlan {
  readonly byId: ReadonlyMap<string, PlanNode>;
}

const KEPT = 8;
const loaded = new Map<string, Promise<LoadedPlan>>();

/** Reads a plan by its digest; immutable, so it is kept in memory for later activities. */
export function loadPlan(store: Store, digest: string): Promise<LoadedPlan> {
  const known = loaded.get(digest);
  if (known !== undefined) return known;
  const plan = readPlan(store, digest);
  loaded.set(digest, plan);
  plan.catch(() => loaded.delete(digest));
  const [oldest] = loaded.keys();
  if (loaded.size > KEPT && oldest !== undefined) loaded.delete(oldest);
  return plan;
}

async function readPlan(store: Store, digest: string): Promise<LoadedPlan> {
  const bytes = await store.readBlob(digest);
  const plan = JSON.parse(bytes.toString('utf8')) as StoredPlan;
  return { ...plan, byId: new Map(plan.nodes.map((node) => [node.id, node])) };
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
