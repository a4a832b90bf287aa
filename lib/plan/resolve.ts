/** What to run and why: walks the DAG against the store. Pure but for the look-ups it is given. */
import type { Stage } from '../config/types.js';
import { dependenciesOf, stageOf, type KnownRecord, type PlanNode } from './node.js';
import { preimageOf, type CodeIdentity, type NodePreimage } from './preimage.js';
import { describeDifference, diffPreimages, type Difference, type Reason } from './reasons.js';

/** STALE is certain; PENDING may still turn out a hit once its inputs are known. */
export type NodeState = 'HIT' | 'STALE' | 'PENDING';

export interface ResolvedNode {
  readonly id: string;
  readonly stage: Stage;
  readonly deps: readonly string[];
  readonly state: NodeState;
  readonly reason: Reason | null;
  /** The leaf behind the reason in a few words, such as `num_leaves 31 -> 63`; null for a hit. */
  readonly cause: string | null;
  /** Wall time of the last computation, ms; null where none is known. */
  readonly expectedMs: number | null;
  /** Null where an input is not known yet. */
  readonly key: string | null;
}

export type LookupAnswer =
  | { readonly state: 'hit'; readonly record: KnownRecord }
  | { readonly state: 'miss'; readonly reason: Reason };

/** What the resolver asks of the world. */
export interface ResolveSources {
  keyOf(preimage: NodePreimage): string;
  lookup(program: string, key: string): Promise<LookupAnswer>;
  /** Key and preimage of the node at the last run that had it; null when there was none. */
  previous(id: string): Promise<{ preimage: NodePreimage; wallMs: number | null } | null>;
  codeOf(program: PlanNode['program']): CodeIdentity;
}

export interface Resolution {
  readonly nodes: ResolvedNode[];
  /** Records of the hits, by node. */
  readonly records: Map<string, KnownRecord>;
}

/** Resolves the nodes, which come in topological order. */
export async function resolvePlan(nodes: readonly PlanNode[], sources: ResolveSources): Promise<Resolution> {
  const records = new Map<string, KnownRecord>();
  const resolved: ResolvedNode[] = [];
  const byId = new Map<string, ResolvedNode>();
  for (const node of nodes) {
    const deps = dependenciesOf(node);
    const waiting = deps.filter((id) => byId.get(id)?.state !== 'HIT');
    const answer =
      waiting.length > 0
        ? await resolveWaiting(
            node,
            waiting.map((id) => byId.get(id)!),
            sources,
          )
        : await resolveKnown(node, records, sources);
    if (answer.record) records.set(node.id, answer.record);
    const entry: ResolvedNode = {
      id: node.id,
      stage: stageOf(node),
      deps,
      state: answer.state,
      reason: answer.reason,
      cause: answer.cause,
      expectedMs: answer.expectedMs,
      key: answer.key,
    };
    byId.set(node.id, entry);
    resolved.push(entry);
  }
  return { nodes: resolved, records };
}

interface Answer {
  state: NodeState;
  reason: Reason | null;
  cause: string | null;
  expectedMs: number | null;
  key: string | null;
  record: KnownRecord | null;
}

/** All inputs are hits: the key is known, so the store decides. */
async function resolveKnown(
  node: PlanNode,
  records: ReadonlyMap<string, KnownRecord>,
  sources: ResolveSources,
): Promise<Answer> {
  const preimage = preimageOf(node, records, sources.codeOf(node.program));
  const key = sources.keyOf(preimage);
  const found = await sources.lookup(node.program, key);
  if (found.state === 'hit' && !node.forced) {
    return { state: 'HIT', reason: null, cause: null, expectedMs: 0, key, record: found.record };
  }
  const last = await sources.previous(node.id);
  const base = { state: 'STALE' as const, expectedMs: last?.wallMs ?? null, key, record: null };
  if (node.forced) return { ...base, reason: 'FORCED', cause: 'forced' };
  const reason = found.state === 'miss' ? found.reason : 'NEVER_BUILT';
  return { ...base, ...explainMiss(reason, last?.preimage ?? null, preimage) };
}

function explainMiss(
  reason: Reason,
  before: NodePreimage | null,
  after: NodePreimage,
): { reason: Reason; cause: string } {
  if (reason !== 'NEVER_BUILT' || before === null) return { reason, cause: causeOfMiss(reason) };
  const differences = diffPreimages(before, after);
  const first = differences[0];
  if (first === undefined) return { reason, cause: causeOfMiss(reason) };
  return { reason: first.reason, cause: describeAll(differences) };
}

function causeOfMiss(reason: Reason): string {
  return reason === 'NEVER_BUILT' ? 'never built' : reason.toLowerCase().replace('_', ' ');
}

function describeAll(differences: readonly Difference[]): string {
  const shown = differences.slice(0, 2).map(describeDifference).join(', ');
  return differences.length > 2 ? `${shown} and ${differences.length - 2} more` : shown;
}

/** Some input is not there yet: certain only where the node's own leaves changed or it never ran. */
async function resolveWaiting(
  node: PlanNode,
  waiting: readonly ResolvedNode[],
  sources: ResolveSources,
): Promise<Answer> {
  const last = await sources.previous(node.id);
  const base = { expectedMs: last?.wallMs ?? null, key: null, record: null };
  if (node.forced) return { state: 'STALE', reason: 'FORCED', cause: 'forced', ...base };
  if (last === null) return { state: 'STALE', reason: 'NEVER_BUILT', cause: 'never built', ...base };
  const code = sources.codeOf(node.program);
  const inputs = last.preimage.inputs;
  const own = {
    ...last.preimage,
    params: node.params,
    salt: node.salt,
    impl: code.impl,
    env: code.env,
    inputs,
  };
  const differences = diffPreimages(last.preimage, own);
  const first = differences[0];
  if (first) return { state: 'STALE', reason: first.reason, cause: describeAll(differences), ...base };
  const cause = waiting.find(({ cause }) => cause !== null)?.cause ?? 'inputs not known yet';
  return { state: 'PENDING', reason: 'INPUT_CHANGED', cause, ...base };
}
