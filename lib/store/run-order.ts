/** The order of runs: by what they say of themselves, so that a copied or imported run keeps its place. */

/** A run id with its version, 7, which is the one that begins with a time. */
const TIMED_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Where a run stands among others. */
export interface RunPosition {
  readonly runId: string;
  /** Of {@link startOfRun}, else when it finished; NaN where neither is known. */
  readonly timeMs: number;
}

/**
 * When a run began, ms, by the clock of the server that gave it its id; null for an id that does not say it, as
 * older servers give.
 * Source: RFC 9562, section 5.7 (48 bits of Unix time in ms).
 */
export function startOfRun(runId: string): number | null {
  return TIMED_ID.test(runId) ? Number.parseInt(runId.slice(0, 8) + runId.slice(9, 13), 16) : null;
}

/** Sorts newest first; runs of one ms by their ids, and one of which no time is known before all others. */
export function newestFirst(left: RunPosition, right: RunPosition): number {
  const [leftMs, rightMs] = [left, right].map(({ timeMs }) => (Number.isNaN(timeMs) ? Infinity : timeMs));
  if (leftMs !== rightMs) return rightMs! > leftMs! ? 1 : -1;
  return left.runId < right.runId ? 1 : -1;
}
