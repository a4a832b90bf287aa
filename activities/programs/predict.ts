/** Program of the predict stage: a model and the model data of its test window in, predictions out. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../../lib/errors.js';
import { predictBlocks } from '../../lib/model/datasets.js';
import { scorePredictions } from '../../lib/model/summary.js';
import { writeTable } from '../../lib/store/parquet.js';
import { Booster } from '../../native/index.js';
import { openLightgbm, predictionTable, openModelData, type ModelDataParams } from './model-data.js';
import type { InputFile, Program } from './program.js';

export interface PredictParams extends ModelDataParams {
  /** ISO moments; rows are filed under the moment of their decision. */
  readonly window: { readonly testStart: string; readonly testEnd: string };
  /** Value of the column `fold`. */
  readonly foldLabel: string;
}

/**
 * Writes `predictions.parquet`: every row filed in the test window, with or without a target, by time and
 * then symbol.
 * @throws DataError MODEL_MISSING, MODEL_COLUMNS; NativeError; SetupError
 */
export const predict: Program<PredictParams> = async ({ params, inputs, outDir, host }, context) => {
  openLightgbm(host);
  const { testStart, testEnd } = params.window;
  const rows = await openModelData(params, inputs, {
    startMs: Date.parse(testStart),
    endMs: Date.parse(testEnd),
    withTarget: false,
    signal: context.signal,
  });
  const booster = await readModel(params, inputs['model'] ?? []);
  const predicted = await predictBlocks(booster, rows, context.signal);
  booster.dispose();
  const table = predictionTable(predicted, params.symbols, params.foldLabel);
  const written = writeTable(path.join(outDir, 'predictions.parquet'), table, {
    dayOffsetMs: params.intervalMs,
  });
  return {
    outputs: [{ name: 'predictions', file: 'predictions.parquet', table: written }],
    facts: { rows: rows.rows, icTest: scorePredictions(predicted.prediction, predicted.target).ic },
  };
};

async function readModel(params: PredictParams, files: readonly InputFile[]): Promise<Booster> {
  const [file] = files;
  if (file === undefined) {
    throw new DataError('MODEL_MISSING', {
      what: 'The model is not among the inputs.',
      fix: 'Run the fold first.',
    });
  }
  const booster = await Booster.fromString(await readFile(file.path, 'utf8'));
  if (booster.featureNames.join(' ') === params.columns.join(' ')) return booster;
  booster.dispose();
  throw new DataError('MODEL_COLUMNS', {
    what: `The model was trained on ${booster.featureNames.join(', ')}, not on ${params.columns.join(', ')}.`,
    fix: 'Train and predict with the same features.',
  });
}
