/** The exchange's clock as its answers show it: ours may be wrong, and a ban is told in theirs. Pure. */

/** `Date` has whole seconds and an answer takes a moment: inside this the clocks agree. */
const AGREEMENT_MS = 2000;
const SECOND_MS = 1000;

/**
 * Exchange's time minus ours in ms, by the `Date` of an answer that came at `nowMs`; 0 where the two agree
 * within two seconds or the answer names no date. The earliest the date can mean, so that a wait is never
 * too short.
 */
export function clockSkewMs(headers: Readonly<Record<string, string>>, nowMs: number): number {
  const dateMs = Date.parse(headers.date ?? '');
  if (Number.isNaN(dateMs)) return 0;
  const agrees = nowMs > dateMs - AGREEMENT_MS && nowMs < dateMs + SECOND_MS + AGREEMENT_MS;
  return agrees ? 0 : dateMs - nowMs;
}

/** `12:31:07 UTC`, with the date in front where it is not the day of `nowMs`; rounded up to the second. */
export function clockText(timeMs: number, nowMs: number): string {
  const [date, time] = new Date(Math.ceil(timeMs / SECOND_MS) * SECOND_MS).toISOString().split('T');
  const today = new Date(nowMs).toISOString().startsWith(date!);
  return `${today ? '' : `${date} `}${time!.slice(0, 8)} UTC`;
}
