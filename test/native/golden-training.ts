/** Trains on the golden rows of the Python reference, and compares to the last bit with what Python wrote. */
import { expect } from 'vitest';
import {
  type Booster,
  Dataset,
  findLightgbmLibrary,
  loadLightgbm,
  train,
  type TrainResult,
} from '../../native/index.js';
import {
  FEATURES,
  readGoldenColumn,
  readGoldenRows,
  readGoldenText,
  TRAIN_ROWS,
  VALID_START,
  type GoldenRows,
  type GoldenTraining,
} from './golden-data.js';

export const DEFAULTS = {
  objective: 'regression',
  metric: 'rmse',
  device: 'cpu',
  num_leaves: 16,
  min_data_in_leaf: 500,
  feature_fraction: 0.8,
  verbose: -1,
  seed: 42,
};
export const DETERMINISTIC = { ...DEFAULTS, deterministic: true, force_col_wise: true };
export const BOTH = { metric: ['rmse', 'ic'], rounds: 50 };

/** The golden files were written with the thread count unset. */
const withoutThreads = (model: string): string => model.replace(/\[num_threads: \d+\]/, '[num_threads: 0]');

interface Case {
  readonly params: Record<string, string | number | boolean>;
  readonly rounds: number;
  readonly earlyStopping?: { metric: string[]; rounds: number };
  readonly initModel?: Booster;
}

/** Everything that was made in one process with one number of threads. */
export class GoldenBench {
  private readonly validMatrix: Float64Array;
  private readonly open: { dispose(): void }[] = [];

  private constructor(private readonly golden: GoldenRows) {
    this.validMatrix = golden.matrix.subarray(VALID_START * FEATURES.length);
  }

  static async start(numThreads: number): Promise<GoldenBench> {
    loadLightgbm({ path: findLightgbmLibrary(process.env, '.').path, numThreads });
    return new GoldenBench(await readGoldenRows());
  }

  keep<Owner extends { dispose(): void }>(owner: Owner): Owner {
    this.open.push(owner);
    return owner;
  }

  close(): void {
    for (const one of this.open) one.dispose();
  }

  async run({ params, initModel, ...rest }: Case): Promise<TrainResult> {
    const { matrix, target } = this.golden;
    const common = { columns: FEATURES.length, params, featureNames: FEATURES, initModel };
    const trainSet = await Dataset.fromMatrix({
      ...common,
      matrix: matrix.subarray(0, TRAIN_ROWS * FEATURES.length),
      label: target.subarray(0, TRAIN_ROWS),
    });
    const valid = await Dataset.fromMatrix({
      ...common,
      matrix: this.validMatrix,
      label: target.subarray(VALID_START),
      reference: trainSet,
    });
    const result = await train({ ...rest, params, train: trainSet, valid, measureIc: true });
    this.open.push(result.booster, trainSet, valid);
    return result;
  }

  async expectGolden(result: TrainResult, name: string): Promise<void> {
    expect(withoutThreads(await result.booster.modelText())).toBe(readGoldenText(`model-${name}.txt`));
    const { validMatrix: matrix } = this;
    const predictions = await result.booster.predict({ matrix, columns: FEATURES.length });
    const expected = await readGoldenColumn(`predictions-${name}.parquet`, 'prediction');
    expect(predictions).toEqual(expected);
  }
}

/** Sums of 17,662 squares in another order and scipy's Pearson may differ in the last digits. */
export function expectScores(result: TrainResult, expected: GoldenTraining): void {
  expect(result.rounds).toBe(expected.valid_rmse_decimal.length);
  for (const [metric, values] of [
    ['rmse', expected.valid_rmse_decimal],
    ['ic', expected.valid_ic_decimal],
  ] as const) {
    values.forEach((value, round) =>
      expect(Math.abs(result.scores[metric]![round]! - value)).toBeLessThan(1e-12),
    );
  }
}
