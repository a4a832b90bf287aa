/** Lengths of time on the calendar. */
import { addMonths, DAY_MS, HOUR_MS } from './interval.js';

/** A calendar duration; months keep the day of month, clamped to the month's length. */
export interface Duration {
  readonly unit: 'mo' | 'd' | 'h';
  readonly count: number;
}

/** `"12mo"`, `"60d"` or `"36h"` as data; the schema has checked the form. */
export function parseDuration(text: string): Duration {
  const [, digits, unit] = /^(\d+)(mo|d|h)$/.exec(text)!;
  return { unit: unit as Duration['unit'], count: Number(digits) };
}

/** The text that {@link parseDuration} reads. */
export function formatDuration(duration: Duration): string {
  return `${duration.count}${duration.unit}`;
}

/** `timeMs` moved by `times` durations; months are counted on the calendar. */
export function addDuration(timeMs: number, duration: Duration, times = 1): number {
  const amount = duration.count * times;
  if (duration.unit === 'mo') return addMonths(timeMs, amount);
  return timeMs + amount * (duration.unit === 'd' ? DAY_MS : HOUR_MS);
}

/** Length in ms, a month taken as its longest 31 days; for comparing durations only. */
export function roughMs(duration: Duration): number {
  return duration.count * { mo: 31 * DAY_MS, d: DAY_MS, h: HOUR_MS }[duration.unit];
}
