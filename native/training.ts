/** Gradient boosting round by round, with early stopping judged on validation data only. */
import { NativeError } from '../lib/errors.js';
import { nativeAddon, type NativeTrain, type NativeTrainResult } from './addon.js';
import { Booster } from './booster.js';
import { Dataset } from './dataset.js';
import { refuseNoRounds, watchedMetrics, type EarlyStopping } from './early-stopping.js';
import { refuseClasses, refuseUnsafeParameters } from './parameter-limits.js';
import { canonicalParameters, type LightgbmParameters } from './parameters.js';
import {
  badOption,
  currentRuntime,
  isRefusal,
  nextJob,
  refuseNoObject,
  typedError,
  withThreads,
} from './runtime.js';

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
 * @throws NativeError BAD_OPTION, NO_LABEL, BINS_DIFFER, INIT_MODEL_DIFFERS, UNKNOWN_METRIC, UNKNOWN_PARAMETER and its
 *   like, LIGHTGBM_REFUSED, DISPOSED; what `signal` or `onProgress` gave
 */
export async function train(given: TrainOptions): Promise<TrainResult> {
  refuseNoObject('train', given);
  refuseListeners(given);
  given.signal?.throwIfAborted();
  const { value, log } = await runTraining(given, checkedOptions(given));
  return describeResult(value, log);
}

function refuseListeners({ signal, onProgress }: TrainOptions): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badOption('signal', 'an AbortSignal', signal);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw badOption('onProgress', 'a function', onProgress);
}

function checkedOptions(given: TrainOptions): NativeOptions {
  refuseNoRounds('rounds', given.rounds);
  refuseDatasets(given);
  const parameters = trainingParameters(given);
  for (const dataset of [given.train, given.valid]) if (dataset) refuseClasses(parameters, dataset);
  const watched = watchedMetrics(given, parameters);
  const measureIc = given.measureIc ?? watched.includes('ic');
  if (typeof measureIc !== 'boolean') throw badOption('measureIc', 'true or false', measureIc);
  if (measureIc && given.valid === undefined) throw badOption('measureIc', 'false without valid', true);
  return {
    train: given.train.native,
    valid: given.valid?.native ?? null,
    parameters: withThreads(parameters),
    datasetParameters: withThreads(given.train.parameters),
    rounds: given.rounds,
    measureIc,
    watched,
    patience: given.earlyStopping?.rounds ?? 0,
  };
}

type NativeOptions = Omit<NativeTrain, 'onProgress'>;

/** Runs the job; the progress callback's own error goes before all others. */
async function runTraining(given: TrainOptions, options: NativeOptions) {
  const job = nextJob();
  const thrown: unknown[] = [];
  const cancel = (): void => nativeAddon().cancel(job);
  const onProgress: NativeTrain['onProgress'] = (round, scores, metrics) => {
    if (thrown.length > 0) return;
    try {
      const named = Object.fromEntries(metrics.map((metric, index) => [metric, scores[index]!]));
      given.onProgress?.({ round, rounds: given.rounds, scores: named });
    } catch (error) {
      thrown.push(error);
      cancel();
    }
  };
  given.signal?.addEventListener('abort', cancel, { once: true });
  try {
    const answer = await nativeAddon().train(job, { ...options, onProgress });
    if (thrown.length === 0) return answer;
    nativeAddon().disposeBooster(answer.value.booster.handle);
  } catch (refusal) {
    if (thrown.length === 0) {
      if (isRefusal(refusal) && refusal.code === 'CANCELLED') given.signal?.throwIfAborted();
      throw typedError('train', refusal);
    }
  } finally {
    given.signal?.removeEventListener('abort', cancel);
  }
  throw thrown[0];
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
function trainingParameters({ params, train, rounds }: TrainOptions): Map<string, string> {
  const parameters = canonicalParameters(params, currentRuntime().names);
  const categorical = train.parameters.get('categorical_feature');
  if (categorical !== undefined) parameters.set('categorical_feature', categorical);
  refuseUnsafeParameters(parameters, train.columns);
  return parameters.set('num_iterations', String(rounds));
}

function refuseDatasets({ train, valid }: TrainOptions): void {
  for (const [name, dataset] of [
    ['train', train],
    ['valid', valid],
  ] as const) {
    if (dataset === undefined && name === 'valid') continue;
    if (!(dataset instanceof Dataset)) throw badOption(name, 'a Dataset', dataset);
    if (dataset.labels !== null) continue;
    throw new NativeError('NO_LABEL', {
      what: `The dataset given as ${name} has no label.`,
      fix: 'Make it with a label.',
    });
  }
  if (valid !== undefined && valid.bins !== train.bins) {
    throw new NativeError('BINS_DIFFER', {
      what: 'The validation data were binned on their own, not like the training data.',
      fix: 'Make them with reference: the training dataset.',
    });
  }
  if (valid === undefined || valid.initModel === train.initModel) return;
  throw new NativeError('INIT_MODEL_DIFFERS', {
    what: 'The training and the validation data were made with different initial models.',
    fix: 'Give both the same initModel, or neither one.',
  });
}
