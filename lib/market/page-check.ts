/** Whether a page of klines can be an answer to what was asked. Pure. */
import type { BarTable } from '../bars/bar-table.js';
import { isoOf } from '../bars/interval.js';

export interface AskedPage {
  /** First open asked for; without it, none is too early. */
  readonly startMs?: number | undefined;
  /** Exclusive; without it, none is too late. */
  readonly endMs?: number | undefined;
  readonly intervalMs: number;
}

/**
 * What is wrong with a page, in words that follow "answered 200, but"; null where nothing is. Opens lie inside
 * what was asked, on the grid of the interval, each later than the one before; each bar closes 1 ms before the
 * next could open, or earlier, as the last one before a halt does (2023-03-24 12:39). Gaps are no fault.
 */
export function pageProblem(bars: BarTable, asked: AskedPage): string | null {
  const { startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY, intervalMs } = asked;
  let previousMs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < bars.length; row++) {
    const openMs = bars.openTimeMs[row]!;
    if (openMs < startMs || openMs >= endMs) {
      const range = [
        ...(startMs === Number.NEGATIVE_INFINITY ? [] : [`from ${timeText(startMs)}`]),
        ...(endMs === Number.POSITIVE_INFINITY ? [] : [`before ${timeText(endMs)}`]),
      ];
      return `with a bar of ${timeText(openMs)} where bars ${range.join(' and ')} were asked`;
    }
    if (openMs % intervalMs !== 0) {
      return `with a bar of ${timeText(openMs)}, which no interval of ${intervalMs / 1000} s opens at`;
    }
    if (openMs <= previousMs) {
      return `with the bar of ${timeText(openMs)} after the one of ${timeText(previousMs)}`;
    }
    const closeMs = bars.closeTimeMs[row]!;
    if (closeMs < openMs || closeMs >= openMs + intervalMs) {
      return `the bar of ${timeText(openMs)} closes at ${timeText(closeMs)}, not within ${intervalMs / 1000} s`;
    }
    previousMs = openMs;
  }
  return null;
}

/** Any number a server may send, as a time where it is one. */
function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? isoOf(ms) : String(ms);
}
