/** Binned training data inside LightGBM. */
import { NativeError } from '../lib/errors.js';
import { nativeAddon, type DatasetHandle } from './addon.js';
import { Booster } from './booster.js';
import { MAX_ROWS, rowsOf, sharedMatrix } from './buffers.js';
import { DatasetBlocks } from './dataset-blocks.js';
import {
  labelRange,
  nativeFields,
  prepareDataset,
  type BlockOptions,
  type DatasetOptions,
  type LabelRange,
  type MatrixOptions,
} from './dataset-options.js';
import { canonicalParameters, type LightgbmParameters } from './parameters.js';
import { badOption, currentRuntime, refuseNoObject, runJob, withThreads } from './runtime.js';

interface DatasetTraits extends Pick<DatasetOptions, 'columns' | 'initModel'> {
  readonly rows: number;
  readonly featureNames: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
  readonly labels: LabelRange | null;
  readonly reference?: Dataset | undefined;
  readonly log: readonly string[];
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
  /** Null where there is no label. */
  readonly labels: LabelRange | null;
  readonly initModel: Booster | null;
  readonly log: readonly string[];
  /** The same for all datasets that share their bins: a dataset and those it is the reference of. */
  readonly bins: symbol;

  private constructor(
    private readonly handle: DatasetHandle,
    traits: DatasetTraits,
  ) {
    this.rows = traits.rows;
    this.columns = traits.columns;
    this.featureNames = traits.featureNames;
    this.parameters = traits.parameters;
    this.labels = traits.labels;
    this.initModel = traits.initModel ?? null;
    this.log = traits.log;
    this.bins = traits.reference?.bins ?? Symbol('bins');
  }

  /**
   * Makes a dataset from all rows at once.
   * @throws NativeError BAD_MATRIX, WRONG_LENGTH, NOT_FINITE, BAD_WEIGHT, BUFFER_DETACHED, BAD_FEATURES,
   *   UNKNOWN_PARAMETER and its like, LIGHTGBM_REFUSED
   */
  static async fromMatrix(given: MatrixOptions): Promise<Dataset> {
    refuseNoObject('fromMatrix', given);
    refuseForeign(given);
    const matrix = sharedMatrix('matrix', given.matrix);
    const rows = rowsOf('matrix', matrix, given.columns);
    const { parameters, featureNames, options } = prepareDataset(given, rows, matrix);
    const fields = nativeFields(given, rows, given.initModel !== undefined);
    const answer = await runJob('make the dataset', (addon, job) =>
      addon.datasetFromMatrix(job, { ...options, ...fields }),
    );
    const { columns, initModel, reference } = given;
    const traits = { columns, initModel, reference, rows, featureNames, parameters };
    return new Dataset(answer.value, { ...traits, labels: labelRange(fields.label), log: answer.log });
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
    refuseNoObject('startBlocks', given);
    refuseForeign(given);
    refuseRows(given.rows);
    const sample = given.sample === null ? null : sharedMatrix('sample', given.sample);
    if (sample !== null) rowsOf('sample', sample, given.columns);
    if ((sample === null) !== (given.reference !== undefined)) {
      throw badOption('sample', 'the sampled rows, or null with a reference', given.sample);
    }
    const { parameters, featureNames, options } = prepareDataset(given, given.rows, sample);
    refuseLinearTree(parameters);
    const answer = await runJob('begin the dataset', (addon, job) => addon.datasetFromSample(job, options));
    const { rows, columns, initModel, reference } = given;
    const finish = (labels: LabelRange | null, log: readonly string[]): Dataset =>
      new Dataset(answer.value, {
        rows,
        columns,
        initModel,
        reference,
        featureNames,
        parameters,
        labels,
        log: [...answer.log, ...log],
      });
    // Not `given`, which would keep the sample.
    return new DatasetBlocks(answer.value, { rows, columns, initModel }, withThreads(parameters), finish);
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

function refuseForeign({ reference, initModel }: DatasetOptions): void {
  if (reference !== undefined && !(reference instanceof Dataset))
    throw badOption('reference', 'a Dataset', reference);
  if (initModel !== undefined && !(initModel instanceof Booster))
    throw badOption('initModel', 'a Booster', initModel);
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
