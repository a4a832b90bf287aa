/** Why numbers of an evaluation are absent, by their paths; entries of lists are named by their bars or labels. */
import type { Evaluation } from './types.js';

type Judgement = Omit<Evaluation, 'reasons'>;
type Reasons = Record<string, string>;

/** A reason for each absent number, and what else must be said of the numbers. */
export function reasonsOf(evaluation: Judgement): Reasons {
  return {
    ...rowReasons(evaluation),
    ...icReasons(evaluation),
    ...decayReasons(evaluation),
    ...quantileReasons(evaluation),
  };
}

/** Why nothing can be compared; null where some row has a prediction and a target. */
function nothingToCompare({ data, rowsWithTarget }: Judgement): string | null {
  if (rowsWithTarget > 0) return null;
  const known = data.some(({ rows, withoutPrediction }) => withoutPrediction < rows);
  return known
    ? 'no row has both a prediction and a target'
    : 'there are no predictions: all are missing (NaN)';
}

function rowReasons({ data }: Judgement): Reasons {
  const rows = data.reduce((sum, { rows: own }) => sum + own, 0);
  const missing = data.reduce((sum, { withoutPrediction }) => sum + withoutPrediction, 0);
  return missing > 0 ? { rows: `${missing} of ${rows} predictions are missing (NaN)` } : {};
}

function icReasons(evaluation: Judgement): Reasons {
  const { ic } = evaluation;
  const nothing = nothingToCompare(evaluation);
  const reasons: Reasons = {};
  if (ic.ic === null)
    reasons['ic.ic'] = nothing ?? 'no fold has two different predictions and two different targets';
  if (ic.pooled === null) reasons['ic.pooled'] = nothing ?? 'all predictions or all targets are equal';
  if (ic.daily === null) reasons['ic.daily'] = 'fewer than two days have an IC';
  else if (ic.daily.t === null) reasons['ic.daily.t'] = 'the daily means do not vary';
  if (ic.insideDayExPost === null)
    reasons['ic.insideDayExPost'] =
      nothing ?? 'no day has two different predictions and two different targets';
  if (ic.crossSectional === null) reasons['ic.crossSectional'] = 'fewer than five symbols';
  else if (ic.crossSectional.ic === null)
    reasons['ic.crossSectional.ic'] = nothing ?? 'at no bar do five symbols differ in prediction and target';
  return { ...reasons, ...foldReasons(ic) };
}

function foldReasons({ ic, byFold, byDay }: Judgement['ic']): Reasons {
  const reasons: Reasons = {};
  const without = byFold.filter((fold) => fold.ic === null);
  if (without.length > 0 && ic !== null) {
    reasons['ic.byFold'] =
      `${without.length} of ${byFold.length} folds and symbols have no IC: the means are those of the others`;
  }
  const emptyDays = byDay.filter((day) => day.ic === null).length;
  if (emptyDays > 0)
    reasons['ic.byDay'] = `${emptyDays} of ${byDay.length} days belong to folds without an IC`;
  for (const { fold, symbol } of without)
    reasons[`ic.byFold.${fold}.${symbol}`] = 'all predictions or all targets of the fold are equal';
  return reasons;
}

function decayReasons(evaluation: Judgement): Reasons {
  const { horizons, delays, rankAutocorrelation, ic } = evaluation;
  const reasons: Reasons = {};
  const why =
    nothingToCompare(evaluation) ??
    (ic.ic === null
      ? 'no fold has two different predictions and two different targets'
      : 'no fold has two different predictions with as many bars after them without a hole');
  for (const [name, list] of [['horizons', horizons] as const, ['delays', delays] as const]) {
    for (const { bars, ic: own } of list) if (own === null) reasons[`${name}.${bars}`] = why;
  }
  for (const { bars, value } of rankAutocorrelation) {
    if (value === null)
      reasons[`rankAutocorrelation.${bars}`] =
        'no fold has two different predictions with others as many bars before them without a hole';
  }
  return reasons;
}

function quantileReasons(evaluation: Judgement): Reasons {
  const { quantiles, spread, grid, ic } = evaluation;
  const reasons: Reasons = {};
  const few = ic.byFold.filter(({ distinctPredictions }) => distinctPredictions < grid.bins);
  if (few.length > 0) {
    const fewest = few.reduce((least, fold) => Math.min(least, fold.distinctPredictions), Infinity);
    reasons['grid.bins'] =
      `in ${few.length} of ${ic.byFold.length} folds and symbols fewer predictions differ (${fewest} at the fewest) than there are bins (${grid.bins}): some bins stay empty`;
  }
  const empty = quantiles.filter(({ count }) => count === 0).length;
  if (empty > 0) {
    const why =
      nothingToCompare(evaluation) ??
      grid.note ??
      (few.length > 0 ? 'few predictions differ' : 'no prediction was ranked there');
    reasons.quantiles = `${empty} of ${quantiles.length} quantiles hold no row: ${why}`;
  }
  if (spread.meanBp === null)
    reasons.spread = 'fewer than two days have rows in the top and in the bottom quantile';
  if (evaluation.monotonicity === null)
    reasons.monotonicity = 'fewer than three quantiles hold rows, or their means are equal';
  if (evaluation.binTurnover === null) reasons.binTurnover = 'no two neighbouring bars have a bin';
  return reasons;
}
