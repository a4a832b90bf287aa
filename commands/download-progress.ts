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

/**
 * All downloads of a run: what finished months cost and what running months have so far, the rate since the
 * start, and the time left at that rate; empty while nothing was downloaded.
 */
export function downloadText(progress: RunProgress, running: readonly Detail[], elapsedMs: number): string {
  const stage = progress.stages.klines;
  if (stage === undefined) return '';
  const sum = (name: 'bytes' | 'bars' | 'weightUsed'): number =>
    running.reduce((total, detail) => total + numberOf(detail[name]), progress.download[name]);
  const [bytes, bars, weight] = [sum('bytes'), sum('bars'), sum('weightUsed')];
  if (bars === 0) return '';
  const seconds = Math.max(0.001, elapsedMs / 1000);
  const perMonth = bars / Math.max(1, progress.download.months + running.length);
  const leftMs = stage.waiting === 0 ? 0 : ((perMonth * stage.waiting) / (bars / seconds)) * 1000;
  return [
    `${stage.nodes - stage.waiting}/${stage.nodes} months`,
    megabytes(bytes),
    `${whole(bars)} bars`,
    `${whole(bars / seconds)} bars/s`,
    `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`,
    `weight ${whole(weight)}`,
    ...(leftMs > 0 ? [`about ${formatDurationMs(leftMs)} left`] : []),
  ].join(', ');
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
