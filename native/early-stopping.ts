/** Which metrics decide when training ends. */
import { badOption } from './runtime.js';
import type { TrainOptions } from './training.js';

export interface EarlyStopping {
  /**
   * `ic` (Spearman's rank correlation of prediction and label), or a metric of the parameter `metric` by
   * the name LightGBM evaluates it under. Of several, the first that runs out of patience decides, and
   * at the last round the first named: LightGBM's Python callback does so.
   */
  readonly metric: string | readonly string[];
  /** Rounds without a strict improvement after which training stops. */
  readonly rounds: number;
}

/**
 * The metrics to watch, in order; none without early stopping.
 * @throws NativeError BAD_OPTION
 */
export function watchedMetrics(
  { earlyStopping, valid }: TrainOptions,
  parameters: ReadonlyMap<string, string>,
): string[] {
  if (earlyStopping === undefined) return [];
  if (typeof earlyStopping !== 'object' || earlyStopping === null) {
    throw badOption('earlyStopping', 'an object with metric and rounds', earlyStopping);
  }
  if (valid === undefined) throw badOption('valid', 'a Dataset where earlyStopping is given', valid);
  refuseNoRounds('earlyStopping.rounds', earlyStopping.rounds);
  const { metric } = earlyStopping;
  const metrics: unknown[] = Array.isArray(metric) ? metric : [metric];
  if (metrics.length === 0 || !metrics.every((name) => typeof name === 'string')) {
    throw badOption('earlyStopping.metric', 'a metric, or several', metric);
  }
  if (parameters.get('boosting') === 'dart') {
    throw badOption(
      'earlyStopping',
      'absent with boosting=dart, which changes earlier trees',
      metrics.join(),
    );
  }
  return metrics;
}

/** @throws NativeError BAD_OPTION for anything but a whole number of at least 1 */
export function refuseNoRounds(name: string, rounds: unknown): void {
  if (Number.isInteger(rounds) && (rounds as number) >= 1 && (rounds as number) < 2 ** 31) return;
  throw badOption(name, 'a whole number of at least 1', rounds);
}
