import { DAY_MS, isoOf } from '../bars/interval.js';
import { ConfigError } from '../errors.js';
import type { Fold, TimeRange } from './folds.js';

export interface WarmUpOptions {
  readonly embargoBars: number;
  readonly intervalMs: number;
  /** Bars at the start of a symbol's bars that make no row, because features have no value yet. */
  readonly warmUpBars: number;
  /** For each symbol, the bars that features are computed from: open of the first, end of the last. */
  readonly bars: readonly TimeRange[];
}

/**
 * Refuses a fold that has no row to fit: each is filed in the warm-up of every symbol, or has no target. Supposes
 * bars without holes, so that nothing is refused that could be fitted: a hole only takes rows away.
 * @throws ConfigError TOO_LITTLE_DATA with the days that are missing
 */
export function refuseWarmUp(
  fold: Pick<Fold, 'trainStartMs' | 'validStartMs'>,
  options: WarmUpOptions,
): void {
  const { embargoBars, intervalMs, warmUpBars } = options;
  const fitEndMs = fold.validStartMs - embargoBars * intervalMs;
  const lateMs = Math.min(
    ...options.bars.map((bars) => {
      const firstMs = Math.max(fold.trainStartMs, bars.startMs + (warmUpBars + 1) * intervalMs);
      // A row needs the bar after it for its target.
      return Math.max(firstMs - fitEndMs, firstMs + intervalMs - bars.endMs - 1);
    }),
  );
  if (lateMs < 0) return;
  const missing = Math.floor(lateMs / DAY_MS) + 1;
  throw new ConfigError('TOO_LITTLE_DATA', {
    what:
      `The first fold has no row to fit from ${isoOf(fold.trainStartMs)} to ${isoOf(fitEndMs)}: features need ` +
      `${warmUpBars} bars before the first row, and ${missing} ${missing === 1 ? 'day is' : 'days are'} missing.`,
    fix:
      `Lengthen folds.train or shorten folds.valid by at least ${missing} ${missing === 1 ? 'day' : 'days'}, choose a smaller ` +
      'candle_interval, or leave out the features that look back furthest.',
    details: { missingDays: missing, warmUpBars },
  });
}
