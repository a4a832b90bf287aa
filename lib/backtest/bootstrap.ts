/** Resampling of days. Pure and seeded. */
import { uniformStream } from './random.js';

/**
 * Optimal mean block of the stationary bootstrap, in observations.
 * Source: Politis and White 2004, corrected by Patton, Politis and White 2009.
 */
export function optimalStationaryBlock(values: Float64Array): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const errors = values.map((value) => value - mean);
  const longest = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3));
  const quiet = Math.max(5, Math.floor(Math.log10(n)));
  const lags = Math.ceil(Math.sqrt(n)) + quiet;
  const { covariance, correlation } = autocorrelations(errors, lags);
  const cutoff = 2 * Math.sqrt(Math.log10(n) / n);
  const last = lastNotableLag(correlation, quiet, cutoff);
  const m = Math.min(last === null ? lags : 2 * Math.max(last, 1), lags);
  let weighted = 0;
  let longRun = covariance[0]!;
  for (let k = 1; k <= m; k++) {
    const taper = k / m <= 0.5 ? 1 : 2 * (1 - k / m);
    weighted += 2 * taper * k * covariance[k]!;
    longRun += 2 * taper * covariance[k]!;
  }
  const block = ((2 * weighted ** 2) / (2 * longRun ** 2)) ** (1 / 3) * n ** (1 / 3);
  return Math.min(block, longest);
}

function autocorrelations(
  errors: Float64Array,
  lags: number,
): { covariance: number[]; correlation: number[] } {
  const n = errors.length;
  const covariance: number[] = [];
  const correlation: number[] = [];
  for (let lag = 0; lag <= lags; lag++) {
    let [cross, head, tail] = [0, 0, 0];
    for (let at = lag; at < n; at++) cross += errors[at]! * errors[at - lag]!;
    for (let at = lag + 1; at < n; at++) {
      tail += errors[at]! ** 2;
      head += errors[at - lag - 1]! ** 2;
    }
    covariance.push(cross / n);
    correlation.push(Math.abs(cross) / Math.sqrt(head * tail));
  }
  return { covariance, correlation };
}

/** The lag before the first `quiet` insignificant correlations in a row; null where there are none. */
function lastNotableLag(correlation: readonly number[], quiet: number, cutoff: number): number | null {
  for (let end = quiet; end < correlation.length; end++) {
    if (correlation.slice(end - quiet, end).every((value) => value < cutoff)) return end - quiet;
  }
  return null;
}

/** How often and with which stream to resample. */
export interface Resampling {
  readonly draws: number;
  readonly seed: number;
}

/**
 * Values of a statistic over stationary-bootstrap samples: blocks of geometric length with mean `block`,
 * wrapping around. `statistic` gets the places of the drawn observations; NaN results are left out.
 */
export function stationaryBootstrap(
  n: number,
  block: number,
  { draws, seed }: Resampling,
  statistic: (places: Int32Array) => number,
): Float64Array {
  const random = uniformStream(seed);
  const places = new Int32Array(n);
  const values: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    for (let at = 0; at < n; at++) {
      const fresh = at === 0 || random() < 1 / block;
      places[at] = fresh ? Math.floor(random() * n) : (places[at - 1]! + 1) % n;
    }
    const value = statistic(places);
    if (!Number.isNaN(value)) values.push(value);
  }
  return Float64Array.from(values).sort();
}

/** The 2.5 % and 97.5 % points of ascending values, interpolated; null below 100 values. */
export function interval95(sorted: Float64Array): [number, number] | null {
  if (sorted.length < 100) return null;
  return [percentile(sorted, 0.025), percentile(sorted, 0.975)];
}

function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
