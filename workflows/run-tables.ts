/** Counts of a run by stage, as data and as the tables shown in the Temporal UI. Pure. */
import type {
  DownloadTotals,
  NodeOutcome,
  ResolvedWork,
  RunProgress,
  StageAnswer,
  StageProgress,
} from '../activities/contract.js';
import type { Stage } from '../lib/config/types.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';

export type StageTally = Partial<Record<Stage, StageProgress>>;

const NONE: StageProgress = { nodes: 0, hit: 0, ran: 0, failed: 0, waiting: 0, wallMs: 0 };
/** Nodes that the details of a run list with their keys. */
const MOST_LISTED = 20;

/** Per stage, how the given nodes ended; those without an outcome wait. */
export function countNodes(
  nodes: readonly ResolvedNode[],
  outcomes: ReadonlyMap<string, NodeOutcome>,
): StageTally {
  const stages: StageTally = {};
  for (const node of nodes) {
    const outcome = outcomes.get(node.id);
    const before = stages[node.stage] ?? NONE;
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

/** The whole run: hits of the plan, what ended of it, and the rest waiting. */
export function countRun(counts: ResolvedWork['counts'], ended: readonly StageTally[]): StageTally {
  const stages: StageTally = {};
  for (const [name, { nodes, hit }] of Object.entries(counts)) {
    const stage = name as Stage;
    const parts = ended.flatMap((tally) => tally[stage] ?? []);
    const sum = (of: keyof StageProgress): number => parts.reduce((total, part) => total + part[of], 0);
    // A node found again counts as a hit, wherever that was found out.
    const done = hit + sum('hit') + sum('ran') + sum('failed');
    stages[stage] = {
      nodes,
      hit: hit + sum('hit'),
      ran: sum('ran'),
      failed: sum('failed'),
      waiting: Math.max(0, nodes - done),
      wallMs: sum('wallMs'),
    };
  }
  return stages;
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

/** The nodes that ended last, with why they ran and their keys, as a Markdown table. */
export function nodeTable(
  nodes: readonly ResolvedNode[],
  outcomes: ReadonlyMap<string, NodeOutcome>,
): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ended = [...outcomes].filter(([id, { status }]) => byId.has(id) && status !== 'blocked');
  if (ended.length === 0) return '';
  const rows = ended
    .slice(-MOST_LISTED)
    .map(
      ([id, { status, key, wallMs }]) =>
        `| ${id} | ${status} | ${cell(byId.get(id)?.cause ?? '')} | ${key?.slice(0, 8) ?? ''} | ${(wallMs / 1000).toFixed(1)} |`,
    );
  const head = ['| node | ended | why | key | s |', '|---|---|---|---|---:|'];
  return ['', `Last ${rows.length} of ${ended.length}:`, '', ...head, ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 80);
}

/** What an activity is and why it runs, in under 120 characters: `fold/2023-06-01 | STALE num_leaves 31 -> 63 | 9f3c1a2b`. */
export function activitySummary(node: ResolvedNode): string {
  const why = node.cause ?? node.reason ?? '';
  // The activity finds it out; its result tells.
  const key = node.key === null ? ' | key in its result' : ` | ${node.key.slice(0, 8)}`;
  const head = `${node.id} | ${node.state} `;
  const room = 118 - head.length - key.length;
  return `${head}${why.length > room ? `${why.slice(0, Math.max(0, room - 1))}…` : why}${key}`.slice(0, 118);
}
