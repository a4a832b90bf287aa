import type { NeweyWest } from './types.js';

/**
 * Mean of a series with Newey-West's standard error: Bartlett kernel, floor(4 (n/100)^(2/9)) lags, no
 * small-sample correction; null below two values. Source: Newey and West 1987, 1994.
 */
export function neweyWest(values: readonly number[]): NeweyWest | null {
  const n = values.length;
  if (n < 2) return null;
  const lags = Math.floor(4 * (n / 100) ** (2 / 9));
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const errors = values.map((value) => value - mean);
  let variance = autocovariance(errors, 0);
  for (let lag = 1; lag <= lags; lag++) variance += 2 * (1 - lag / (lags + 1)) * autocovariance(errors, lag);
  const standardError = variance > 0 ? Math.sqrt(variance / n) : null;
  return { n, lags, mean, standardError, t: standardError === null ? null : mean / standardError };
}

function autocovariance(errors: readonly number[], lag: number): number {
  let sum = 0;
  for (let at = lag; at < errors.length; at++) sum += errors[at]! * errors[at - lag]!;
  return sum / errors.length;
}
