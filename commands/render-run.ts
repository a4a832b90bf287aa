/** The result of a run and of a plan as text. */
import type { PlanResult, RunResult } from '../activities/contract.js';
import { formatDurationMs, renderTable } from './output.js';

const EX_POST = ' (ex post: looks ahead, cannot be traded)';

/** Stages, headline and artifacts of a run. */
export function renderRun(result: RunResult): string {
  const rows = Object.entries(result.stages).map(([stage, { nodes, hit, ran, failed, wallMs }]) => [
    stage,
    String(nodes),
    String(hit),
    String(ran),
    String(failed),
    (wallMs / 1000).toFixed(1),
  ]);
  return [
    renderTable(['stage', 'nodes', 'hit', 'ran', 'failed', 'compute s'], rows),
    '',
    ...headlineLines(result.headline),
    ...Object.entries(result.artifacts).map(([name, path]) => `${name.padEnd(18)} ${path}`),
  ].join('\n');
}

function headlineLines(headline: RunResult['headline']): string[] {
  const number = (value: number | null, digits: number): string =>
    value === null ? '-' : value.toFixed(digits);
  const lines: string[] = [];
  if (headline.ic !== null) {
    lines.push(
      `IC ${number(headline.ic, 4)} (t ${number(headline.icT, 2)}, ${headline.days ?? '-'} days), one bar later ${number(headline.icDelay1, 4)}`,
    );
  }
  if (headline.scope !== null) {
    const [low, high] = headline.breakEvenFeeBp95 ?? [null, null];
    const interval = low === null ? 'no interval' : `95 %: ${number(low, 3)} to ${number(high, 3)}`;
    const [lateLow, lateHigh] = headline.breakEvenFeeBpDelay1At95 ?? [null, null];
    const late = lateLow === null ? '' : ` (95 %: ${number(lateLow, 3)} to ${number(lateHigh, 3)})`;
    const label = headline.exPost ? EX_POST : '';
    lines.push(
      `break-even fee ${number(headline.breakEvenFeeBp, 3)} bp a side (${interval}), one bar later ${number(headline.breakEvenFeeBpDelay1, 3)} bp${late}`,
      `Sharpe after fees ${number(headline.sharpe, 2)}, scope ${headline.scope}${label}`,
    );
  }
  const { exPostRule } = headline;
  // Runs of an older version, which `status` may show, have none.
  if (exPostRule) {
    lines.push(
      `scope ${exPostRule.scope}${EX_POST}: break-even ${number(exPostRule.breakEvenFeeBp, 3)} bp, Sharpe ${number(exPostRule.sharpe, 2)}`,
    );
  }
  return lines.length === 0 ? [] : [...lines, ''];
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

/** States by stage, root causes, the folds and the expected time. */
export function renderPlan(plan: PlanResult): string {
  const stages = [...new Set(plan.nodes.map(({ stage }) => stage))];
  const count = (stage: string, state: string): string =>
    String(plan.nodes.filter((node) => node.stage === stage && node.state === state).length);
  const rows = stages.map((stage) => [
    stage,
    ...['HIT', 'STALE', 'PENDING'].map((state) => count(stage, state)),
  ]);
  const work = plan.nodes.filter(({ state }) => state !== 'HIT').length;
  return [
    renderTable(['stage', 'HIT', 'STALE', 'PENDING'], rows),
    '',
    ...plan.causes.map(({ cause, nodes }) => `${cause}: ${nodes} node${nodes === 1 ? '' : 's'}`),
    ...foldLines(plan.folds),
    work === 0
      ? 'Nothing to do.'
      : `Expected: ${formatDurationMs(plan.expectedMs)} of computing, as far as it is known.`,
  ].join('\n');
}
