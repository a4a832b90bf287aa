/** What to run and why: walks the DAG against the store. Pure but for the look-ups it is given. */
import type { Stage } from '../config/types.js';
import { dependenciesOf, stageOf, type KnownRecord, type PlanNode, type ProgramName } from './node.js';
import { expectedInputs, preimageOf, type CodeIdentity, type NodePreimage } from './preimage.js';
import { describeDifferences, diffPreimages, type Reason } from './reasons.js';

/**
 * STALE is certain; PENDING may still turn out a hit once its inputs are known. FAILED is STALE, and failed
 * with this very key when it was last tried; BLOCKED reads what FAILED. A run tries both again.
 */
export type NodeState = 'HIT' | 'STALE' | 'PENDING' | 'FAILED' | 'BLOCKED';

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

/** The node at the last run that had it. */
export interface PreviousNode {
  readonly key: string;
  /** Null where its bytes are gone. */
  readonly preimage: NodePreimage | null;
  readonly wallMs: number | null;
  /** What is left of it: its record, the tombstone of a collected one, nothing. */
  readonly left: 'built' | 'evicted' | 'nothing';
  readonly run: RunIdentity;
}

export interface RunIdentity {
  readonly runId: string;
  readonly workflowId: string;
  readonly finishedAt: string;
}

/** How the node failed, where it did not succeed since. */
export interface FailedNode {
  /** Null where it failed before its key was known. */
  readonly key: string | null;
  readonly message: string;
}

export interface NodePast {
  readonly last: PreviousNode | null;
  readonly failure: FailedNode | null;
  /** False where there are older runs that were not looked at. */
  readonly sawAllRuns: boolean;
}

export interface WantedKey {
  readonly stage: ProgramName;
  readonly key: string;
}

/** What the resolver asks of the world. */
export interface ResolveSources {
  keyOf(preimage: NodePreimage): string;
  lookupMany(wanted: readonly WantedKey[]): Promise<readonly LookupAnswer[]>;
  /** What earlier runs knew of a node. */
  past(id: string): Promise<NodePast>;
  codeOf(program: ProgramName): CodeIdentity;
}

export interface Resolution {
  readonly nodes: ResolvedNode[];
  /** Records of the hits, by node. */
  readonly records: Map<string, KnownRecord>;
  /** What is hashed into the keys of the hits. */
  readonly preimages: readonly NodePreimage[];
}

/** Resolves the nodes, which come in topological order and are answered in it. */
export async function resolvePlan(nodes: readonly PlanNode[], sources: ResolveSources): Promise<Resolution> {
  const resolver = new Resolver(sources);
  for (const level of levelsOf(nodes)) await resolver.resolveLevel(level);
  const { byId, records, preimages } = resolver;
  return { nodes: nodes.map(({ id }) => byId.get(id)!), records, preimages };
}

interface LeveledNode {
  readonly node: PlanNode;
  readonly deps: readonly string[];
}

/** Nodes whose inputs all lie in earlier levels, so that a level is looked up at once. */
function levelsOf(nodes: readonly PlanNode[]): LeveledNode[][] {
  const levels: LeveledNode[][] = [];
  const levelOf = new Map<string, number>();
  for (const node of nodes) {
    const deps = dependenciesOf(node);
    let level = 0;
    for (const id of deps) level = Math.max(level, (levelOf.get(id) ?? -1) + 1);
    levelOf.set(node.id, level);
    (levels[level] ??= []).push({ node, deps });
  }
  return levels;
}

type Answer = Pick<ResolvedNode, 'state' | 'reason' | 'cause' | 'expectedMs' | 'key'>;

class Resolver {
  readonly byId = new Map<string, ResolvedNode>();
  readonly records = new Map<string, KnownRecord>();
  readonly preimages: NodePreimage[] = [];

  constructor(private readonly sources: ResolveSources) {}

  async resolveLevel(level: readonly LeveledNode[]): Promise<void> {
    const known = level.filter(({ deps }) => deps.every((id) => this.records.has(id)));
    const keyed = known.map((each) => {
      const preimage = preimageOf(each.node, this.records, this.sources.codeOf(each.node.program));
      return { ...each, preimage, key: this.sources.keyOf(preimage) };
    });
    const answers = await this.sources.lookupMany(
      keyed.map(({ node, key }) => ({ stage: node.program, key })),
    );
    await Promise.all(keyed.map((each, index) => this.resolveKnown(each, answers[index]!)));
    const waiting = level.filter(({ deps }) => !deps.every((id) => this.records.has(id)));
    await Promise.all(waiting.map((each) => this.resolveWaiting(each)));
  }

