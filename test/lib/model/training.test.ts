import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scorePredictions, summariseFit } from '../../../lib/model/summary.js';
import {
  fitModel,
  lightgbmParameters,
  withoutThreadCount,
  type Fit,
  type FitOptions,
} from '../../../lib/model/training.js';
import { Dataset } from '../../../native/index.js';
import { openLibrary, smallData } from '../../native/small-data.js';

const OPTIONS = {
  params: { num_leaves: 7, metric: 'rmse', objective: 'regression', min_data_in_leaf: 10, seed: 42 },
  rounds: 20,
  earlyStoppingRounds: 20,
  earlyStoppingMetric: 'ic',
};

describe('lightgbmParameters', () => {
  it('orders the user’s by name and ends with what makes trees independent of threads', () => {
    expect(Object.entries(lightgbmParameters(OPTIONS))).toEqual([
      ['metric', 'rmse'],
      ['min_data_in_leaf', 10],
      ['num_leaves', 7],
      ['objective', 'regression'],
      ['seed', 42],
      ['deterministic', true],
      ['force_col_wise', true],
      ['verbosity', -1],
    ]);
  });

  it.each([
    ['ic', 'rmse', 'rmse'],
    ['none', 'rmse', 'rmse'],
    ['rmse', 'rmse', 'rmse'],
    ['root_mean_squared_error', 'rmse', 'rmse'],
    ['l1', 'rmse', 'rmse,l1'],
    ['mae', 'rmse,l1', 'rmse,l1'],
    ['quantile', 'l2', 'l2,quantile'],
  ])('evaluates what stops training: %s beside %s', (earlyStoppingMetric, metric, expected) => {
    const { params } = OPTIONS;
    const given = lightgbmParameters({ ...OPTIONS, earlyStoppingMetric, params: { ...params, metric } });
    expect(given['metric']).toBe(expected);
  });
});

describe('fitModel', () => {
  let train: Dataset;
  let valid: Dataset;
  const data = smallData({ rows: 500, columns: 4 });
  const held = smallData({ rows: 200, columns: 4, seed: 2 });

  beforeAll(async () => {
    openLibrary();
    const params = lightgbmParameters(OPTIONS);
    train = await Dataset.fromMatrix({ ...data, params, featureNames: ['a', 'b', 'c', 'd'] });
    valid = await Dataset.fromMatrix({ ...held, params, reference: train });
  });
  afterAll(() => [train, valid].forEach((dataset) => dataset.dispose()));

  const fit = (change: Partial<FitOptions> = {}): Promise<Fit> =>
    fitModel({
      ...OPTIONS,
      train,
      valid,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...change,
    });

  it('keeps the best round by rank correlation, and names what decided', async () => {
    const result = await fit();
    const best = Math.max(...result.validScores['ic']!);
    expect(result).toMatchObject({ decidedBy: 'ic', roundsRun: 20 });
    expect(result.validScores['ic']![result.bestRound - 1]).toBe(best);
    expect(result.validScores['rmse']).toHaveLength(20);
    result.booster.dispose();
  });

  it('runs a fixed number of rounds where nothing is to decide', async () => {
    const result = await fit({ earlyStoppingMetric: 'none' });
    expect(result).toMatchObject({ decidedBy: 'none', roundsRun: 20, bestIteration: 20 });
    result.booster.dispose();
  });

  it('stops by a metric under any of its names', async () => {
    const result = await fit({
      earlyStoppingMetric: 'mae',
      earlyStoppingRounds: 1,
      params: { ...OPTIONS.params, learning_rate: 1.5 },
    });
    expect(result).toMatchObject({ decidedBy: 'l1' });
    expect(result.roundsRun).toBeLessThan(20);
    result.booster.dispose();
  });

  it('refuses a metric that the objective does not have', async () => {
    await expect(fit({ earlyStoppingMetric: 'sharpe' })).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'EARLY_STOPPING_METRIC',
      message: expect.stringContaining('rmse, ic') as string,
    });
  });

  it('writes a model that says nothing of the thread count, and importance for each feature', async () => {
    const result = await fit();
    expect(result.modelText).toContain('\n[num_threads: 0]\n');
    expect(withoutThreadCount(await result.booster.modelText())).toBe(result.modelText);
    expect(result.importance.map(({ feature }) => feature)).toEqual(['a', 'b', 'c', 'd']);
    expect(result.importance.every(({ gain, split }) => gain > 0 === split > 0)).toBe(true);
    result.booster.dispose();
  });

  it('is summarised as plain JSON with the figures rounded that threads would change', async () => {
    const result = await fit({ earlyStoppingMetric: 'none', rounds: 2 });
    const scores = scorePredictions(await result.booster.predict(held), held.label);
    const summary = summariseFit(
      result,
      { train: 500, valid: 200, validWithTarget: 200 },
      scores,
      lightgbmParameters(OPTIONS),
    );
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    expect(summary.validScores['rmse']![1]).toBe(Number(result.validScores['rmse']![1]!.toPrecision(12)));
    // The label in float64 against LightGBM's float32: 2^-24 of it.
    expect(Math.abs(summary.scores.rmse! - result.validScores['rmse']![1]!)).toBeLessThan(1e-7);
    result.booster.dispose();
  });
});

describe('scorePredictions', () => {
  it('judges the rows that have a target', () => {
    const prediction = Float64Array.of(1, 9, 2, 3);
    const target = Float64Array.of(2, NaN, 4, 6);
    expect(scorePredictions(prediction, target)).toEqual({ ic: 1, rmse: Math.sqrt((1 + 4 + 9) / 3) });
  });

  it('is null where it is undefined', () => {
    expect(scorePredictions(new Float64Array(0), new Float64Array(0))).toEqual({ ic: null, rmse: null });
    expect(scorePredictions(Float64Array.of(1, 1), Float64Array.of(1, 2))).toEqual({
      ic: null,
      rmse: Math.sqrt(0.5),
    });
  });
});
