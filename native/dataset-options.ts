/** What a dataset is made from, and its form for the addon. */
import { NativeError } from '../lib/errors.js';
import type { NativeFields, NativeMatrixOptions } from './addon.js';
import type { Booster } from './booster.js';
import { refuseColumns, sharedFloat32, sharedFloat64 } from './buffers.js';
import type { Dataset } from './dataset.js';
import { categoricalIndexes, checkFeatureNames } from './features.js';
import { refuseUnsafeParameters } from './parameter-limits.js';
import { canonicalParameters, type LightgbmParameters } from './parameters.js';
import { badOption, currentRuntime, withThreads } from './runtime.js';

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

/** What the labels of a dataset are, for objectives that count classes. */
export interface LabelRange {
  readonly least: number;
  readonly most: number;
  /** All are whole numbers. */
  readonly whole: boolean;
}

export interface PreparedDataset {
  /** Canonical parameters with the categorical features. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly featureNames: readonly string[];
  readonly options: NativeMatrixOptions;
}

/**
 * Checks the options and brings them into the addon's form.
 * @param matrix rows over shared memory; null where a reference gives the bins
 */
export function prepareDataset(
  given: DatasetOptions,
  rows: number,
  matrix: Float64Array | null,
): PreparedDataset {
  refuseColumns(given.columns);
  const { reference } = given;
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
  refuseUnsafeParameters(parameters, given.columns);
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

/** Null where there is no label. */
export function labelRange(label: Float32Array | null): LabelRange | null {
  if (label === null) return null;
  let [least, most, whole] = [Infinity, -Infinity, true];
  for (const value of label) {
    if (value < least) least = value;
    if (value > most) most = value;
    whole &&= Number.isInteger(value);
  }
  return { least, most, whole };
}

/** The fields over shared memory, checked. */
export function nativeFields(fields: RowFields, rows: number, hasInitModel: boolean): NativeFields {
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
