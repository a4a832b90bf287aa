/** Tries the training parameters on a few made-up rows, so that a mistake is told before anything is computed. */
import { ConfigError, NativeError } from '../errors.js';
import { Dataset } from '../../native/index.js';
import { fitModel, lightgbmParameters, type TrainingOptions } from './training.js';

const ROWS = 256;

export interface TrainingShape {
  /** Names of the features, in the order of the columns. */
  readonly columns: readonly string[];
  /** Those of them whose values are categories. */
  readonly categorical: readonly string[];
}

/**
 * Trains one round on made-up rows of the same columns and labels of both signs. LightGBM must be loaded
 * in this thread. Takes a few milliseconds.
 * @throws ConfigError LIGHTGBM_PARAMETERS with LightGBM's own message, EARLY_STOPPING_METRIC
 */
export async function checkTraining(options: TrainingOptions, shape: TrainingShape): Promise<void> {
  try {
    await tryOneRound(options, shape);
  } catch (thrown) {
    if (!(thrown instanceof NativeError)) throw thrown;
    throw new ConfigError('LIGHTGBM_PARAMETERS', {
      what: `LightGBM cannot train with what stands under lightgbm in the config: ${refusalOf(thrown)}.`,
      fix: 'Correct that parameter under lightgbm; nothing was computed.',
      details: { native: thrown.code, ...thrown.details },
      cause: thrown,
    });
  }
}

async function tryOneRound(options: TrainingOptions, { columns, categorical }: TrainingShape): Promise<void> {
  const dataset = {
    matrix: madeUpRows(columns, new Set(categorical)),
    label: Float64Array.from({ length: ROWS }, (_, row) => (((row * 7) % 11) - 5) * 1e-4),
    columns: columns.length,
    params: lightgbmParameters(options),
    featureNames: columns,
    categoricalFeatures: categorical,
  };
  const train = await Dataset.fromMatrix(dataset);
  try {
    const valid = await Dataset.fromMatrix({ ...dataset, reference: train });
    try {
      const signal = new AbortController().signal;
      const fit = await fitModel({
        ...options,
        rounds: 1,
        train,
        valid,
        signal,
        onProgress: () => undefined,
      });
      fit.booster.dispose();
    } finally {
      valid.dispose();
    }
  } finally {
    train.dispose();
  }
}

/** Row-major; every column has several values, those of categories are whole numbers. */
function madeUpRows(columns: readonly string[], categorical: ReadonlySet<string>): Float64Array {
  const matrix = new Float64Array(ROWS * columns.length);
  for (let at = 0; at < matrix.length; at++) {
    const [row, column] = [Math.floor(at / columns.length), at % columns.length];
    matrix[at] = categorical.has(columns[column]!) ? row % 3 : ((row * (column + 3)) % 17) / 17;
  }
  return matrix;
}

/** LightGBM's own words, without the place in its source that it puts before some of them. */
function refusalOf(error: NativeError): string {
  const message = typeof error.details.message === 'string' ? error.details.message : error.what;
  return message
    .replace(/\s+at \S+\.(?:cpp|hpp|h), line \d+.*$/s, '')
    .trim()
    .replace(/\.$/, '');
}
