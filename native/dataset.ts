/** Binned training data inside LightGBM. */
import { NativeError } from '../lib/errors.js';
import { nativeAddon, type DatasetHandle, type NativeMatrixOptions } from './addon.js';
import type { Booster } from './booster.js';
import { MAX_ROWS, rowsOf, sharedFloat32, sharedFloat64, sharedMatrix } from './buffers.js';
import { categoricalIndexes, checkFeatureNames } from './features.js';
import { canonicalParameters, parameterString, type LightgbmParameters } from './parameters.js';
import { badOption, currentRuntime, runJob } from './runtime.js';

type Numbers = Float32Array | Float64Array;

/** One value a row each; absent where there is none. */
export interface RowFields {
  /** Finite, and finite as float32: that is what LightGBM keeps. */
  readonly label?: Numbers | undefined;
  /** At least 0 each, not all 0. */
  readonly weight?: Numbers | undefined;
  /** Scores to start from; for K classes K values a row, class by class. Not with `initModel`. */
  readonly initScore?: Numbers | undefined;
}

/** What a dataset is besides its rows. */
export interface DatasetOptions {
  /** Number of features. */
  readonly columns: number;
  /** The same parameters as those of the training: they choose the bin sample, bins and filters. */
  readonly params: LightgbmParameters;
  readonly featureNames?: readonly string[] | undefined;
  /** Names or indexes of features whose values are whole numbers without order. */
  readonly categoricalFeatures?: readonly (string | number)[] | undefined;
  /** A dataset whose bins, names and parameters are taken: the training data, for validation data. */
  readonly reference?: Dataset | undefined;
  /** Training continues from this booster: its raw predictions become the initial scores. */
  readonly initModel?: Booster | undefined;
}

export interface MatrixOptions extends DatasetOptions, RowFields {
  /** Row-major, rows x columns; NaN is missing. Read where it lies if in a SharedArrayBuffer, else copied. */
  readonly matrix: Float64Array;
}

export interface BlockOptions extends DatasetOptions {
  /** Rows that will be pushed in all. */
  readonly rows: number;
  /** Row-major, the rows that {@link Dataset.sampleRows} named, in that order; null with a reference. */
  readonly sample: Float64Array | null;
}

interface Prepared {
  /** Canonical parameters with the categorical features. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly featureNames: readonly string[];
  readonly options: NativeMatrixOptions;
}

interface DatasetTraits extends Pick<DatasetOptions, 'columns' | 'initModel'> {
  readonly rows: number;
  readonly featureNames: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
  readonly hasLabel: boolean;
  readonly log: readonly string[];
}

/** Parameters with the thread count, which every call carries so that none resets the process's. */
export function withThreads(parameters: ReadonlyMap<string, string>): string {
  const { numThreads } = currentRuntime();
  if (numThreads === null) return parameterString(parameters);
  return parameterString(new Map([...parameters, ['num_threads', String(numThreads)]]));
}

/**
 * A dataset, ready to train on or validate with. Its memory lies outside JavaScript until `dispose()`,
 * or until a booster trained on it is disposed, if that is later. The raw rows are not kept.
 */
export class Dataset {
  readonly rows: number;
  readonly columns: number;
  readonly featureNames: readonly string[];
  /** Canonical name to value, with the categorical features; without the thread count. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly hasLabel: boolean;
  readonly initModel: Booster | null;
  readonly log: readonly string[];

  private constructor(
    private readonly handle: DatasetHandle,
    traits: DatasetTraits,
  ) {
    this.rows = traits.rows;
    this.columns = traits.columns;
    this.featureNames = traits.featureNames;
    this.parameters = traits.parameters;
    this.hasLabel = traits.hasLabel;
    this.initModel = traits.initModel ?? null;
    this.log = traits.log;
  }

  /**
   * Makes a dataset from all rows at once.
   * @throws NativeError BAD_MATRIX, WRONG_LENGTH, NOT_FINITE, BAD_WEIGHT, BUFFER_DETACHED, BAD_FEATURES,
   *   UNKNOWN_PARAMETER and its like, LIGHTGBM_REFUSED
   */
  static async fromMatrix(given: MatrixOptions): Promise<Dataset> {
    const matrix = sharedMatrix('matrix', given.matrix);
    const rows = rowsOf('matrix', matrix, given.columns);
    const { parameters, featureNames, options } = prepare(given, rows, matrix);
    const fields = fieldsOf(given, rows, given.initModel !== undefined);
    const answer = await runJob('make the dataset', (addon, job) =>
      addon.datasetFromMatrix(job, { ...options, ...fields }),
    );
    const traits = { columns: given.columns, initModel: given.initModel, rows, featureNames, parameters };
    return new Dataset(answer.value, { ...traits, hasLabel: fields.label !== null, log: answer.log });
  }

