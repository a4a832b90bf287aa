/** One fold's training: parameters as given to LightGBM, the fit, and what it found. */
import { ConfigError } from '../errors.js';
import type { Booster, Dataset } from '../../native/index.js';
import { train, type LightgbmParameters, type TrainProgress, type TrainResult } from '../../native/index.js';

export interface TrainingOptions {
  /** The user's LightGBM parameters, by LightGBM's names. */
  readonly params: Readonly<Record<string, number | string | boolean>>;
  readonly rounds: number;
  readonly earlyStoppingRounds: number;
  /** `ic`, a metric of LightGBM's, or `none` for a fixed number of rounds. */
  readonly earlyStoppingMetric: string;
}

export interface FitOptions extends TrainingOptions {
  readonly train: Dataset;
  readonly valid: Dataset;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainProgress) => void;
}

export interface Fit {
  readonly booster: Booster;
  /** The model up to its best iteration, readable by every LightGBM binding; free of the thread count. */
  readonly modelText: string;
  readonly roundsRun: number;
  /** Trees used, a parent's included. */
  readonly bestIteration: number;
  /** 1-based round of this training whose model is kept. */
  readonly bestRound: number;
  /** The metric that chose the round; `none` where the number of rounds was fixed. */
  readonly decidedBy: string;
  /** Scores of every round on the validation rows, by metric; `ic` among them. */
  readonly validScores: TrainResult['scores'];
  readonly importance: readonly FeatureImportance[];
  readonly log: readonly string[];
}

export interface FeatureImportance {
  readonly feature: string;
  /** Sum of the gains of its splits. */
  readonly gain: number;
  /** Number of its splits. */
  readonly split: number;
}

/**
 * What makes trees independent of the thread count (for a little more time a round), and the log silent.
 */
const FIXED_PARAMETERS: LightgbmParameters = { deterministic: true, force_col_wise: true, verbosity: -1 };

/** Metrics by the names LightGBM accepts, to the one it evaluates under. */
const METRIC_NAMES: Readonly<Record<string, string>> = {
  mae: 'l1',
  mean_absolute_error: 'l1',
  regression_l1: 'l1',
  mse: 'l2',
  mean_squared_error: 'l2',
  regression_l2: 'l2',
  regression: 'l2',
  l2_root: 'rmse',
  root_mean_squared_error: 'rmse',
  mean_absolute_percentage_error: 'mape',
};

/**
 * The parameters in the order in which LightGBM gets them: the user's by name, then the fixed ones. A
 * metric that early stopping needs is evaluated beside the user's.
 */
export function lightgbmParameters({ params, earlyStoppingMetric }: TrainingOptions): LightgbmParameters {
  const sorted = Object.entries(params).sort(([left], [right]) => (left < right ? -1 : 1));
  const metrics = String(params['metric'] ?? 'rmse').split(',');
  const watched = evaluatedName(earlyStoppingMetric);
  const isBuiltIn = watched !== 'ic' && watched !== 'none';
  const known = new Set(metrics.map(evaluatedName));
  const metric = isBuiltIn && !known.has(watched) ? [...metrics, watched] : metrics;
  return { ...Object.fromEntries(sorted), metric: metric.join(','), ...FIXED_PARAMETERS };
}

/**
 * Fits a model, judged on the validation rows only. The caller disposes the booster.
 * @throws ConfigError EARLY_STOPPING_METRIC, NativeError, the signal's reason
 */
export async function fitModel(options: FitOptions): Promise<Fit> {
  const { rounds, earlyStoppingRounds } = options;
  const metric = evaluatedName(options.earlyStoppingMetric);
  const result = await train({
    params: lightgbmParameters(options),
    train: options.train,
    valid: options.valid,
    rounds,
    earlyStopping: metric === 'none' ? undefined : { metric, rounds: earlyStoppingRounds },
    measureIc: true,
    signal: options.signal,
    onProgress: options.onProgress,
  }).catch((error: unknown) => {
    throw (error as { code?: string }).code === 'UNKNOWN_METRIC' ? unknownMetric(metric, error) : error;
  });
  const { booster } = result;
  return {
    booster,
    modelText: withoutThreadCount(await booster.modelText()),
    roundsRun: result.rounds,
    bestIteration: result.bestIteration,
    bestRound: result.bestRound,
    decidedBy: result.decidedBy ?? 'none',
    validScores: result.scores,
    importance: await importanceOf(booster),
    log: result.log,
  };
}

/** LightGBM writes the thread count into the model, where it says nothing about it. */
export function withoutThreadCount(modelText: string): string {
  return modelText.replace(/^\[num_threads: \d+\]$/m, '[num_threads: 0]');
}

async function importanceOf(booster: Booster): Promise<FeatureImportance[]> {
  const gain = await booster.featureImportance('gain');
  const split = await booster.featureImportance('split');
  return booster.featureNames.map((feature, index) => ({
    feature,
    gain: gain[index]!,
    split: split[index]!,
  }));
}

function evaluatedName(metric: string): string {
  return METRIC_NAMES[metric.trim()] ?? metric.trim();
}

function unknownMetric(metric: string, cause: unknown): ConfigError {
  return new ConfigError('EARLY_STOPPING_METRIC', {
    what: `lightgbm.early_stopping_metric is ${metric}, which LightGBM does not evaluate for this objective: ${(cause as Error).message}`,
    fix: 'Use "ic", "rmse", "none" or a metric of LightGBM’s for this objective.',
    cause,
  });
}
