/** A walk forward by months over minute bars, for tests to change. */
import type { Duration } from '../../../lib/bars/duration.js';
import type { Fold, FoldPlanOptions } from '../../../lib/model/folds.js';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
export const mo = (count: number): Duration => ({ unit: 'mo', count });
export const days = (count: number): Duration => ({ unit: 'd', count });
export const at = (date: string): number => Date.parse(`${date}T00:00:00Z`);
export const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
export const datesOf = (fold: Fold): string[] =>
  [fold.trainStartMs, fold.validStartMs, fold.testStartMs, fold.testEndMs].map(isoDay);

export function options(change: Partial<FoldPlanOptions> = {}): FoldPlanOptions {
  const startMs = change.startMs ?? at('2022-06-01');
  const endMs = change.endMs ?? at('2023-08-01');
  return {
    startMs,
    endMs,
    train: mo(12),
    valid: mo(1),
    test: mo(1),
    step: mo(1),
    embargoBars: 0,
    intervalMs: MINUTE,
    coverage: [[{ startMs, endMs }]],
    ...change,
  };
}
