/** Counts of a run by stage, as data and as the table shown in the Temporal UI. Pure. */
import type {
  DownloadTotals,
  PlanResult,
  ResolveAnswer,
  RunProgress,
  StageAnswer,
  StageProgress,
} from '../activities/contract.js';
import type { Stage } from '../lib/config/types.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';
import type { Execution } from './execute-plan.js';

/** Per stage: how many nodes hit, ran, failed or wait. */
export function countStages(
  nodes: readonly ResolvedNode[],
  execution: Execution,
): Partial<Record<Stage, StageProgress>> {
  const stages: Partial<Record<Stage, StageProgress>> = {};
  for (const node of nodes) {
    const outcome = execution.outcomes.get(node.id);
    const before = stages[node.stage] ?? { nodes: 0, hit: 0, ran: 0, failed: 0, waiting: 0, wallMs: 0 };
    const is = (status: string): number => Number(outcome?.status === status);
    stages[node.stage] = {
      nodes: before.nodes + 1,
      hit: before.hit + is('hit'),
      ran: before.ran + is('ran'),
      failed: before.failed + is('failed') + is('blocked'),
      waiting: before.waiting + Number(outcome === undefined),
      wallMs: before.wallMs + (outcome?.wallMs ?? 0),
    };
  }
  return stages;
}

/** The totals with a month's download added; months found stored cost nothing. */
export function withDownload(totals: DownloadTotals, { status, facts }: StageAnswer): DownloadTotals {
  if (status === 'hit') return totals;
  const fact = (name: string): number => (typeof facts[name] === 'number' ? facts[name] : 0);
  return {
    months: totals.months + 1,
    bytes: totals.bytes + fact('bytes'),
    bars: totals.bars + fact('bars'),
    weightUsed: totals.weightUsed + fact('weightUsed'),
  };
}

/** The stages as a Markdown table. */
export function stageTable(stages: RunProgress['stages']): string {
  const rows = Object.entries(stages).map(
    ([stage, { nodes, hit, ran, failed, waiting, wallMs }]) =>
      `| ${stage} | ${nodes} | ${hit} | ${ran} | ${waiting} | ${failed} | ${(wallMs / 1000).toFixed(1)} |`,
  );
  return [
    '| stage | nodes | hit | ran | waiting | failed | compute s |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

/** The plan as `plan --json` shows it. */
export function planResult({ configDigest, nodes, folds }: ResolveAnswer): PlanResult {
  const causes = new Map<string, number>();
  for (const { state, cause } of nodes) {
    if (state !== 'HIT' && cause !== null) causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  return {
    config: configDigest,
    nodes: nodes.map(({ id, stage, state, reason, cause, expectedMs }) => ({
      node: id,
      stage,
      state,
      reason,
      cause,
      expectedMs,
    })),
    causes: [...causes].map(([cause, count]) => ({ cause, nodes: count })),
    expectedMs: nodes.reduce((sum, { expectedMs }) => sum + (expectedMs ?? 0), 0),
    folds,
  };
}

/** What an activity is and why it runs, in under 120 characters: `fold/2023-06-01 | STALE num_leaves 31 -> 63 | 9f3c1a2b`. */
export function activitySummary(node: ResolvedNode): string {
  const why = node.cause ?? node.reason ?? '';
  const key = node.key === null ? '' : ` | ${node.key.slice(0, 8)}`;
  const head = `${node.id} | ${node.state} `;
  const room = 118 - head.length - key.length;
  return `${head}${why.length > room ? `${why.slice(0, Math.max(0, room - 1))}…` : why}${key}`.slice(0, 118);
}