  /**
   * Numbers, ascending, of the rows whose values LightGBM would choose its bins from.
   * @param rows rows of the dataset to be
   */
  static async sampleRows(rows: number, params: LightgbmParameters): Promise<Int32Array> {
    refuseRows(rows);
    const parameters = canonicalParameters(params, currentRuntime().names);
    const answer = await runJob('choose the bin sample', (addon, job) =>
      addon.sampleRows(job, rows, withThreads(parameters)),
    );
    return answer.value;
  }

  /**
   * Begins a dataset whose rows come in blocks. Equal to the last bit to one made from all rows at once.
   * @throws NativeError as fromMatrix; NOT_IN_BLOCKS for linear_tree, whose raw values LightGBM misplaces
   */
  static async startBlocks(given: BlockOptions): Promise<DatasetBlocks> {
    refuseRows(given.rows);
    const sample = given.sample === null ? null : sharedMatrix('sample', given.sample);
    if (sample !== null) rowsOf('sample', sample, given.columns);
    if ((sample === null) !== (given.reference !== undefined)) {
      throw badOption('sample', 'the sampled rows, or null with a reference', given.sample);
    }
    const { parameters, featureNames, options } = prepare(given, given.rows, sample);
    refuseLinearTree(parameters);
    const answer = await runJob('begin the dataset', (addon, job) => addon.datasetFromSample(job, options));
    const { rows, columns, initModel } = given;
    const finish = (hasLabel: boolean, log: readonly string[]): Dataset =>
      new Dataset(answer.value, {
        rows,
        columns,
        initModel,
        featureNames,
        parameters,
        hasLabel,
        log: [...answer.log, ...log],
      });
    return new DatasetBlocks(answer.value, given, withThreads(parameters), finish);
  }

  /** The native handle, for this module. */
  get native(): DatasetHandle {
    return this.handle;
  }

  /** Frees the memory after the calls under way. Again, it does nothing. */
  dispose(): void {
    nativeAddon().disposeDataset(this.handle);
  }
}

/** A dataset that is being filled, block after block from the first row to the last. */
export class DatasetBlocks {
  private pushed = 0;
  private finished = false;

  /** @internal */
  constructor(
    private readonly handle: DatasetHandle,
    private readonly shape: {
      readonly rows: number;
      readonly columns: number;
      readonly initModel?: Booster | undefined;
    },
    private readonly parameters: string,
    private readonly toDataset: (hasLabel: boolean, log: readonly string[]) => Dataset,
  ) {}

  /**
   * Appends rows. The block may be reused once the promise has settled.
   * @param block row-major, any number of rows
   * @throws NativeError BAD_MATRIX, TOO_MANY_ROWS, BUFFER_DETACHED, DISPOSED
   */
  async push(block: Float64Array): Promise<void> {
    this.refuseFinished();
    const shared = sharedMatrix('block', block);
    const rows = rowsOf('block', shared, this.shape.columns);
    const start = this.pushed;
    if (start + rows > this.shape.rows) {
      throw new NativeError('TOO_MANY_ROWS', {
        what: `A block of ${rows} rows after ${start} is more than the ${this.shape.rows} rows announced.`,
        fix: 'Announce the rows that will be pushed.',
      });
    }
    this.pushed = start + rows;
    await runJob('push rows', (addon, job) =>
      addon.datasetPush(job, { dataset: this.handle, block: shared, start, parameters: this.parameters }),
    );
  }

