import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Booster,
  Dataset,
  findLightgbmLibrary,
  loadLightgbm,
  train,
  type TrainResult,
} from '../../native/index.js';
import {
  FEATURES,
  hasGolden,
  readGoldenColumn,
  readGoldenRows,
  readGoldenText,
  TRAIN_ROWS,
  VALID_START,
  type GoldenRows,
  type GoldenTraining,
} from './golden-data.js';

const DEFAULTS = {
  objective: 'regression',
  metric: 'rmse',
  device: 'cpu',
  num_leaves: 16,
  min_data_in_leaf: 500,
  feature_fraction: 0.8,
  verbose: -1,
  seed: 42,
};
const DETERMINISTIC = { ...DEFAULTS, deterministic: true, force_col_wise: true };
const BOTH = { metric: ['rmse', 'ic'], rounds: 50 };

/** The golden files were written with the thread count unset. */
const withoutThreads = (model: string): string => model.replace(/\[num_threads: \d+\]/, '[num_threads: 0]');

interface Case {
  readonly params: Record<string, string | number | boolean>;
  readonly rounds: number;
  readonly earlyStopping?: { metric: string[]; rounds: number };
  readonly initModel?: Booster;
}

describe.skipIf(!hasGolden)('training on the golden rows of the Python reference', () => {
  let golden: GoldenRows;
  let validMatrix: Float64Array;
  const open: { dispose(): void }[] = [];

  beforeAll(async () => {
    loadLightgbm({ path: findLightgbmLibrary(process.env, '.').path, numThreads: 2 });
    golden = await readGoldenRows();
    validMatrix = golden.matrix.subarray(VALID_START * FEATURES.length);
  });
  afterAll(() => open.forEach((one) => one.dispose()));

  async function run({ params, initModel, ...rest }: Case): Promise<TrainResult> {
    const common = { columns: FEATURES.length, params, featureNames: FEATURES, initModel };
    const trainSet = await Dataset.fromMatrix({
      ...common,
      matrix: golden.matrix.subarray(0, TRAIN_ROWS * FEATURES.length),
      label: golden.target.subarray(0, TRAIN_ROWS),
    });
    const valid = await Dataset.fromMatrix({
      ...common,
      matrix: validMatrix,
      label: golden.target.subarray(VALID_START),
      reference: trainSet,
    });
    const result = await train({ ...rest, params, train: trainSet, valid, measureIc: true });
    open.push(result.booster, trainSet, valid);
    return result;
  }

  async function expectGolden(result: TrainResult, name: string): Promise<void> {
    expect(withoutThreads(await result.booster.modelText())).toBe(readGoldenText(`model-${name}.txt`));
    const predictions = await result.booster.predict({ matrix: validMatrix });
    const expected = await readGoldenColumn(`predictions-${name}.parquet`, 'prediction');
    expect(predictions).toEqual(expected);
  }

  /** Sums of 17,662 squares in another order and scipy's Pearson may differ in the last digits. */
  function expectScores(result: TrainResult, expected: GoldenTraining): void {
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

  it('gives the model, predictions and scores of 100 fixed rounds to the last bit', async () => {
    const result = await run({ params: DETERMINISTIC, rounds: 100 });
    await expectGolden(result, '100-rounds');
    expectScores(result, JSON.parse(readGoldenText('training-100-rounds.json')));
  });

  it('stops where the Python callback stops, and continues from that model as Python does', async () => {
    const expected = JSON.parse(readGoldenText('training-deterministic.json'));
    const first = await run({ params: DETERMINISTIC, rounds: 250, earlyStopping: BOTH });
    await expectGolden(first, 'deterministic');
    expectScores(first, expected);
    expect([first.bestIteration, first.decidedBy]).toEqual([expected.best_iteration, 'ic']);

    const parent = await Booster.fromString(readGoldenText('model-deterministic.txt'));
    open.push(parent);
    const more = await run({ params: DETERMINISTIC, rounds: 50, earlyStopping: BOTH, initModel: parent });
    await expectGolden(more, 'deterministic-continued');
    expectScores(more, expected.continued);
    expect(more.bestIteration).toBe(expected.continued.best_iteration);
  });

  it('gives the thread-dependent models of two threads as well', async () => {
    const first = await run({ params: DEFAULTS, rounds: 250, earlyStopping: BOTH });
    await expectGolden(first, 'fresh');
    const parent = await Booster.fromString(readGoldenText('model-fresh.txt'));
    open.push(parent);
    await expectGolden(
      await run({ params: DEFAULTS, rounds: 50, earlyStopping: BOTH, initModel: parent }),
      'continued',
    );
  });
});
