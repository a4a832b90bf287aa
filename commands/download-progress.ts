/** The progress of downloads in words: of one month by its heartbeat, and of all by totals. */
import type { RunProgress } from '../activities/contract.js';
import { formatDurationMs } from './output.js';

type Detail = Readonly<Record<string, unknown>>;

/** `31,200/44,640 bars, 1.9 MB, 52,000 bars/s, 0.3 s left, weight 12 (240/2160 a minute)` of a klines heartbeat. */
export function monthText(detail: Detail): string {
  const { bars, expected, bytes, barsPerS, leftMs, weightUsed, weightOfMinute } = detail;
  if (typeof bars !== 'number') return '';
  const parts = [`${whole(bars)}${typeof expected === 'number' ? `/${whole(expected)}` : ''} bars`];
  if (typeof bytes === 'number') parts.push(megabytes(bytes));
  if (typeof barsPerS === 'number') parts.push(`${whole(barsPerS)} bars/s`);
  if (typeof leftMs === 'number' && leftMs > 0) parts.push(`${formatDurationMs(leftMs)} left`);
  const minute = weightOfMinute as { used?: unknown; allowed?: unknown } | undefined;
  if (typeof weightUsed === 'number' && weightUsed > 0) {
    const share =
      typeof minute?.used === 'number' && typeof minute.allowed === 'number'
        ? ` (${minute.used}/${minute.allowed} this minute)`
        : '';
    parts.push(`weight ${weightUsed}${share}`);
  }
  return parts.join(', ');
}

/** What was downloaded at a moment. */
export interface DownloadTotals {
  readonly atMs: number;
  readonly bytes: number;
  readonly bars: number;
  readonly weight: number;
}

/** Totals of the months that are finished and those that run. */
export function downloadTotals(
  progress: RunProgress,
  running: readonly Detail[],
  atMs: number,
): DownloadTotals {
  const sum = (name: 'bytes' | 'bars' | 'weightUsed'): number =>
    running.reduce((total, detail) => total + numberOf(detail[name]), progress.download[name]);
  return { atMs, bytes: sum('bytes'), bars: sum('bars'), weight: sum('weightUsed') };
}

/**
 * All downloads of a run: what there is `now`, the rate since `first`, which is when the downloads were first
 * seen, and the time left at that rate; empty while nothing was downloaded.
 */
export function downloadText(
  { stages, download }: RunProgress,
  { first, now, running }: { first: DownloadTotals; now: DownloadTotals; running: number },
): string {
  const stage = stages.klines;
  if (stage === undefined || now.bars === 0) return '';
  const parts = [
    `${stage.nodes - stage.waiting}/${stage.nodes} months`,
    megabytes(now.bytes),
    `${whole(now.bars)} bars`,
  ];
  const seconds = Math.max(0.001, (now.atMs - first.atMs) / 1000);
  const barsPerS = (now.bars - first.bars) / seconds;
  if (barsPerS > 0) {
    parts.push(`${whole(barsPerS)} bars/s`, `${((now.bytes - first.bytes) / 1e6 / seconds).toFixed(1)} MB/s`);
  }
  parts.push(`weight ${whole(now.weight)}`);
  const perMonth = now.bars / Math.max(1, download.months + running);
  if (stage.waiting > 0 && barsPerS > 0) {
    parts.push(`about ${formatDurationMs(((perMonth * stage.waiting) / barsPerS) * 1000)} left`);
  }
  return parts.join(', ');
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
