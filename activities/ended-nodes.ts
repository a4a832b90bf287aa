/** How the nodes of a run ended, and their records. */
import { StoreIntegrityError } from '../lib/errors.js';
import { stageOf, type PlanNode } from '../lib/plan/node.js';
import type { ActionRecord, Storage } from '../lib/store/index.js';
import type { NodeOutcome, PublishRequest } from './contract.js';
import { loadPages, type LoadedPlan } from './load-plan.js';

export type RunRecords = ReadonlyMap<string, ActionRecord>;
export type RunOutcomes = ReadonlyMap<string, NodeOutcome>;

export interface EndedNodes {
  readonly outcomes: RunOutcomes;
  /** Of every node that is a hit or ran. */
  readonly records: RunRecords;
}

/** A result that the run had and that is no longer in the store. */
interface LostNode {
  readonly node: PlanNode;
  readonly key: string;
  readonly reason: string;
}

/** Lost nodes that one failure names; the next attempt names the next. */
const MOST_LOST = 500;

/**
 * How every node of the plan ended.
 * A run that completed has all its results: what was lost meanwhile is to be made again first. In a run that
 * did not complete it counts as failed.
 * @throws StoreIntegrityError OUTPUTS_LOST, its details name the nodes
 */
export async function endedNodes(
  store: Storage,
  plan: LoadedPlan,
  request: PublishRequest,
): Promise<EndedNodes> {
  const outcomes = await allOutcomes(store, plan, request);
  const { records, lost } = await finishedRecords(store, plan, outcomes);
  if (lost.length > 0 && request.status === 'completed') throw outputsLost(lost);
  for (const { node, key, reason } of lost) {
    const error = `its result was lost during the run (${reason})`;
    outcomes.set(node.id, { status: 'failed', key, wallMs: 0, diverged: false, error });
  }
  return { outcomes, records };
}

/** Hits by the plan, the rest as the workflows tell. */
async function allOutcomes(
  store: Storage,
  plan: LoadedPlan,
  request: PublishRequest,
): Promise<Map<string, NodeOutcome>> {
  const outcomes = new Map<string, NodeOutcome>();
  for (const [id, key] of Object.entries(plan.keys))
    outcomes.set(id, { status: 'hit', key, wallMs: 0, diverged: false });
  for (const page of [...(await loadPages(store, request.pages)), request.outcomes]) {
    for (const [id, outcome] of Object.entries(page)) outcomes.set(id, outcome);
  }
  return outcomes;
}

async function finishedRecords(
  store: Storage,
  plan: LoadedPlan,
  outcomes: RunOutcomes,
): Promise<{ records: Map<string, ActionRecord>; lost: LostNode[] }> {
  const finished = plan.nodes.flatMap((node) => {
    const { status, key } = outcomes.get(node.id) ?? { status: 'blocked', key: null };
    const isThere = key !== null && (status === 'hit' || status === 'ran');
    return isThere ? [{ node, stage: node.program, key }] : [];
  });
  const answers = await store.lookupMany(finished);
  const records = new Map<string, ActionRecord>();
  const lost: LostNode[] = [];
  finished.forEach(({ node, key }, index) => {
    const answer = answers[index]!;
    if (answer.state === 'hit') records.set(node.id, answer.record);
    else lost.push({ node, key, reason: answer.reason });
  });
  return { records, lost };
}

function outputsLost(lost: readonly LostNode[]): StoreIntegrityError {
  const [{ node, reason }] = lost as [LostNode];
  const more = lost.length > 1 ? ` and ${lost.length - 1} more` : '';
  return new StoreIntegrityError('OUTPUTS_LOST', {
    what: `The result of ${node.id}${more} was lost during the run (${reason}).`,
    fix: 'Run again, which computes it; `npx minute-alpha verify` looks for other damage.',
    details: {
      lost: lost.slice(0, MOST_LOST).map((each) => ({ node: each.node.id, stage: stageOf(each.node) })),
    },
  });
}
