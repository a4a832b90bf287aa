import type { BarTable } from '../../bars/index.js';
import { isZero, PERIOD_BARS, writeWarmUp, type Kernel } from '../kernel.js';

const SMOOTHING_BARS = 3;

/**
 * Slow stochastic, both in [0, 100]: fastK = 100 * (C - min14(L)) / (max14(H) - min14(L)), `slowk` =
 * mean of 3 fastK (first at bar 15), `slowd` = mean of 3 slowK (first at bar 17); fastK is 0 where the
 * range is zero beside its size. Source: TA-Lib's STOCH.
 */
export const stochKernel: Kernel = (bars, segment, [slowK, slowD]) => {
  const fastK = new Float64Array(segment.end - segment.start);
  for (let i = PERIOD_BARS - 1; i < fastK.length; i++) fastK[i] = fastKAt(bars, segment.start + i);
  const first = writeWarmUp(slowK!, segment, PERIOD_BARS + SMOOTHING_BARS - 2);
  for (let t = first; t < segment.end; t++) {
    const i = t - segment.start;
    slowK![t] = (fastK[i - 2]! + fastK[i - 1]! + fastK[i]!) / SMOOTHING_BARS;
  }
  for (let t = writeWarmUp(slowD!, segment, PERIOD_BARS + 2 * SMOOTHING_BARS - 3); t < segment.end; t++) {
    slowD![t] = (slowK![t - 2]! + slowK![t - 1]! + slowK![t]!) / SMOOTHING_BARS;
  }
};

function fastKAt({ high, low, close }: BarTable, t: number): number {
  let lowest = low[t]!;
  let highest = high[t]!;
  for (let j = t - PERIOD_BARS + 1; j < t; j++) {
    if (low[j]! < lowest) lowest = low[j]!;
    if (high[j]! > highest) highest = high[j]!;
  }
  const range = highest - lowest;
  if (isZero(range, Math.abs(highest) + Math.abs(lowest))) return 0;
  return 100 * ((close[t]! - lowest) / range);
}
