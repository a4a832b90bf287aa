/** What is kept of a fold beside its model. */
import { spearmanIc, type LightgbmParameters } from '../../native/index.js';
import type { Fit } from './training.js';

export interface FoldRows {
  /** Rows fitted; all have a target. */
  readonly train: number;
  /** Rows of the validation part, and those of them that have a target. */
  readonly valid: number;
  readonly validWithTarget: number;
}

/** Null where undefined: too few rows, or constant predictions. */
export interface PredictionScores {
  readonly ic: number | null;
  readonly rmse: number | null;
}

/**
 * Rank correlation and root mean squared error over the rows that have a target. Sums run in row order,
 * so the figures do not depend on the thread count.
 */
export function scorePredictions(prediction: Float64Array, target: Float64Array): PredictionScores {
  const known = Int32Array.from(target.keys()).filter((row) => !Number.isNaN(target[row]!));
  const predicted = Float64Array.from(known, (row) => prediction[row]!);
  const actual = Float64Array.from(known, (row) => target[row]!);
  const squares = predicted.reduce((sum, value, row) => sum + (value - actual[row]!) ** 2, 0);
  return {
    ic: orNull(spearmanIc(predicted, actual)),
    rmse: orNull(Math.sqrt(squares / known.length)),
  };
}

/** Plain JSON of a fit: the same for any thread count. */
export function summariseFit(
  fit: Fit,
  rows: FoldRows,
  scores: PredictionScores,
  parameters: LightgbmParameters,
) {
  return {
    rows,
    roundsRun: fit.roundsRun,
    bestRound: fit.bestRound,
    bestIteration: fit.bestIteration,
    decidedBy: fit.decidedBy,
    scores: { ic: scores.ic, rmse: scores.rmse },
    validScores: Object.fromEntries(
      Object.entries(fit.validScores).map(([metric, values]) => [metric, Array.from(values, roundedScore)]),
    ),
    importance: fit.importance,
    parameters,
    log: fit.log,
  };
}

/** LightGBM sums its metrics by thread, so their last digits depend on how many there are: 12 are kept. */
function roundedScore(score: number): number | null {
  return Number.isNaN(score) ? null : Number(score.toPrecision(12));
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
