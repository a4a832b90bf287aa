/** Gradient boosting round by round, with early stopping judged on validation data only. */
import { NativeError } from '../lib/errors.js';
import { nativeAddon, type NativeTrain, type NativeTrainResult } from './addon.js';
import { Booster } from './booster.js';
import { Dataset } from './dataset.js';
import { canonicalParameters, type LightgbmParameters } from './parameters.js';
import { badOption, currentRuntime, isRefusal, nativeError, nextJob, withThreads } from './runtime.js';

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

export interface TrainProgress {
  /** Rounds done. */
  readonly round: number;
  readonly rounds: number;
  /** Scores of that round on the validation data, by metric. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface TrainOptions {
  readonly params: LightgbmParameters;
  readonly train: Dataset;
  /** Made with `reference: train`. Without it nothing is evaluated. */
  readonly valid?: Dataset | undefined;
  /** Rounds at most. */
  readonly rounds: number;
  /** Absent: all rounds are run and the last is kept. */
  readonly earlyStopping?: EarlyStopping | undefined;
  /** Evaluate `ic` each round; by default where early stopping watches it. */
  readonly measureIc?: boolean | undefined;
  /** Ends training within one round; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the latest round, coalesced; what it throws ends the training and rejects the promise. */
  readonly onProgress?: ((progress: TrainProgress) => void) | undefined;
}

export interface TrainResult {
  /** Holds every round; predicts and writes up to `bestIteration` unless told otherwise. */
  readonly booster: Booster;
  /** Rounds run. */
  readonly rounds: number;
  /** The round kept, 1-based, counted from this training's first. */
  readonly bestRound: number;
  /** Iterations of the model at that round: those of `initModel` included, rounds with an empty tree not. */
  readonly bestIteration: number;
  /** The metric that decided; null without early stopping. */
  readonly decidedBy: string | null;
  /** Whether patience ran out before the last round. */
  readonly stoppedEarly: boolean;
  /** By metric, the score of each round on the validation data; NaN where undefined. */
  readonly scores: Readonly<Record<string, Float64Array>>;
  readonly log: readonly string[];
}

/**
 * Trains a booster. Continues from the `initModel` of its datasets where they have one.
 * @throws NativeError BAD_OPTION, NO_LABEL, INIT_MODEL_DIFFERS, UNKNOWN_METRIC, UNKNOWN_PARAMETER and its
 *   like, LIGHTGBM_REFUSED, DISPOSED; what `signal` or `onProgress` gave
 */
export async function train(given: TrainOptions): Promise<TrainResult> {
  given.signal?.throwIfAborted();
  const watched = watchedMetrics(given);
  refuseDatasets(given);
  const options = {
    train: given.train.native,
    valid: given.valid?.native ?? null,
    parameters: trainingParameters(given),
    datasetParameters: withThreads(given.train.parameters),
    rounds: given.rounds,
    measureIc: given.measureIc ?? watched.includes('ic'),
    watched,
    patience: given.earlyStopping?.rounds ?? 0,
  };
  if (options.measureIc && options.valid === null) throw badOption('measureIc', 'false without valid', true);
  const { value, log } = await runTraining(given, options);
  return describeResult(value, log);
}

type NativeOptions = Omit<NativeTrain, 'onProgress'>;

async function runTraining(given: TrainOptions, options: NativeOptions) {
  const job = nextJob();
  let thrown: { error: unknown } | null = null;
  const cancel = (): void => nativeAddon().cancel(job);
  const onProgress = (round: number, scores: Float64Array, metrics: readonly string[]): void => {
    if (thrown) return;
    try {
      const named = Object.fromEntries(metrics.map((metric, index) => [metric, scores[index]!]));
      given.onProgress?.({ round, rounds: given.rounds, scores: named });
    } catch (error) {
      thrown = { error };
      cancel();
    }
  };
  given.signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await nativeAddon().train(job, { ...options, onProgress });
  } catch (refusal) {
    if (isRefusal(refusal) && refusal.code === 'CANCELLED' && thrown === null) given.signal?.throwIfAborted();
    if (thrown === null) throw isRefusal(refusal) ? nativeError('train', refusal) : refusal;
  } finally {
    given.signal?.removeEventListener('abort', cancel);
  }
  throw (thrown as { error: unknown }).error;
}

function describeResult(value: NativeTrainResult, log: readonly string[]): TrainResult {
  const width = value.metrics.length;
  const column = (index: number): Float64Array =>
    Float64Array.from({ length: value.rounds }, (_, round) => value.scores[round * width + index]!);
  return {
    booster: new Booster(value.booster, value.bestIteration),
    rounds: value.rounds,
    bestRound: value.bestRound,
    bestIteration: value.bestIteration,
    decidedBy: value.decidedBy,
    stoppedEarly: value.stoppedEarly,
    scores: Object.fromEntries(value.metrics.map((metric, index) => [metric, column(index)])),
    log,
  };
}

/** In the order given, then what the datasets and the options add; LightGBM reads names, not places. */
function trainingParameters({ params, train, rounds }: TrainOptions): string {
  const parameters = canonicalParameters(params, currentRuntime().names);
  const categorical = train.parameters.get('categorical_feature');
  if (categorical !== undefined) parameters.set('categorical_feature', categorical);
  return withThreads(parameters.set('num_iterations', String(rounds)));
}

function watchedMetrics({ earlyStopping, valid, params, rounds }: TrainOptions): string[] {
  if (!Number.isInteger(rounds) || rounds < 1 || rounds >= 2 ** 31) {
    throw badOption('rounds', 'a whole number of at least 1', rounds);
  }
  if (earlyStopping === undefined) return [];
  if (valid === undefined) throw badOption('valid', 'a Dataset where earlyStopping is given', valid);
  if (
    !Number.isInteger(earlyStopping.rounds) ||
    earlyStopping.rounds < 1 ||
    earlyStopping.rounds >= 2 ** 31
  ) {
    throw badOption('earlyStopping.rounds', 'a whole number of at least 1', earlyStopping.rounds);
  }
  const metrics =
    typeof earlyStopping.metric === 'string' ? [earlyStopping.metric] : [...earlyStopping.metric];
  if (metrics.length === 0) throw badOption('earlyStopping.metric', 'a metric, or several', metrics);
  const { names } = currentRuntime();
  const boosting = Object.entries(params).find(([name]) => names.get(name) === 'boosting')?.[1];
  if (boosting === 'dart') {
    throw badOption(
      'earlyStopping',
      'absent with boosting=dart, which changes earlier trees',
      metrics.join(', '),
    );
  }
  return metrics;
}

function refuseDatasets({ train, valid }: TrainOptions): void {
  for (const [name, dataset] of [
    ['train', train],
    ['valid', valid],
  ] as const) {
    if (dataset === undefined && name === 'valid') continue;
    if (!(dataset instanceof Dataset)) throw badOption(name, 'a Dataset', dataset);
    if (dataset.hasLabel) continue;
    throw new NativeError('NO_LABEL', {
      what: `The dataset given as ${name} has no label.`,
      fix: 'Make it with a label.',
    });
  }
  if (valid === undefined || valid.initModel === train.initModel) return;
  throw new NativeError('INIT_MODEL_DIFFERS', {
    what: 'The training and the validation data were made with different initial models.',
    fix: 'Give both the same initModel, or neither one.',
  });
}
