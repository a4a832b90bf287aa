/** Program of the fold stage: model data of a training window in, a model and its validation out. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../../lib/errors.js';
import { fillDataset, predictBlocks } from '../../lib/model/datasets.js';
import type { RowBlocks } from '../../lib/model/row-blocks.js';
import { scorePredictions, summariseFit } from '../../lib/model/summary.js';
import { fitModel, lightgbmParameters, type Fit, type TrainingOptions } from '../../lib/model/training.js';
import { writeTable } from '../../lib/store/parquet.js';
import { Booster } from '../../native/index.js';
import { openLightgbm, openModelData, predictionTable, type ModelDataParams } from './model-data.js';
import type { InputFile, Program, ProgramContext, ProgramJob } from './program.js';

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
 * Writes `model.txt`, `validation.parquet` (the model's predictions of all rows of the validation part,
 * those without a target included) and `summary.json`.
 * @throws DataError NO_TRAINING_ROWS, NO_VALIDATION_ROWS, PARENT_MISSING
 * @throws ConfigError EARLY_STOPPING_METRIC; SetupError; NativeError
 */
export const fold: Program<FoldParams> = async (job, context) => {
  const { params, outDir, host } = job;
  openLightgbm(host);
  context.progress({ step: 'reading' });
  const rows = await openRows(job, context.signal);
  const fit = await fitRows(job, rows, context);
  context.progress({ step: 'validating' });
  const validated = await predictBlocks(fit.booster, rows.valid, context.signal);
  fit.booster.dispose();

  await writeFile(path.join(outDir, 'model.txt'), fit.modelText);
  const table = predictionTable(validated, params.symbols);
  const validation = writeTable(path.join(outDir, 'validation.parquet'), table, {
    dayOffsetMs: params.intervalMs,
  });
  const scores = scorePredictions(validated.prediction, validated.target);
  const counts = { train: rows.train.rows, valid: rows.valid.rows, validWithTarget: rows.judged.rows };
  const given = { ...lightgbmParameters(params.lightgbm), num_iterations: roundsOf(params) };
  const summary = summariseFit(fit, counts, scores, given);
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

interface FoldRowBlocks {
  /** Rows to fit: of the training part, with a target. */
  readonly train: RowBlocks;
  /** Rows of the validation part that have a target: rounds are judged on them. */
  readonly judged: RowBlocks;
  /** All rows of the validation part. */
  readonly valid: RowBlocks;
}

async function openRows(
  { params, inputs }: ProgramJob<FoldParams>,
  signal: AbortSignal,
): Promise<FoldRowBlocks> {
  const { trainStart, validStart, testStart } = params.window;
  const embargoMs = params.embargoBars * params.intervalMs;
  const fit = { startMs: Date.parse(trainStart), endMs: Date.parse(validStart) - embargoMs };
  const judge = { startMs: Date.parse(validStart), endMs: Date.parse(testStart) - embargoMs };
  const train = await openModelData(params, inputs, { ...fit, withTarget: true, signal, twice: true });
  const judged = await openModelData(params, inputs, { ...judge, withTarget: true, signal });
  if (train.rows === 0) throw noRows('NO_TRAINING_ROWS', `train on, from ${trainStart} to ${validStart}`);
  if (judged.rows === 0)
    throw noRows('NO_VALIDATION_ROWS', `validate with, from ${validStart} to ${testStart}`);
  return {
    train,
    judged,
    valid: await openModelData(params, inputs, { ...judge, withTarget: false, signal }),
  };
}

/** Fits; the caller disposes the booster, everything else is freed. */
async function fitRows(
  job: ProgramJob<FoldParams>,
  rows: FoldRowBlocks,
  context: ProgramContext,
): Promise<Fit> {
  const { params } = job;
  const parent = await readParent(job);
  const options = {
    columns: params.columns.length,
    params: lightgbmParameters(params.lightgbm),
    featureNames: params.columns,
    categoricalFeatures: params.categorical,
    initModel: parent,
  };
  const train = await fillDataset(rows.train, options, context.signal);
  const valid = await fillDataset(rows.judged, { ...options, reference: train }, context.signal);
  try {
    return await fitModel({
      ...params.lightgbm,
      rounds: roundsOf(params),
      train,
      valid,
      signal: context.signal,
      onProgress: ({ round, rounds, scores }) =>
        context.progress({ step: 'training', round, rounds, ...defined(scores) }),
    });
  } finally {
    for (const owner of [train, valid, parent]) owner?.dispose();
  }
}

/** Rounds at most. */
function roundsOf({ continued, lightgbm }: FoldParams): number {
  return continued?.rounds ?? lightgbm.rounds;
}

async function readParent({ params, inputs }: ProgramJob<FoldParams>): Promise<Booster | undefined> {
  if (params.continued === null) return undefined;
  const file: InputFile | undefined = inputs['parent']?.[0];
  if (file !== undefined) return Booster.fromString(await readFile(file.path, 'utf8'));
  throw new DataError('PARENT_MISSING', {
    what: 'The model to continue from is not among the inputs.',
    fix: 'Run the fresh fold first.',
  });
}

/** JSON has no NaN: an undefined score is left out. */
function defined(scores: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(scores).filter(([, score]) => Number.isFinite(score)));
}

function noRows(code: string, purpose: string): DataError {
  return new DataError(code, {
    what: `There are no rows with a target to ${purpose}.`,
    fix: 'Look at the row counts of the features stage; change folds or start_date so that the window has bars.',
  });
}
