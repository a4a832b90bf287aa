/** The whole evaluation of a signal. Pure. */
import { DELAYS_BARS, delayIc, HORIZONS_BARS, horizonIc } from './decay.js';
import { summarizeIc } from './information.js';
import type { Judged } from './judged.js';
import { judgedData } from './judged-data.js';
import { gatherReturns, monotonicity, quantileCurves, quantileSpread, quantileTable } from './quantiles.js';
import { reasonsOf } from './reasons.js';
import { binRows, EX_POST, type ScopeOptions } from './scopes.js';
import { AUTOCORRELATION_BARS, binTurnover, rankAutocorrelation } from './turnover.js';
import type { Evaluation, SourceRows } from './types.js';

export interface EvaluateOptions extends ScopeOptions {
  readonly interval: string;
  /** `model` or the expression judged instead. */
  readonly signal: string;
  readonly importance: Evaluation['importance'];
  /** By symbol. */
  readonly sourceRows: Readonly<Record<string, SourceRows>>;
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
    data: judgedData(judged, options.sourceRows),
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
