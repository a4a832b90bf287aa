/** Program of the evaluate stage: predictions in, IC and quantiles out. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  evaluateSignal,
  importanceCsv,
  informationCsv,
  quantileCsv,
  type Evaluation,
  type FeatureImportance,
  type SourceRows,
} from '../../lib/evaluation/index.js';
import { sumRowFaults, type MonthQuality } from '../../lib/market/index.js';
import { readJudged, type JudgedParams } from './judged-input.js';
import type { InputFile, Program } from './program.js';
import { readJson } from './read-json.js';

export type EvaluateParams = JudgedParams;

/**
 * Writes `evaluation.json`, `quantiles.csv`, `ic.csv` and `importance.csv`.
 * @throws what readJudged throws
 */
export const evaluate: Program<EvaluateParams> = async ({ params, inputs, outDir }, context) => {
  context.progress({ step: 'reading' });
  const judged = await readJudged(params, inputs, [params.scope]);
  context.signal.throwIfAborted();
  context.progress({ step: 'judging' });
  const { interval, bins, scope, trailingDays } = params;
  const importance = readImportance(params, inputs['importance']);
  const signal = params.signal ?? 'model';
  const sourceRows = Object.fromEntries(
    params.symbols.map((symbol) => [symbol, readSourceRows(inputs[`quality/${symbol}`])]),
  );
  const options = { interval, bins, scope, trailingDays, signal, importance, sourceRows };
  const evaluation = evaluateSignal(judged, options);
  await writeFile(path.join(outDir, 'evaluation.json'), `${JSON.stringify(evaluation)}\n`);
  await writeFile(path.join(outDir, 'quantiles.csv'), quantileCsv(evaluation));
  await writeFile(path.join(outDir, 'ic.csv'), informationCsv(evaluation));
  await writeFile(path.join(outDir, 'importance.csv'), importanceCsv(evaluation));
  const { ic, delays, days, exPost } = evaluation;
  return {
    outputs: [
      { name: 'evaluation', file: 'evaluation.json' },
      { name: 'quantiles', file: 'quantiles.csv' },
      { name: 'ic', file: 'ic.csv' },
      { name: 'importance', file: 'importance.csv' },
    ],
    facts: {
      ic: ic.ic,
      icT: ic.daily?.t ?? null,
      icDelay1: delays.find(({ bars }) => bars === 1)?.ic ?? null,
      days,
      signal,
      scope,
      exPost,
    },
  };
};

function readImportance(
  params: EvaluateParams,
  files: readonly InputFile[] | undefined,
): Evaluation['importance'] {
  return readJson<{ importance: FeatureImportance[] }>(files).map((summary, index) => {
    const features = summary.importance.map(({ feature, gain, split }) => ({ feature, gain, split }));
    return { fold: params.folds[index]!.label, features };
  });
}

/** The records of the months whose bars are judged. */
function readSourceRows(files: readonly InputFile[] | undefined): SourceRows {
  const months = readJson<MonthQuality>(files);
  const ohlcViolations = months.reduce((sum, month) => sum + month.ohlcViolations, 0);
  return { ...sumRowFaults(months), ohlcViolations };
}
