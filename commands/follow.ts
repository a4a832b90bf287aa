/** Follows a run: live lines by stage on a terminal, plain lines in a pipe. */
import { defaultPayloadConverter, type Client, type WorkflowHandle } from '@temporalio/client';
import { createLogUpdate } from 'log-update';
import type { RunProgress, StageProgress } from '../activities/contract.js';
import { downloadText, downloadTotals, monthText, type DownloadTotals } from './download-progress.js';
import { formatDurationMs, logLine } from './output.js';

const POLL_MS = 400;
/** A query to a run whose worker is away never answers by itself. */
const QUERY_TIMEOUT_MS = 3000;
const QUIET_MS = 5000;

/** What an activity's heartbeat tells, by node: its details, and in words. */
type Heartbeats = ReadonlyMap<string, { readonly detail: Record<string, unknown>; readonly text: string }>;

interface Sight {
  readonly progress: RunProgress | null;
  readonly heartbeats: Heartbeats;
  readonly elapsedMs: number;
}

/** Waits for the result of a run and shows its progress meanwhile; Ctrl-C leaves the run going. */
export async function followRun(client: Client, handle: WorkflowHandle): Promise<unknown> {
  // A pseudo-terminal whose size was never set has 0 columns and can show no live lines.
  const show = process.stderr.isTTY && process.stderr.columns > 0 ? terminalView() : lineView();
  const startedMs = Date.now();
  let over = false;
  const result = handle.result().finally(() => {
    over = true;
  });
  result.catch(() => undefined);
  while (!over) {
    const sight = await look(client, handle, startedMs);
    if (sight !== null) show.update(sight);
    await Promise.race([result.catch(() => undefined), new Promise((wake) => setTimeout(wake, POLL_MS))]);
  }
  const last = await look(client, handle, startedMs);
  if (last !== null) show.update(last);
  show.end();
  return result;
}

async function look(client: Client, handle: WorkflowHandle, startedMs: number): Promise<Sight | null> {
  try {
    const [progress, heartbeats] = await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      Promise.all([handle.query<RunProgress>('progress'), readHeartbeats(handle)]),
    );
    return { progress, heartbeats, elapsedMs: Date.now() - startedMs };
  } catch {
    // The server or the worker is away for a moment: the run goes on, so there is just nothing to show.
    return null;
  }
}

async function readHeartbeats(handle: WorkflowHandle): Promise<Heartbeats> {
  const { raw } = await handle.describe();
  const heartbeats = new Map<string, { detail: Record<string, unknown>; text: string }>();
  for (const activity of raw.pendingActivities ?? []) {
    const payload = activity.heartbeatDetails?.payloads?.[0];
    const failure = activity.lastFailure?.message;
    const detail = payload ? defaultPayloadConverter.fromPayload<Record<string, unknown>>(payload) : {};
    const waiting = activity.state === 1 && failure ? `waiting: ${failure}` : '';
    if (typeof detail.node !== 'string' && waiting === '') continue;
    const node = typeof detail.node === 'string' ? detail.node : (activity.activityType?.name ?? '');
    heartbeats.set(node, { detail, text: waiting || progressText(detail) });
  }
  return new Map([...heartbeats].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `round 120/250` or `12/200 symbols` of a heartbeat's details. */
function progressText(detail: Record<string, unknown>): string {
  const { round, rounds, observed, symbols } = detail;
  if (typeof observed === 'number') return `${observed}/${String(symbols)} symbols`;
  return typeof round === 'number' ? `round ${round}/${String(rounds)}` : monthText(detail);
}

/** Makes the line of a download's totals while klines run; empty before and after. */
function downloadLine(): (sight: Sight) => string {
  let first: DownloadTotals | null = null;
  return ({ progress, heartbeats, elapsedMs }) => {
    if (progress === null || (progress.stages.klines?.waiting ?? 0) === 0) return '';
    const running = [...heartbeats].filter(([node]) => node.startsWith('klines/'));
    const now = downloadTotals(
      progress,
      running.map(([, { detail }]) => detail),
      elapsedMs,
    );
    // Observing and planning are no part of the rate, nor is what was there when the follower came.
    first ??= now;
    return downloadText(progress, { first, now, running: running.length });
  };
}

interface View {
  update(sight: Sight): void;
  end(): void;
}

function terminalView(): View {
  const log = createLogUpdate(process.stderr);
  const download = downloadLine();
  return {
    update: (sight) => log(renderSight(sight, download(sight))),
    end: () => log.done(),
  };
}

/** One line a change of counts, and a sign of life in between. */
function lineView(): View {
  let before = '';
  let saidMs = 0;
  const download = downloadLine();
  return {
    update: (sight) => {
      const { progress, heartbeats, elapsedMs } = sight;
      if (progress === null) return;
      const totals = download(sight);
      const text = Object.entries(progress.stages)
        .filter(([, { waiting, ran, failed }]) => waiting + ran + failed > 0)
        .map(([stage, { nodes, waiting }]) => `${stage} ${nodes - waiting}/${nodes}`)
        .join(', ');
      const counts = JSON.stringify([progress.phase, progress.stages]);
      if (counts === before && elapsedMs - saidMs < QUIET_MS) return;
      before = counts;
      saidMs = elapsedMs;
      const busy = [...heartbeats]
        .filter(([, { text: words }]) => words !== '')
        .map(([node, { text: words }]) => `${node} ${words}`);
      logLine(
        `[${formatDurationMs(elapsedMs)}] ${[progress.phase, text, totals, ...busy.slice(0, 3)].filter(Boolean).join(' | ')}`,
      );
    },
    end: () => undefined,
  };
}

function renderSight({ progress, heartbeats, elapsedMs }: Sight, download: string): string {
  if (progress === null) return '';
  const busy = [...heartbeats]
    .slice(0, 6)
    .map(([node, { text }]) => `    ${node}${text === '' ? '' : `  ${text}`}`);
  const head = `${progress.phase}, ${formatDurationMs(elapsedMs)}`;
  return [head, ...stageLines(progress), ...(download === '' ? [] : [`  ${download}`]), ...busy].join('\n');
}

function stageLines(progress: RunProgress): string[] {
  return Object.entries(progress.stages).map(([stage, counts]) => {
    const { nodes, hit, ran, failed, waiting } = counts;
    const parts = [`${nodes - waiting}/${nodes}`, `${hit} hit`, `${ran} ran`];
    if (failed > 0) parts.push(`${failed} failed`);
    const left = remainingMs(counts, progress.running.length);
    if (left !== null) parts.push(`about ${formatDurationMs(left)} left`);
    return `  ${stage.padEnd(9)} ${parts.join(', ')}`;
  });
}

/** Mean time of the nodes that ran times those that wait, over what runs at once; null where nothing ran yet. */
function remainingMs({ ran, waiting, wallMs }: StageProgress, atOnce: number): number | null {
  return ran > 0 && waiting > 0 ? ((wallMs / ran) * waiting) / Math.max(1, atOnce) : null;
}