  /** All inputs are hits: the key is known, so the store decides. */
  private async resolveKnown(
    { node, deps, preimage, key }: LeveledNode & { preimage: NodePreimage; key: string },
    found: LookupAnswer,
  ): Promise<void> {
    if (found.state === 'hit' && !node.forced) {
      this.settle(node, deps, { state: 'HIT', reason: null, cause: null, expectedMs: 0, key });
      this.records.set(node.id, found.record);
      this.preimages.push(preimage);
      return;
    }
    const { last, failure } = await this.sources.past(node.id);
    const base = { expectedMs: last?.wallMs ?? null, key };
    if (node.forced) {
      this.settle(node, deps, { ...base, state: 'STALE', reason: 'FORCED', cause: 'forced' });
      return;
    }
    const reason = found.state === 'miss' ? found.reason : 'NEVER_BUILT';
    const why = explainMiss(reason, last, preimage);
    const failed = failure !== null && failure.key === key;
    const cause = failed ? `failed last time: ${failure.message}` : why.cause;
    this.settle(node, deps, { ...base, state: failed ? 'FAILED' : 'STALE', reason: why.reason, cause });
  }

  /**
   * Some input is not there yet. Even a leaf of its own that changed may have changed back to what an older
   * run had, so only a node that no run ever had, or that is forced, runs for certain.
   */
  private async resolveWaiting({ node, deps }: LeveledNode): Promise<void> {
    const { last, sawAllRuns } = await this.sources.past(node.id);
    const waitsFor = deps.map((id) => this.byId.get(id)).filter((dep) => dep?.state !== 'HIT');
    const base = { expectedMs: last?.wallMs ?? null, key: null };
    const broken = waitsFor.find((dep) => dep?.state === 'FAILED' || dep?.state === 'BLOCKED');
    const inherited = waitsFor.find((dep) => dep?.cause)?.cause ?? 'inputs not known yet';
    if (broken) {
      this.settle(node, deps, { ...base, state: 'BLOCKED', reason: 'INPUT_CHANGED', cause: broken.cause });
    } else if (node.forced) {
      this.settle(node, deps, { ...base, state: 'STALE', reason: 'FORCED', cause: 'forced' });
    } else if (last === null) {
      const state = sawAllRuns ? 'STALE' : 'PENDING';
      this.settle(node, deps, { ...base, state, reason: 'NEVER_BUILT', cause: 'never built' });
    } else {
      const own = this.ownChange(node, last);
      const why = own ?? { reason: 'INPUT_CHANGED' as const, cause: inherited };
      this.settle(node, deps, { ...base, state: 'PENDING', ...why });
    }
  }

  /** What changed since the last run of what is known already; null where nothing did. */
  private ownChange(node: PlanNode, last: PreviousNode): { reason: Reason; cause: string } | null {
    if (last.preimage === null) return null;
    const now = partialPreimage(node, last.preimage, {
      code: this.sources.codeOf(node.program),
      records: this.records,
    });
    const differences = diffPreimages(last.preimage, now);
    const first = differences[0];
    return first === undefined ? null : { reason: first.reason, cause: describeDifferences(differences) };
  }

  private settle(node: PlanNode, deps: readonly string[], answer: Answer): void {
    this.byId.set(node.id, { id: node.id, stage: stageOf(node), deps, ...answer });
  }
}

/** Some leaf differs, and what the last run had is not known. */
const PREIMAGE_LOST = 'changed; what it was is lost (preimage)';

function explainMiss(
  reason: Reason,
  last: PreviousNode | null,
  after: NodePreimage,
): { reason: Reason; cause: string } {
  if (reason !== 'NEVER_BUILT' || last === null) return { reason, cause: causeOfMiss(reason) };
  if (last.preimage === null) {
    if (last.left === 'built') return { reason: 'OBJECT_MISSING', cause: PREIMAGE_LOST };
    const lost = last.left === 'evicted' ? 'EVICTED' : 'RECORD_CORRUPT';
    return { reason: lost, cause: causeOfMiss(lost) };
  }
  const differences = diffPreimages(last.preimage, after);
  const first = differences[0];
  if (first === undefined) return { reason, cause: causeOfMiss(reason) };
  return { reason: first.reason, cause: describeDifferences(differences) };
}

function causeOfMiss(reason: Reason): string {
  return reason === 'NEVER_BUILT' ? 'never built' : reason.toLowerCase().replace('_', ' ');
}

/** The preimage as far as it is known: where an input is not, what `before` had under its name stands in. */
export function partialPreimage(
  node: PlanNode,
  before: NodePreimage,
  known: { readonly code: CodeIdentity; readonly records: ReadonlyMap<string, KnownRecord> },
): NodePreimage {
  const { params, salt } = node;
  const old = new Map(before.inputs.map(({ name, digest }) => [name, digest]));
  const inputs = expectedInputs(node, known.records).map(({ name, window, digest }) => ({
    name,
    window,
    digest: digest ?? old.get(name) ?? 'unknown',
  }));
  return { ...before, stage: node.program, params, salt, ...known.code, inputs };
}
