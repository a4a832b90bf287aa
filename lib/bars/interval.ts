/** Bar intervals, UTC days and months. All times are UTC epoch ms, all ranges half-open. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Every interval of the exchange whose length in ms is constant and divides a UTC day. */
export const INTERVALS_MS = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '6h': 6 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
} as const;

export type Interval = keyof typeof INTERVALS_MS;

/**
 * Name of the target column at an interval: `fwd1min` at 1m, `fwd5min` at 5m, `fwd60min` at 1h; `fwd1bar`
 * of volume bars, which have no fixed length.
 */
export function targetName(interval: Interval, ofVolumeBars = false): string {
  return ofVolumeBars ? 'fwd1bar' : `fwd${INTERVALS_MS[interval] / MINUTE_MS}min`;
}

/** `2023-03` of the UTC month that holds `timeMs`. */
export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

/** `2023-03-24` of the UTC day that holds `timeMs`. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** Start of the UTC month `2023-03`, in ms. */
export function monthStartMs(month: string): number {
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1);
}

/** Start of the month after `month`, in ms. */
export function monthEndMs(month: string): number {
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)));
}

/** Start of the UTC day that holds `timeMs`. */
export function dayStartMs(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

/** The months that intersect [startMs, endMs), ascending. */
export function monthsBetween(startMs: number, endMs: number): string[] {
  const months: string[] = [];
  for (let at = startMs; at < endMs;) {
    const month = monthOf(at);
    months.push(month);
    at = monthEndMs(month);
  }
  return months;
}

/** `timeMs` moved by calendar months, the day of month clamped to the target month's length. */
export function addMonths(timeMs: number, months: number): number {
  const from = new Date(timeMs);
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months);
  const lastDay = new Date(monthEndMs(monthOf(first)) - 1).getUTCDate();
  const day = Math.min(from.getUTCDate(), lastDay);
  return first + (day - 1) * DAY_MS + (timeMs - dayStartMs(timeMs));
}

/** ISO date, with the time only where the moment is not a midnight: stable text for keys and labels. */
export function isoOf(timeMs: number): string {
  const text = new Date(timeMs).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}
