/** The whole evaluation of a signal. Pure. */
import { DELAYS_BARS, delayIc, HORIZONS_BARS, horizonIc } from './decay.js';
import { summarizeIc } from './information.js';
import type { Judged } from './judged.js';
import { judgedData } from './judged-data.js';
import { gatherReturns, monotonicity, quantileCurves, quantileSpread, quantileTable } from './quantiles.js';
import { binRows, EX_POST, type ScopeOptions } from './scopes.js';
import { AUTOCORRELATION_BARS, binTurnover, rankAutocorrelation } from './turnover.js';
import type { Evaluation } from './types.js';

export interface EvaluateOptions extends ScopeOptions {
  readonly interval: string;
  /** `model` or the expression judged instead. */
  readonly signal: string;
  readonly importance: Evaluation['importance'];
}

/** Judges the predictions of all folds and symbols under one scope. */
export function evaluateSignal(judged: Judged, options: EvaluateOptions): Evaluation {
  const { bins, grid } = binRows(judged, options);
  const returns = gatherReturns(judged, bins, options.bins);
  const quantiles = quantileTable(returns);
  const { timesMs, curves } = quantileCurves(returns);
  const ic = summarizeIc(judged);
  const evaluation: Omit<Evaluation, 'reasons'> = {
    symbols: judged.symbols.map(({ symbol }) => symbol),
    interval: options.interval,
    signal: options.signal,
    scope: options.scope,
    exPost: EX_POST[options.scope],
    rows: judged.symbols.reduce((sum, { timeMs }) => sum + timeMs.length, 0),
    rowsWithTarget: ic.byFold.reduce((sum, { n }) => sum + n, 0),
    days: ic.byDay.filter((day) => day.ic !== null).length,
    data: judgedData(judged),
    grid,
    ic,
    horizons: HORIZONS_BARS.map((bars) => horizonIc(judged, bars)),
    delays: DELAYS_BARS.map((bars) => delayIc(judged, bars)),
    quantiles,
    curveTimesMs: timesMs,
    curves,
    spread: quantileSpread(returns),
    monotonicity: monotonicity(quantiles),
    binTurnover: binTurnover(judged, bins),
    rankAutocorrelation: AUTOCORRELATION_BARS.map((bars) => ({
      bars,
      value: rankAutocorrelation(judged, bars),
    })),
    importance: options.importance,
  };
  return { ...evaluation, reasons: reasonsOf(evaluation) };
}

/** Why a number is absent, by its path. */
function reasonsOf(evaluation: Omit<Evaluation, 'reasons'>): Record<string, string> {
  const { ic, quantiles, spread, grid } = evaluation;
  const reasons: Record<string, string> = {};
  if (ic.ic === null) reasons['ic.ic'] = 'no fold has two different predictions and two different targets';
  if (ic.pooled === null) reasons['ic.pooled'] = 'all predictions or all targets are equal';
  if (ic.daily === null) reasons['ic.daily'] = 'fewer than two days have an IC';
  else if (ic.daily.t === null) reasons['ic.daily.t'] = 'the daily means do not vary';
  if (ic.crossSectional === null) reasons['ic.crossSectional'] = 'fewer than five symbols';
  const without = ic.byFold.filter(({ ic: own }) => own === null).length;
  if (without > 0 && ic.ic !== null) {
    reasons['ic.byFold'] =
      `${without} of ${ic.byFold.length} folds and symbols have no IC: the means are those of the others`;
  }
  const emptyDays = ic.byDay.filter((day) => day.ic === null).length;
  if (emptyDays > 0)
    reasons['ic.byDay'] = `${emptyDays} of ${ic.byDay.length} days belong to folds without an IC`;
  for (const { fold, symbol, ic: own } of ic.byFold) {
    if (own === null)
      reasons[`ic.byFold.${fold}.${symbol}`] = 'all predictions or all targets of the fold are equal';
  }
  const few = ic.byFold.filter(({ distinctPredictions }) => distinctPredictions < grid.bins);
  if (few.length > 0) {
    const fewest = few.reduce((least, fold) => Math.min(least, fold.distinctPredictions), Infinity);
    reasons['grid.bins'] =
      `in ${few.length} of ${ic.byFold.length} folds and symbols fewer predictions differ (${fewest} at the fewest) than there are bins (${grid.bins}): some bins stay empty`;
  }
  const rows = evaluation.data.reduce((sum, { rows: own }) => sum + own, 0);
  const missing = evaluation.data.reduce((sum, { withoutPrediction }) => sum + withoutPrediction, 0);
  if (missing > 0) reasons.rows = `${missing} of ${rows} predictions are missing (NaN)`;
  const empty = quantiles.filter(({ count }) => count === 0).length;
  if (empty > 0) {
    reasons.quantiles = `${empty} of ${quantiles.length} quantiles hold no row${grid.note === null ? ': few predictions differ' : `: ${grid.note}`}`;
  }
  if (spread.meanBp === null)
    reasons.spread = 'fewer than two days have rows in the top and in the bottom quantile';
  if (evaluation.monotonicity === null) reasons.monotonicity = 'fewer than three quantiles hold rows';
  if (evaluation.binTurnover === null) reasons.binTurnover = 'no two neighbouring bars have a bin';
  return reasons;
}
