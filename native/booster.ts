/** Trained models. */
import { readFile, writeFile } from 'node:fs/promises';
import { NativeError } from '../lib/errors.js';
import { nativeAddon, type BoosterDescription, type BoosterHandle } from './addon.js';
import { rowsOf, sharedMatrix } from './buffers.js';
import { checkModelText } from './model-text.js';
import { badOption, refuseNoObject, runJob, withThreads } from './runtime.js';

/** Ends a model that Python's binding wrote or may read: no column came from a pandas categorical. */
const PYTHON_TRAILER = '\npandas_categorical:[]\n';

const KINDS = { value: 0, raw: 1, leaf: 2, contribution: 3 } as const;

/**
 * What a prediction holds a row. `value`: one number (a probability, a price), or one a class; `raw`: the
 * same before the objective's transform; `leaf`: the leaf index in each tree; `contribution`: each
 * feature's share of the raw score (SHAP) and the expected score last.
 */
export type PredictionKind = keyof typeof KINDS;

export interface PredictOptions {
  /** Row-major, rows x features; NaN is missing. Read where it lies if in a SharedArrayBuffer, else copied. */
  readonly matrix: Float64Array;
  /** Columns of the matrix; a model of another number of features is refused. */
  readonly columns: number;
  readonly kind?: PredictionKind | undefined;
  /** First iteration used; 0 by default. */
  readonly startIteration?: number | undefined;
  /** Iterations used; the best iteration by default, where training found one, else all. */
  readonly iterations?: number | undefined;
}

/**
 * A model. Its memory lies outside JavaScript until `dispose()`; one that comes from `train` also keeps
 * its datasets until then.
 */
export class Booster {
  readonly features: number;
  /** Outputs a row: 1, or the number of classes. */
  readonly classes: number;
  /** Iterations (trees a class) it holds. */
  readonly iterations: number;
  readonly featureNames: readonly string[];
  private readonly handle: BoosterHandle;

  /** @internal */
  constructor(
    description: BoosterDescription,
    /** The iteration that training chose, 1-based; null for a loaded model: then all are used. */
    readonly bestIteration: number | null,
  ) {
    this.handle = description.handle;
    this.features = description.features;
    this.classes = description.classes;
    this.iterations = description.iterations;
    this.featureNames = description.featureNames;
  }

  /**
   * Reads a model file, of this module or of any LightGBM binding.
   * @throws NativeError MODEL_UNREADABLE
   */
  static async load(path: string): Promise<Booster> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      throw new NativeError('MODEL_UNREADABLE', {
        what: `The model file ${path} cannot be read: ${(cause as Error).message}.`,
        fix: 'Give the path of a LightGBM model file.',
        cause,
      });
    }
    return Booster.fromString(text);
  }

  /**
   * Reads a model from its text.
   * @throws NativeError MODEL_INVALID, LIGHTGBM_REFUSED
   */
  static async fromString(text: string): Promise<Booster> {
    if (typeof text !== 'string') throw badOption('text', 'the text of a model', text);
    checkModelText(text);
    const { value } = await runJob('read the model', (addon, job) => addon.boosterFromString(job, text));
    return new Booster(value, null);
  }

  /**
   * Predicts rows.
   * @returns row-major, as many numbers a row as `kind` says
   * @throws NativeError BAD_MATRIX, BUFFER_DETACHED, BAD_OPTION, DISPOSED, LIGHTGBM_REFUSED
   */
  async predict(given: PredictOptions): Promise<Float64Array> {
    refuseNoObject('predict', given);
    const matrix = sharedMatrix('matrix', given.matrix);
    rowsOf('matrix', matrix, given.columns);
    this.refuseOtherFeatures(given.columns);
    const kind = given.kind ?? 'value';
    if (!Object.hasOwn(KINDS, kind)) throw badOption('kind', `one of ${Object.keys(KINDS).join(', ')}`, kind);
    const options = {
      booster: this.handle,
      matrix,
      columns: this.features,
      kind: KINDS[kind],
      startIteration: wholeNumber('startIteration', given.startIteration ?? 0, 0),
      iterations: this.iterationsOr(given.iterations),
      parameters: withThreads(new Map()),
    };
    return (await runJob('predict', (addon, job) => addon.boosterPredict(job, options))).value;
  }

  /**
   * The model as text, up to the best iteration by default; readable by every LightGBM binding.
   * @throws NativeError DISPOSED
   */
  async modelText(iterations?: number): Promise<string> {
    const options = { booster: this.handle, iterations: this.iterationsOr(iterations) };
    const { value } = await runJob('write the model', (addon, job) => addon.boosterText(job, options));
    return value + PYTHON_TRAILER;
  }

  /**
   * Writes {@link modelText} to a file.
   * @throws NativeError DISPOSED, MODEL_UNWRITABLE
   */
  async save(path: string, iterations?: number): Promise<void> {
    const text = await this.modelText(iterations);
    try {
      await writeFile(path, text);
    } catch (cause) {
      throw new NativeError('MODEL_UNWRITABLE', {
        what: `The model cannot be written to ${path}: ${(cause as Error).message}.`,
        fix: 'Give a path in a folder that is there and writable.',
        cause,
      });
    }
  }

  /**
   * Importance of each feature: the sum of gains of its splits, or their number.
   * @returns one number a feature, in column order
   */
  async featureImportance(kind: 'gain' | 'split', iterations?: number): Promise<Float64Array> {
    if (kind !== 'gain' && kind !== 'split') throw badOption('kind', 'gain or split', kind);
    const options = {
      booster: this.handle,
      iterations: this.iterationsOr(iterations),
      kind: kind === 'gain' ? 1 : 0,
    };
    return (await runJob('measure importance', (addon, job) => addon.boosterImportance(job, options))).value;
  }

  /** The native handle, for this module. */
  get native(): BoosterHandle {
    return this.handle;
  }

  /** Frees the memory after the calls under way. Again, it does nothing. */
  dispose(): void {
    nativeAddon().disposeBooster(this.handle);
  }

  private refuseOtherFeatures(columns: number): void {
    if (columns === this.features) return;
    throw new NativeError('BAD_MATRIX', {
      what: `The matrix has ${columns} columns, and the model was trained on ${this.features} features.`,
      fix: 'Give the features of the training, in its order.',
      details: { columns, features: this.features },
    });
  }

  /** -1 means all iterations to LightGBM. */
  private iterationsOr(asked: number | undefined): number {
    return asked === undefined ? (this.bestIteration ?? -1) : wholeNumber('iterations', asked, 1);
  }
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value < 2 ** 31) return value;
  throw badOption(name, `a whole number of at least ${least}`, value);
}
