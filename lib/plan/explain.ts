/** Everything that is hashed into one node's key, beside what it was at the last run. Pure. */
import { distance } from 'fastest-levenshtein';
import { ConfigError } from '../errors.js';
import { leavesOf, type Leaf, type LeafKind } from './leaves.js';
import type { KnownRecord, PlanNode } from './node.js';
import { expectedInputs, type CodeIdentity, type NodePreimage } from './preimage.js';
import { diffLeaves, type Difference } from './reasons.js';
import { partialPreimage, type NodePast, type ResolvedNode, type RunIdentity } from './resolve.js';

export interface ExplainedLeaf {
  readonly kind: LeafKind;
  readonly leaf: string;
  /** Null where the leaf is absent, or, for an input that is not known yet, where nobody can tell. */
  readonly before: string | null;
  readonly now: string | null;
  readonly state: 'same' | 'changed' | 'added' | 'removed' | 'unknown';
}

/** A node whose output another one needs and has not. */
export interface WaitedFor {
  readonly node: string;
  readonly state: string;
  readonly cause: string | null;
}

export interface Explanation {
  readonly node: string;
  readonly stage: string;
  readonly state: string;
  readonly reason: string | null;
  readonly cause: string | null;
  /** Null where an input is not known yet. */
  readonly key: string | null;
  readonly previousKey: string | null;
  /** The run that the leaves are compared with; null where no earlier run had the node. */
  readonly comparedWith: RunIdentity | null;
  /** What that run had is lost, so nothing can be said to have changed or not. */
  readonly preimageLost: boolean;
  readonly differences: readonly Difference[];
  readonly leaves: readonly ExplainedLeaf[];
  readonly waitsFor: readonly WaitedFor[];
  /** The nodes at the root of the waiting, with their own causes. */
  readonly roots: readonly WaitedFor[];
  /** What is stored under the key; null for anything but a hit. */
  readonly stored:
    readonly { readonly name: string; readonly digest: string; readonly rows: number | null }[] | null;
}

export interface ExplainSources {
  readonly nodes: readonly PlanNode[];
  readonly resolved: readonly ResolvedNode[];
  readonly records: ReadonlyMap<string, KnownRecord>;
  readonly past: NodePast;
  codeOf(program: PlanNode['program']): CodeIdentity;
}

/**
 * Explains one node of a resolved plan.
 * @throws ConfigError NODE_UNKNOWN with the nearest names
 */
export function explainNode(id: string, sources: ExplainSources): Explanation {
  const node = findNode(id, sources.nodes);
  const byId = new Map(sources.resolved.map((each) => [each.id, each]));
  const resolved = byId.get(id)!;
  const { last } = sources.past;
  const now = preimageNow(node, last?.preimage ?? null, sources);
  // Of equal keys the preimages are equal, so that a lost one is known all the same.
  const before = last?.preimage ?? (last !== null && last.key === resolved.key ? now : null);
  const preimageLost = last !== null && before === null;
  const unknown = unknownLeaves(node, sources);
  const beforeLeaves = before === null ? [] : leavesOf(before);
  const nowLeaves = leavesOf(now);
  const record = sources.records.get(id) ?? null;
  return {
    node: id,
    stage: resolved.stage,
    state: resolved.state,
    reason: resolved.reason,
    cause: resolved.cause,
    key: resolved.key,
    previousKey: last?.key ?? null,
    comparedWith: last?.run ?? null,
    preimageLost,
    differences: before === null ? [] : diffLeaves(beforeLeaves, nowLeaves),
    leaves: preimageLost
      ? nowLeaves.map((leaf) => uncompared(leaf, unknown))
      : pairLeaves(beforeLeaves, nowLeaves, unknown),
    waitsFor: waiting(resolved, byId),
    roots: rootsOf(resolved, byId),
    stored: record?.outputs.map(({ name, digest, rows }) => ({ name, digest, rows: rows ?? null })) ?? null,
  };
}