  /**
   * Completes the dataset; this object is then of no more use.
   * @throws NativeError ROWS_MISSING, WRONG_LENGTH, NOT_FINITE, BAD_WEIGHT
   */
  async finish(fields: RowFields): Promise<Dataset> {
    this.refuseFinished();
    if (this.pushed !== this.shape.rows) {
      throw new NativeError('ROWS_MISSING', {
        what: `${this.pushed} of ${this.shape.rows} rows were pushed.`,
        fix: 'Push all rows before finish().',
      });
    }
    const native = fieldsOf(fields, this.shape.rows, this.shape.initModel !== undefined);
    this.finished = true;
    const { log } = await runJob('finish the dataset', (addon, job) =>
      addon.datasetFinish(job, { dataset: this.handle, ...native }),
    );
    return this.toDataset(native.label !== null, log);
  }

  /** Frees a dataset that will not be finished; after finish() the dataset owns the memory. */
  dispose(): void {
    if (!this.finished) nativeAddon().disposeDataset(this.handle);
    this.finished = true;
  }

  private refuseFinished(): void {
    if (!this.finished) return;
    throw new NativeError('DISPOSED', {
      what: 'These blocks were finished or disposed.',
      fix: 'Start a new dataset.',
    });
  }
}

function prepare(given: DatasetOptions, rows: number, matrix: Float64Array | null): Prepared {
  const { reference } = given;
  if (reference !== undefined && !(reference instanceof Dataset))
    throw badOption('reference', 'a Dataset', reference);
  const featureNames = reference?.featureNames ?? checkFeatureNames(given.featureNames ?? [], given.columns);
  const parameters = reference?.parameters ?? ownParameters(given, featureNames);
  refuseShape(given);
  const options: NativeMatrixOptions = {
    matrix,
    rows,
    columns: given.columns,
    parameters: withThreads(parameters),
    featureNames,
    reference: reference?.native ?? null,
    initModel: given.initModel?.native ?? null,
  };
  return { parameters, featureNames, options };
}

function ownParameters(given: DatasetOptions, featureNames: readonly string[]): Map<string, string> {
  const parameters = canonicalParameters(given.params, currentRuntime().names);
  const categorical = categoricalIndexes(given.categoricalFeatures ?? [], featureNames, given.columns);
  if (categorical.length > 0) parameters.set('categorical_feature', categorical.join(','));
  return parameters;
}

function refuseShape({ columns, reference, initModel }: DatasetOptions): void {
  const expected = reference?.columns ?? initModel?.features ?? columns;
  if (columns === expected && (initModel?.features ?? columns) === columns) return;
  throw new NativeError('BAD_MATRIX', {
    what: `The rows have ${columns} columns, but the reference or initModel has ${reference ? expected : initModel?.features}.`,
    fix: 'Give the same features in the same order.',
  });
}

function fieldsOf(fields: RowFields, rows: number, hasInitModel: boolean) {
  const label = sharedFloat32('label', fields.label, rows);
  const weight = sharedFloat32('weight', fields.weight, rows);
  const initScore = sharedFloat64('initScore', fields.initScore, rows);
  if (weight?.some((value) => value < 0) || weight?.every((value) => value === 0)) {
    throw new NativeError('BAD_WEIGHT', {
      what: 'Weights must be at least 0 and not all 0.',
      fix: 'Leave rows without weight out of the dataset.',
    });
  }
  if (initScore !== null && hasInitModel)
    throw badOption('initScore', 'absent where initModel is given', 'both');
  return { label, weight, initScore };
}

function refuseRows(rows: number): void {
  if (!Number.isInteger(rows) || rows < 1 || rows > MAX_ROWS) {
    throw badOption('rows', 'a whole number from 1 to 2^31 - 1', rows);
  }
}

function refuseLinearTree(parameters: ReadonlyMap<string, string>): void {
  if (!['true', '1', '+'].includes(parameters.get('linear_tree') ?? '')) return;
  throw new NativeError('NOT_IN_BLOCKS', {
    what: 'linear_tree needs the raw values, which LightGBM misplaces when rows are pushed.',
    fix: 'Use Dataset.fromMatrix.',
  });
}
