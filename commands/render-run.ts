/** The result of a run as text. */
import type { RunResult } from '../activities/contract.js';
import { signalName } from '../lib/config/signal-name.js';
import { renderTable } from './output.js';
import { causeLine } from './render-plan.js';

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
    ...whyLines(result),
    ...(result.restated ?? []).map(
      ({ node, changedRows, addedRows, removedRows }) =>
        `RESTATED ${node}: ${changedRows} rows changed, ${addedRows} added, ${removedRows} removed`,
    ),
    ...unusableLines(result),
    ...headlineLines(result.headline),
    ...featureLines(result.features),
    ...Object.entries(result.artifacts).map(([name, path]) => `${name.padEnd(18)} ${path}`),
  ].join('\n');
}

/** Archive files that were wrong; where the bars came from instead is in the quality record. */
function unusableLines({ unusableArchives = [] }: RunResult): string[] {
  const lines = unusableArchives.slice(0, 5).map(({ file, problem }) => `NOT USED ${file}: ${problem}`);
  if (unusableArchives.length > 5) lines.push(`NOT USED ${unusableArchives.length - 5} more archive files`);
  return lines;
}

/** Rows of each symbol's model data, those left out by reason, and the columns that are often missing. */
function featureLines(features: RunResult['features']): string[] {
  if (features === undefined) return [];
  const rows = Object.entries(features).map(([symbol, { rows: kept, dropped, columns }]) => [
    symbol,
    ...[kept, dropped.warmUp, dropped.unusableBar, dropped.noFeature].map(String),
    mostMissing(columns),
  ]);
  const head = ['symbol', 'rows', 'warm-up', 'unusable', 'no feature', 'most often missing'];
  return [renderTable(head, rows), ''];
}

function mostMissing(columns: Readonly<Record<string, { readonly nanFrac: number }>>): string {
  const [first] = Object.entries(columns).sort(([, left], [, right]) => right.nanFrac - left.nanFrac);
  return first === undefined || first[1].nanFrac === 0
    ? 'nothing'
    : `${first[0]} ${Number((100 * first[1].nanFrac).toPrecision(2))} %`;
}

/** Root causes, and what must not be overlooked. */
function whyLines({ causes, diverged }: RunResult): string[] {
  const lines = causes.slice(0, 5).map(causeLine);
  if (causes.length > 5) lines.push(`and ${causes.length - 5} more causes`);
  if (diverged.length > 0) {
    lines.push(
      `NOT REPRODUCED: ${diverged.join(', ')} gave other bytes than are stored under the same key; the stored ones count, \`npx minute-alpha verify\` tells more.`,
    );
  }
  return lines.length === 0 ? [] : [...lines, ''];
}

/** True where the IC is that of another signal than the one traded. */
function hasTwoSignals({ icSignal, signal }: RunResult['headline']): boolean {
  // Runs of an older version, which `status` may show, have neither.
  return Boolean(icSignal && signal) && icSignal !== signal;
}

function headlineLines(headline: RunResult['headline']): string[] {
  const number = (value: number | null, digits: number): string =>
    value === null ? '-' : value.toFixed(digits);
  const lines: string[] = [];
  const two = hasTwoSignals(headline);
  if (headline.ic !== null || headline.icSignal) {
    const whose = two ? ` of ${signalName(headline.icSignal)}, which is not traded:` : '';
    lines.push(
      `IC${whose} ${number(headline.ic, 4)} (t ${number(headline.icT, 2)}, ${headline.days ?? '-'} days), one bar later ${number(headline.icDelay1, 4)}`,
    );
  }
  if (headline.scope !== null) {
    const [low, high] = headline.breakEvenFeeBp95 ?? [null, null];
    const interval = low === null ? 'no interval' : `95 %: ${number(low, 3)} to ${number(high, 3)}`;
    const [lateLow, lateHigh] = headline.breakEvenFeeBpDelay1At95 ?? [null, null];
    const late = lateLow === null ? '' : ` (95 %: ${number(lateLow, 3)} to ${number(lateHigh, 3)})`;
    const label = headline.exPost ? EX_POST : '';
    const traded = two ? ` of ${signalName(headline.signal)}:` : '';
    lines.push(
      `break-even fee${traded} ${number(headline.breakEvenFeeBp, 3)} bp a side (${interval}), one bar later ${number(headline.breakEvenFeeBpDelay1, 3)} bp${late}`,
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
