/** Statistics of UTC-day returns, annualised by 365 days, deviations with ddof 1. Pure. */
import { DAY_MS, dayOf } from '../bars/interval.js';
import { interval95, optimalStationaryBlock, stationaryBootstrap } from './bootstrap.js';
import { normalCdf, normalQuantile } from './normal.js';
import type { DailyStatistics, Drawdown } from './types.js';

const DAYS_A_YEAR = 365;
const BOOTSTRAP = { draws: 2000, seed: 20230324 };
const LEAST_DAYS_FOR_INTERVAL = 30;
const TRIALS_SHOWN = [10, 100, 1000];
const EULER_GAMMA = 0.5772156649015329;

/** Mean, deviation (ddof 1) and population skewness and kurtosis (not excess) of returns. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly deviation: number;
  readonly skewness: number;
  readonly kurtosis: number;
}

/** Moments of at least two returns. */
export function momentsOf(returns: Float64Array): Moments {
  const n = returns.length;
  const mean = returns.reduce((sum, value) => sum + value, 0) / n;
  let [second, third, fourth] = [0, 0, 0];
  for (const value of returns) {
    const error = value - mean;
    second += error ** 2;
    third += error ** 3;
    fourth += error ** 4;
  }
  const population = second / n;
  return {
    n,
    mean,
    deviation: Math.sqrt(second / (n - 1)),
    skewness: third / n / population ** 1.5,
    kurtosis: fourth / n / population ** 2,
  };
}

/** Sharpe ratio a day; null where returns do not vary. */
export function dailySharpe({ mean, deviation }: Pick<Moments, 'mean' | 'deviation'>): number | null {
  return deviation > 0 ? mean / deviation : null;
}

/** Probability that the true Sharpe ratio a day exceeds `benchmark`. Source: Bailey and López de Prado 2012. */
export function probabilisticSharpe(moments: Moments, benchmark = 0): number | null {
  const sharpe = dailySharpe(moments);
  if (sharpe === null) return null;
  const { n, skewness, kurtosis } = moments;
  const variance = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2;
  return variance > 0 ? normalCdf(((sharpe - benchmark) * Math.sqrt(n - 1)) / Math.sqrt(variance)) : null;
}

/** Expected greatest Sharpe ratio a day of `trials` worthless strategies whose ratios have this variance. */
export function expectedMaximumSharpe(trials: number, varianceOfSharpes: number): number {
  if (trials <= 1) return 0;
  const far = normalQuantile(1 - 1 / trials);
  const farther = normalQuantile(1 - 1 / (trials * Math.E));
  return Math.sqrt(varianceOfSharpes) * ((1 - EULER_GAMMA) * far + EULER_GAMMA * farther);
}

/** Probabilistic Sharpe ratio against the best of `trials`. Source: Bailey and López de Prado 2014. */
export function deflatedSharpe(moments: Moments, trials: number, varianceOfSharpes: number): number | null {
  return probabilisticSharpe(moments, expectedMaximumSharpe(trials, varianceOfSharpes));
}

/** Sortino ratio a year: mean over the root of the mean squared loss, all days counted. */
export function sortinoRatio(returns: Float64Array): number | null {
  let losses = 0;
  let sum = 0;
  for (const value of returns) {
    sum += value;
    if (value < 0) losses += value ** 2;
  }
  const downside = Math.sqrt(losses / returns.length);
  return downside > 0 ? (sum / returns.length / downside) * Math.sqrt(DAYS_A_YEAR) : null;
}

/** Deepest fall of the compounded returns, as places in them; peak -1 is the start. */
export function deepestFall(returns: Float64Array): { depth: number; peak: number; trough: number } {
  let [value, high, peak] = [1, 1, -1];
  let deepest = { depth: 0, peak: -1, trough: -1 };
  for (let at = 0; at < returns.length; at++) {
    value *= 1 + returns[at]!;
    if (value > high) {
      high = value;
      peak = at;
    }
    const depth = value / high - 1;
    if (depth < deepest.depth) deepest = { depth, peak, trough: at };
  }
  return deepest;
}

/**
 * All statistics of a series of daily returns.
 * @param days UTC day numbers of the returns
 * @param trials strategies tried, for the deflated ratio beside 10, 100 and 1000
 */
export function dailyStatistics(returns: Float64Array, days: Float64Array, trials: number): DailyStatistics {
  const n = returns.length;
  const total = returns.reduce((value, change) => value * (1 + change), 1) - 1;
  const moments = n >= 2 ? momentsOf(returns) : null;
  const sharpe = moments === null ? null : dailySharpe(moments);
  const annualReturn = n > 0 && total > -1 ? (1 + total) ** (DAYS_A_YEAR / n) - 1 : n > 0 ? -1 : null;
  const fall = deepestFall(returns);
  const varies = moments !== null && sharpe !== null;
  return {
    days: n,
    totalReturn: total,
    annualReturn,
    annualVolatility: moments === null ? null : moments.deviation * Math.sqrt(DAYS_A_YEAR),
    sharpe: sharpe === null ? null : sharpe * Math.sqrt(DAYS_A_YEAR),
    sharpe95: sharpe === null ? null : sharpeInterval(returns),
    sortino: n === 0 ? null : sortinoRatio(returns),
    calmar: annualReturn === null || fall.depth === 0 ? null : annualReturn / -fall.depth,
    drawdown: fall.depth === 0 ? null : datedFall(returns, days, fall),
    skewness: varies ? moments.skewness : null,
    kurtosis: varies ? moments.kurtosis : null,
    probabilisticSharpe: varies ? probabilisticSharpe(moments) : null,
    deflatedSharpe: [trials, ...TRIALS_SHOWN].map((count) => ({
      trials: count,
      value: varies ? deflatedSharpe(moments, count, 1 / (n - 1)) : null,
    })),
  };
}

/** 95 % interval of the annual Sharpe ratio; null below 30 days. */
export function sharpeInterval(returns: Float64Array, draws = BOOTSTRAP.draws): [number, number] | null {
  const n = returns.length;
  if (n < LEAST_DAYS_FOR_INTERVAL) return null;
  const block = Math.max(1, optimalStationaryBlock(returns));
  const values = stationaryBootstrap(n, block, { ...BOOTSTRAP, draws }, (places) => {
    let [sum, squares] = [0, 0];
    for (const place of places) {
      const value = returns[place]!;
      sum += value;
      squares += value * value;
    }
    const variance = (squares - sum ** 2 / n) / (n - 1);
    return variance > 0 ? (sum / n / Math.sqrt(variance)) * Math.sqrt(DAYS_A_YEAR) : Number.NaN;
  });
  return interval95(values);
}

function datedFall(
  returns: Float64Array,
  days: Float64Array,
  { depth, peak, trough }: { depth: number; peak: number; trough: number },
): Drawdown {
  const dayAt = (at: number): string => dayOf(days[Math.max(0, at)]! * DAY_MS);
  let value = 1;
  let recovered: string | null = null;
  for (let at = peak + 1; at < returns.length && recovered === null; at++) {
    value *= 1 + returns[at]!;
    if (at > trough && value >= 1) recovered = dayAt(at);
  }
  return { depth, peak: dayAt(peak), trough: dayAt(trough), recovered };
}
