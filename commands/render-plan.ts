/** A plan and the explanation of a node as text. */
import type { ExplainedLeaf, Explanation } from '../lib/plan/explain.js';
import type { PlannedCause, PlanResult } from '../lib/plan/plan-result.js';
import { formatDurationMs, renderTable } from './output.js';

const ALWAYS = ['HIT', 'STALE', 'PENDING'];
/** Only where there are any: most plans know no failure. */
const SOMETIMES = ['FAILED', 'BLOCKED'];
const MOST_CAUSES = 20;
/** Longest value that a line of `explain` shows; `--json` shows all of it. */
const MOST_CHARACTERS = 100;

/** States by stage, root causes, the folds and the expected time. */
export function renderPlan(plan: PlanResult): string {
  const stages = [...new Set(plan.nodes.map(({ stage }) => stage))];
  const present = new Set<string>(plan.nodes.map(({ state }) => state));
  const states = [...ALWAYS, ...SOMETIMES.filter((state) => present.has(state))];
  const count = (stage: string, state: string): string =>
    String(plan.nodes.filter((node) => node.stage === stage && node.state === state).length);
  const rows = stages.map((stage) => [stage, ...states.map((state) => count(stage, state))]);
  const hidden = plan.causes.length - MOST_CAUSES;
  return [
    renderTable(['stage', ...states], rows),
    '',
    ...plan.causes.slice(0, MOST_CAUSES).map(causeLine),
    ...(hidden > 0 ? [`and ${hidden} more causes: see --json`] : []),
    ...(plan.causes.length > 0 ? [''] : []),
    ...foldLines(plan.folds),
    workLine(plan),
  ].join('\n');
}

/** `num_leaves 31 -> 63: 15 nodes (5 fold, 5 predict, ..)`. */
export function causeLine({ cause, nodes, stages }: PlannedCause): string {
  const parts = Object.entries(stages).map(([stage, count]) => `${count} ${stage}`);
  return `${cause}: ${nodes} node${nodes === 1 ? '' : 's'} (${parts.join(', ')})`;
}

function workLine({ nodes, expectedMs, unknownCosts }: PlanResult): string {
  const work = nodes.filter(({ state }) => state !== 'HIT').length;
  if (work === 0) return 'Nothing to do.';
  const unknown = unknownCosts === 0 ? '' : `, and ${unknownCosts} nodes that never ran`;
  return `Expected: ${formatDurationMs(expectedMs)} of computing by past costs${unknown}.`;
}

/** The walk-forward windows, UTC. */
function foldLines(folds: PlanResult['folds']): string[] {
  if (folds.length === 0) return [];
  const rows = folds.map((fold) => [
    String(fold.number),
    ...[fold.trainStart, fold.validStart, fold.testStart, fold.testEnd],
  ]);
  return [renderTable(['fold', 'train from', 'valid from', 'test from', 'test to'], rows), ''];
}

/** State, what changed, what it waits for, and every leaf of the key. */
export function renderExplanation(explanation: Explanation): string {
  const { node, stage, state, reason, cause, key, previousKey, comparedWith } = explanation;
  const why = [reason, cause].filter((part) => part !== null).join(': ');
  return [
    `${node} (${stage}): ${state}${why === '' ? '' : `, ${why}`}`,
    `key        ${key ?? 'not known before its inputs are'}`,
    comparedWith === null
      ? 'last run   none had this node'
      : `last run   ${comparedWith.runId} (${comparedWith.workflowId}), ${comparedWith.finishedAt}\nlast key   ${previousKey === key ? 'the same' : previousKey}`,
    ...waitLines(explanation),
    '',
    ...changeLines(explanation),
    'Everything that the key holds:',
    ...explanation.leaves.map(leafLine),
    ...(explanation.stored ?? []).map(
      ({ name, digest, rows }) => `stored     ${name} ${digest}${rows === null ? '' : `, ${rows} rows`}`,
    ),
  ].join('\n');
}

function waitLines({ waitsFor, roots }: Explanation): string[] {
  if (waitsFor.length === 0) return [];
  const shown = roots
    .slice(0, 5)
    .map(({ node, state, cause }) => `           ${node} ${state}: ${cause ?? ''}`);
  const more = roots.length > 5 ? [`           and ${roots.length - 5} more`] : [];
  return [
    `waits for  ${waitsFor.length} input${waitsFor.length === 1 ? '' : 's'}, because of`,
    ...shown,
    ...more,
  ];
}

function changeLines({ differences, comparedWith, preimageLost }: Explanation): string[] {
  if (comparedWith === null) return [];
  if (preimageLost)
    return ['What the last run had is lost (its preimage), so what changed cannot be told.', ''];
  if (differences.length === 0) return ['No leaf that is known differs from the last run.', ''];
  const lines = differences.map(
    ({ reason, leaf, from, to }) =>
      `  ${reason} ${leaf}: ${short(from ?? 'absent')} -> ${short(to ?? 'absent')}`,
  );
  return [`Changed since the last run:`, ...lines, ''];
}

const SIGNS: Record<ExplainedLeaf['state'], string> = {
  same: ' ',
  changed: '*',
  added: '+',
  removed: '-',
  unknown: '?',
};

function leafLine({ kind, leaf, before, now, state }: ExplainedLeaf): string {
  const value = (state === 'removed' ? before : (now ?? before)) ?? 'not known yet';
  return `${SIGNS[state]} ${kind.padEnd(8)} ${leaf} = ${short(value)}`;
}

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}
