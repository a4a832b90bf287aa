/** Program of the fold stage: model data of a training window in, a model and its validation out. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../../lib/errors.js';
import { assembleRows, type ModelRows, type SymbolTables } from '../../lib/model/matrix.js';
import { scorePredictions, summariseFit, type FoldRows } from '../../lib/model/summary.js';
import { fitModel, lightgbmParameters, type Fit, type TrainingOptions } from '../../lib/model/training.js';
import { withTargetOnly } from '../../lib/model/matrix.js';
import { writeTable } from '../../lib/store/parquet.js';
import { Booster, Dataset } from '../../native/index.js';
import { openLightgbm, predictionTable, readModelData, type ModelDataParams } from './model-data.js';
import type { InputFile, Program, ProgramContext } from './program.js';

export interface FoldParams extends ModelDataParams {
  /** ISO moments; rows are filed under the moment of their decision. */
  readonly window: { readonly trainStart: string; readonly validStart: string; readonly testStart: string };
  /** Bars dropped before validation and before test. */
  readonly embargoBars: number;
  readonly lightgbm: TrainingOptions;
  /** Rounds to add to the model of the input `parent`; null for a fresh fit. */
  readonly continued: null | { readonly rounds: number };
}

/**
 * Writes `model.txt`, `validation.parquet` (the model's predictions of all rows of the validation part)
 * and `summary.json`.
 * @throws DataError NO_TRAINING_ROWS, NO_VALIDATION_ROWS, PARENT_MISSING; NativeError; SetupError
 */
export const fold: Program<FoldParams> = async ({ params, inputs, outDir, host }, context) => {
  openLightgbm(host);
  context.progress({ step: 'reading' });
  const tables = await readModelData(params, inputs, context.signal);
  const rows = foldRows(params, tables);
  const parent = await readParent(params, inputs['parent'] ?? []);
  const fit = await fitRows(params, rows, parent, context);
  const prediction = await fit.booster.predict({ matrix: rows.valid.matrix });
  fit.booster.dispose();
  parent?.dispose();

  await writeFile(path.join(outDir, 'model.txt'), fit.modelText);
  const table = predictionTable(rows.valid, params.symbols, prediction);
  const validation = writeTable(path.join(outDir, 'validation.parquet'), table, {
    dayOffsetMs: params.intervalMs,
  });
  const scores = scorePredictions(prediction, rows.valid.target);
  const counts: FoldRows = {
    train: rows.train.rows,
    valid: rows.valid.rows,
    validWithTarget: rows.fitValid.rows,
  };
  const summary = summariseFit(fit, counts, scores, lightgbmParameters(params.lightgbm));
  await writeFile(path.join(outDir, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
  return {
    outputs: [
      { name: 'model', file: 'model.txt' },
      { name: 'validation', file: 'validation.parquet', table: validation },
      { name: 'summary', file: 'summary.json' },
    ],
    facts: {
      rows: counts.train,
      validRows: counts.valid,
      rounds: fit.roundsRun,
      bestIteration: fit.bestIteration,
      metric: fit.decidedBy,
      icValid: scores.ic,
      rmseValid: scores.rmse,
    },
  };
};

interface FoldMatrices {
  readonly train: ModelRows;
  /** All rows of the validation part. */
  readonly valid: ModelRows;
  /** Those of them that have a target. */
  readonly fitValid: ModelRows;
}

function foldRows(params: FoldParams, tables: readonly SymbolTables[]): FoldMatrices {
  const { trainStart, validStart, testStart } = params.window;
  const embargoMs = params.embargoBars * params.intervalMs;
  const trainWindow = { startMs: Date.parse(trainStart), endMs: Date.parse(validStart) - embargoMs };
  const validWindow = { startMs: Date.parse(validStart), endMs: Date.parse(testStart) - embargoMs };
  const train = assembleRows(tables, params, trainWindow, true);
  const valid = assembleRows(tables, params, validWindow, false);
  const fitValid = withTargetOnly(valid, params.columns.length);
  if (train.rows === 0) throw noRows('NO_TRAINING_ROWS', `trained on, from ${trainStart} to ${validStart}`);
  if (fitValid.rows === 0)
    throw noRows('NO_VALIDATION_ROWS', `validated with, from ${validStart} to ${testStart}`);
  return { train, valid, fitValid };
}

async function fitRows(
  params: FoldParams,
  rows: FoldMatrices,
  parent: Booster | undefined,
  context: ProgramContext,
): Promise<Fit> {
  const common = {
    columns: params.columns.length,
    params: lightgbmParameters(params.lightgbm),
    featureNames: params.columns,
    categoricalFeatures: params.categorical,
    initModel: parent,
  };
  const train = await Dataset.fromMatrix({ ...common, matrix: rows.train.matrix, label: rows.train.target });
  const valid = await Dataset.fromMatrix({
    ...common,
    matrix: rows.fitValid.matrix,
    label: rows.fitValid.target,
    reference: train,
  });
  try {
    return await fitModel({
      ...params.lightgbm,
      rounds: params.continued?.rounds ?? params.lightgbm.rounds,
      train,
      valid,
      signal: context.signal,
      onProgress: ({ round, rounds, scores }) =>
        context.progress({ step: 'training', round, rounds, ...finite(scores) }),
    });
  } finally {
    train.dispose();
    valid.dispose();
  }
}

async function readParent(params: FoldParams, files: readonly InputFile[]): Promise<Booster | undefined> {
  if (params.continued === null) return undefined;
  const [file] = files;
  if (file !== undefined) return Booster.fromString(await readFile(file.path, 'utf8'));
  throw new DataError('PARENT_MISSING', {
    what: 'The model to continue from is not among the inputs.',
    fix: 'Run the fresh fold first.',
  });
}

/** JSON has no NaN: an undefined score is left out. */
function finite(scores: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(scores).filter(([, score]) => Number.isFinite(score)));
}

function noRows(code: string, purpose: string): DataError {
  return new DataError(code, {
    what: `There are no rows with a target to be ${purpose}.`,
    fix: 'Look at the row counts of the features stage; change folds or start_date so that the window has bars.',
  });
}