function findNode(id: string, nodes: readonly PlanNode[]): PlanNode {
  const node = nodes.find((each) => each.id === id);
  if (node !== undefined) return node;
  const near = nodes
    .map((each) => ({ id: each.id, far: distance(id, each.id) }))
    .sort((left, right) => left.far - right.far)
    .slice(0, 5)
    .map((each) => each.id);
  throw new ConfigError('NODE_UNKNOWN', {
    what: `The plan has no node "${id}".`,
    fix: `Near that name: ${near.join(', ')}; \`npx minute-alpha plan --json\` lists all ${nodes.length}.`,
    details: { node: id },
  });
}

/** The preimage as far as it is known. */
function preimageNow(
  node: PlanNode,
  before: NodePreimage | null,
  { records, codeOf }: ExplainSources,
): NodePreimage {
  const code = codeOf(node.program);
  const { program: stage, params, salt } = node;
  const nothing: NodePreimage = { v: 'k1', stage, ...code, params, inputs: [], salt };
  return partialPreimage(node, before ?? nothing, { code, records });
}

/** Names of the inputs that other nodes still have to make. */
function unknownLeaves(node: PlanNode, { records }: ExplainSources): ReadonlySet<string> {
  const inputs = expectedInputs(node, records).filter(({ digest }) => digest === null);
  return new Set(inputs.map(({ name }) => name));
}

function pairLeaves(
  before: readonly Leaf[],
  now: readonly Leaf[],
  unknown: ReadonlySet<string>,
): ExplainedLeaf[] {
  const nameOf = ({ kind, leaf }: Leaf): string => `${kind} ${leaf}`;
  const old = new Map(before.map((leaf) => [nameOf(leaf), leaf]));
  const names = new Set(now.map(nameOf));
  const pairs = [
    ...now.map((leaf) => ({ was: old.get(nameOf(leaf)), leaf })),
    ...before.filter((leaf) => !names.has(nameOf(leaf))).map((leaf) => ({ was: leaf, leaf: undefined })),
  ];
  return pairs.map(({ was, leaf }) => {
    const { kind, leaf: name } = (leaf ?? was)!;
    const isUnknown = kind === 'input' && leaf !== undefined && unknown.has(name);
    return {
      kind,
      leaf: name,
      before: was?.value ?? null,
      now: isUnknown ? null : (leaf?.value ?? null),
      state: isUnknown ? 'unknown' : stateOf(was, leaf),
    };
  });
}

/** A leaf whose counterpart of the last run is lost. */
function uncompared({ kind, leaf, value }: Leaf, unknown: ReadonlySet<string>): ExplainedLeaf {
  const now = kind === 'input' && unknown.has(leaf) ? null : value;
  return { kind, leaf, before: null, now, state: 'unknown' };
}

function stateOf(was: Leaf | undefined, leaf: Leaf | undefined): ExplainedLeaf['state'] {
  if (was === undefined) return 'added';
  if (leaf === undefined) return 'removed';
  return was.exact === leaf.exact ? 'same' : 'changed';
}

function waiting(node: ResolvedNode, byId: ReadonlyMap<string, ResolvedNode>): WaitedFor[] {
  return node.deps
    .map((dep) => byId.get(dep))
    .filter((dep) => dep !== undefined && dep.state !== 'HIT')
    .map((dep) => ({ node: dep!.id, state: dep!.state, cause: dep!.cause }));
}

/** The stale nodes upstream that wait for nothing themselves. */
function rootsOf(node: ResolvedNode, byId: ReadonlyMap<string, ResolvedNode>): WaitedFor[] {
  const roots = new Map<string, WaitedFor>();
  const seen = new Set<string>();
  const open = waiting(node, byId);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.node)) continue;
    seen.add(next.node);
    const further = waiting(byId.get(next.node)!, byId);
    if (further.length === 0 || next.state === 'STALE') roots.set(next.node, next);
    open.push(...further);
  }
  return [...roots.values()].sort((left, right) => (left.node < right.node ? -1 : 1));
}
