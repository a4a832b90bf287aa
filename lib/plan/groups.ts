/** Which nodes a run's own workflow schedules and which go to child workflows, so that no history grows too long. Pure. */
import type { Stage } from '../config/types.js';
import type { PlanNode } from './node.js';
import type { ResolvedNode } from './resolve.js';

/**
 * Nodes to run that one workflow schedules itself. A node costs up to six events, so that this many stay
 * under 4,000 together with what a retry or a rebuild adds.
 */
export const MOST_INLINE_NODES = 400;
/** Folds of one child workflow: each is two nodes, at most a thousand events. */
const FOLDS_A_GROUP = 80;

/** Nodes that one child workflow runs. */
export interface WorkGroup {
  /** `market/BTCUSDT`, `models/1`. */
  readonly name: string;
  /** Nodes to run by stage. */
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
  /** Groups that must have ended before. */
  readonly deps: readonly string[];
}

export interface SplitWork {
  /** Nodes that the run's own workflow schedules; `deps` name nodes of this list and, by {@link groupId}, groups. */
  readonly work: ResolvedNode[];
  readonly groups: WorkGroup[];
  /** The nodes of each group; `deps` name only nodes of the same group. */
  readonly members: Record<string, ResolvedNode[]>;
}

/** How a group is named among the dependencies of a node. */
export function groupId(name: string): string {
  return `group:${name}`;
}

/** Splits what is to run; hits are left out, as nothing waits for them. Nodes come in topological order. */
export function splitWork(
  nodes: readonly PlanNode[],
  resolved: readonly ResolvedNode[],
  most = MOST_INLINE_NODES,
): SplitWork {
  const toRun = resolved.filter(({ state }) => state !== 'HIT');
  const groupOf = toRun.length <= most ? new Map<string, string>() : groupsOf(nodes, toRun);
  const running = new Set(toRun.map(({ id }) => id));
  const work: ResolvedNode[] = [];
  const members: Record<string, ResolvedNode[]> = {};
  const outside = new Map<string, Set<string>>();
  for (const node of toRun) {
    const own = groupOf.get(node.id);
    const waited = node.deps.filter((id) => running.has(id));
    if (own === undefined) {
      work.push({ ...node, deps: [...new Set(waited.map((id) => depOf(id, groupOf)))] });
      continue;
    }
    (members[own] ??= []).push({ ...node, deps: waited.filter((id) => groupOf.get(id) === own) });
    const others = outside.get(own) ?? new Set();
    for (const id of waited) if (groupOf.get(id) !== own) others.add(groupOf.get(id)!);
    outside.set(own, others);
  }
  const groups = Object.entries(members).map(([name, each]) => ({
    name,
    stages: countByStage(each),
    deps: [...outside.get(name)!],
  }));
  return { work, groups, members };
}

function depOf(id: string, groupOf: ReadonlyMap<string, string>): string {
  const group = groupOf.get(id);
  return group === undefined ? id : groupId(group);
}

/** Partitions by symbol, folds with their predictions by the dozen; what comes after stays with the run. */
function groupsOf(nodes: readonly PlanNode[], toRun: readonly ResolvedNode[]): Map<string, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const groups = new Map<string, string>();
  const folds = new Map<string, number>();
  for (const { id, stage } of toRun) {
    if (stage === 'klines' || stage === 'features') {
      groups.set(id, `market/${String(byId.get(id)!.params.symbol)}`);
    } else if (stage === 'fold' || stage === 'predict') {
      const label = id.slice(id.indexOf('/') + 1).replace(/\+\d+$/, '');
      if (!folds.has(label)) folds.set(label, folds.size);
      groups.set(id, `models/${Math.floor(folds.get(label)! / FOLDS_A_GROUP) + 1}`);
    }
  }
  return groups;
}

function countByStage(nodes: readonly ResolvedNode[]): Partial<Record<Stage, number>> {
  const counts: Partial<Record<Stage, number>> = {};
  for (const { stage } of nodes) counts[stage] = (counts[stage] ?? 0) + 1;
  return counts;
}
