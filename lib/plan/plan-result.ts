/** A resolved plan as `plan` shows it: nodes, root causes, expected time. Pure. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { STAGES, type Stage } from '../config/types.js';
import type { FoldText } from './graph-input.js';
import type { Reason } from './reasons.js';
import type { NodeState, ResolvedNode } from './resolve.js';

export interface PlannedNode {
  readonly node: string;
  readonly stage: Stage;
  readonly state: NodeState;
  readonly reason: Reason | null;
  readonly cause: string | null;
  readonly expectedMs: number | null;
}

/** A root cause and how many nodes it makes run, for sure and perhaps. */
export interface PlannedCause {
  readonly cause: string;
  readonly nodes: number;
  /** Nodes by stage, in the order of the stages. */
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
}

/** What a plan answers: `plan --json`. */
export interface PlanResult {
  readonly config: string;
  readonly nodes: readonly PlannedNode[];
  readonly causes: readonly PlannedCause[];
  /** Sum of the last costs of all nodes that would run. */
  readonly expectedMs: number;
  /** Nodes that would run of which no cost is known. */
  readonly unknownCosts: number;
  /** The walk-forward windows; empty where the plan ends before the folds. */
  readonly folds: readonly FoldText[];
}

/** A plan as it travels: Temporal takes no payload over 2 MB, and a large plan repeats itself. */
export type PackedPlan = Omit<PlanResult, 'nodes'> &
  ({ readonly nodes: readonly PlannedNode[] } | { readonly nodesGzip: string });

/** Longest list of nodes that travels as it is, in characters of JSON. */
const MOST_PLAIN = 1_000_000;

/** The plan of resolved nodes. */
export function planResultOf(
  config: string,
  resolved: readonly ResolvedNode[],
  folds: readonly FoldText[],
): PlanResult {
  const toRun = resolved.filter(({ state }) => state !== 'HIT');
  return {
    config,
    nodes: resolved.map(({ id, stage, state, reason, cause, expectedMs }) => ({
      ...{ node: id, stage, state, reason, cause, expectedMs },
    })),
    causes: causesOf(toRun),
    expectedMs: toRun.reduce((sum, { expectedMs }) => sum + (expectedMs ?? 0), 0),
    unknownCosts: toRun.filter(({ expectedMs }) => expectedMs === null).length,
    folds,
  };
}

/** The causes of nodes that are no hits, those with the most nodes first. */
export function causesOf(toRun: readonly ResolvedNode[]): PlannedCause[] {
  const causes = new Map<string, Map<Stage, number>>();
  for (const { cause, stage } of toRun) {
    if (cause === null) continue;
    const stages = causes.get(cause) ?? new Map<Stage, number>();
    causes.set(cause, stages.set(stage, (stages.get(stage) ?? 0) + 1));
  }
  const counted = [...causes].map(([cause, stages]) => ({
    cause,
    nodes: [...stages.values()].reduce((sum, count) => sum + count, 0),
    stages: Object.fromEntries(STAGES.flatMap((s) => (stages.has(s) ? [[s, stages.get(s)!]] : []))),
  }));
  return counted.sort((left, right) => right.nodes - left.nodes);
}

/** Packs a plan for its way through Temporal. */
export function packPlan(plan: PlanResult): PackedPlan {
  const { nodes, ...rest } = plan;
  const text = JSON.stringify(nodes);
  if (text.length <= MOST_PLAIN) return plan;
  return { ...rest, nodesGzip: gzipSync(text).toString('base64') };
}

/** Inverse of {@link packPlan}. */
export function unpackPlan(packed: PackedPlan): PlanResult {
  if (!('nodesGzip' in packed)) return packed;
  const { nodesGzip, ...rest } = packed;
  const nodes = JSON.parse(gunzipSync(Buffer.from(nodesGzip, 'base64')).toString('utf8')) as PlannedNode[];
  return { ...rest, nodes };
}
