import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Booster, Dataset, train, type TrainOptions, type TrainResult } from '../../native/index.js';
import { openLibrary, PARAMS, smallData, uniform } from './small-data.js';

const COLUMNS = 4;
const TRAIN = smallData({ rows: 400, columns: COLUMNS, seed: 11 });
const VALID = smallData({ rows: 120, columns: COLUMNS, seed: 12 });

let trainSet: Dataset;
let validSet: Dataset;

beforeAll(async () => {
  openLibrary();
  trainSet = await Dataset.fromMatrix({ ...TRAIN, params: PARAMS });
  validSet = await Dataset.fromMatrix({ ...VALID, params: PARAMS, reference: trainSet });
});
afterAll(() => [trainSet, validSet].forEach((dataset) => dataset.dispose()));

const run = (change: Partial<TrainOptions> = {}): Promise<TrainResult> =>
  train({ params: PARAMS, train: trainSet, valid: validSet, rounds: 12, ...change });

/**
 * LightGBM's Python callback on recorded scores, written from its documentation: every metric keeps its
 * best; after each round the metrics are asked in order, and the first whose patience is over, or the
 * first of all at the last round, ends training with its best round.
 */
function replay(metrics: { values: readonly number[]; higher: boolean }[], patience: number, rounds: number) {
  const best = metrics.map(() => ({ value: NaN, round: 0 }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { values, higher }] of metrics.entries()) {
      const value = values[round]!;
      const improved = higher ? value > best[index]!.value : value < best[index]!.value;
      if (round === 0 || improved) best[index] = { value, round };
      if (round - best[index]!.round >= patience || round === rounds - 1) {
        return { run: round + 1, bestRound: best[index]!.round + 1, metric: index };
      }
    }
  }
  throw new Error('no round decided');
}

describe('train', () => {
  it('runs all rounds and keeps the last without early stopping', async () => {
    const { booster, ...result } = await run();
    expect(result).toMatchObject({ rounds: 12, bestRound: 12, bestIteration: 12, decidedBy: null });
    expect(result.scores['rmse']).toHaveLength(12);
    expect(result.scores['ic']).toBeUndefined();
    expect(booster.iterations).toBe(12);
    booster.dispose();
  });

  it('stops where the rule says on its own scores, for any patience, metric order and noise', async () => {
    const cases = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      patience: fc.integer({ min: 1, max: 12 }),
      rounds: fc.integer({ min: 1, max: 30 }),
      metric: fc.constantFrom<string[]>(['rmse'], ['ic'], ['rmse', 'ic'], ['ic', 'rmse'], ['l1', 'ic']),
      noise: fc.constantFrom(0.1, 3, 30),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, patience, rounds, metric, noise }) => {
        const params = { ...PARAMS, metric: 'rmse,l1', learning_rate: 0.4 };
        const next = uniform(seed);
        const noisy = (label: Float64Array): Float64Array =>
          label.map((value) => value + noise * (next() - 0.5));
        const dataset = await Dataset.fromMatrix({ ...TRAIN, label: noisy(TRAIN.label), params });
        const valid = await Dataset.fromMatrix({
          ...VALID,
          label: noisy(VALID.label),
          params,
          reference: dataset,
        });
        const all = await train({ params, train: dataset, valid, rounds, measureIc: true });
        const result = await train({
          params,
          train: dataset,
          valid,
          rounds,
          earlyStopping: { metric, rounds: patience },
        });
        const watched = metric.map((name) => ({ values: [...all.scores[name]!], higher: name === 'ic' }));
        const expected = replay(watched, patience, rounds);
        expect(result.rounds).toBe(expected.run);
        expect(result.bestRound).toBe(expected.bestRound);
        expect(result.decidedBy).toBe(metric[expected.metric]);
        for (const owner of [dataset, valid, all.booster, result.booster]) owner.dispose();
      }),
      { numRuns: 80 },
    );
  });

  it('predicts and writes up to the best iteration unless told otherwise', async () => {
    const params = { ...PARAMS, learning_rate: 0.9 };
    const { booster, bestIteration, rounds } = await run({
      params,
      rounds: 60,
      earlyStopping: { metric: 'rmse', rounds: 5 },
    });
    expect(bestIteration).toBeLessThan(rounds);
    const { matrix, columns } = VALID;
    expect(await booster.predict({ matrix, columns })).toEqual(
      await booster.predict({ matrix, columns, iterations: bestIteration }),
    );
    expect(await booster.predict({ matrix, columns })).not.toEqual(
      await booster.predict({ matrix, columns, iterations: rounds }),
    );
    const saved = await Booster.fromString(await booster.modelText());
    expect(saved.iterations).toBe(bestIteration);
    expect(await saved.predict({ matrix, columns })).toEqual(await booster.predict({ matrix, columns }));
    for (const owner of [booster, saved]) owner.dispose();
  });

  it('counts rounds that grow no tree, and does not count their trees', async () => {
    const params = { ...PARAMS, min_gain_to_split: 1e9 };
    const dataset = await Dataset.fromMatrix({ ...TRAIN, params });
    const valid = await Dataset.fromMatrix({ ...VALID, params, reference: dataset });
    const result = await train({
      params,
      train: dataset,
      valid,
      rounds: 6,
      earlyStopping: { metric: 'ic', rounds: 6 },
    });
    expect(result).toMatchObject({ rounds: 6, bestRound: 1, bestIteration: 1 });
    // A constant prediction has no rank correlation.
    expect([...result.scores['ic']!].every(Number.isNaN)).toBe(true);
    expect(new Set(await result.booster.predict(VALID)).size).toBe(1);
    for (const owner of [dataset, valid, result.booster]) owner.dispose();
  });

  it('continues a model: parent first, its rounds counted in the best iteration', async () => {
    const parent = (await run({ rounds: 5 })).booster;
    const more = await Dataset.fromMatrix({ ...TRAIN, params: PARAMS, initModel: parent });
    const valid = await Dataset.fromMatrix({ ...VALID, params: PARAMS, initModel: parent, reference: more });
    const continued = await train({ params: PARAMS, train: more, valid, rounds: 7 });
    expect(continued).toMatchObject({ rounds: 7, bestRound: 7, bestIteration: 12 });
    const start = await continued.booster.predict({ ...VALID, iterations: 5 });
    expect(start).toEqual(await parent.predict(VALID));
    const fresh = await Dataset.fromMatrix({ ...VALID, params: PARAMS, reference: more });
    await expect(train({ params: PARAMS, train: more, valid: fresh, rounds: 1 })).rejects.toMatchObject({
      code: 'INIT_MODEL_DIFFERS',
    });
    fresh.dispose();
    for (const owner of [parent, more, valid, continued.booster]) owner.dispose();
  });

  it('tells the latest round and its scores, never a round twice or out of order', async () => {
    const seen: number[] = [];
    const { booster, scores } = await run({
      rounds: 200,
      measureIc: true,
      onProgress: ({ round, rounds, scores: now }) => {
        seen.push(round);
        expect(rounds).toBe(200);
        expect(Object.keys(now)).toEqual(['rmse', 'ic']);
      },
    });
    expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
    expect(seen.at(-1)).toBe(200);
    expect(scores['ic']).toHaveLength(200);
    booster.dispose();
  });

  it('ends within a round when aborted, with the reason of the signal', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    let lastRound = 0;
    const endless = run({
      rounds: 1_000_000,
      signal: abort.signal,
      onProgress: ({ round }) => {
        lastRound = round;
        abort.abort(reason);
      },
    });
    await expect(endless).rejects.toBe(reason);
    expect(lastRound).toBeLessThan(1_000_000);
    await expect(run({ signal: abort.signal })).rejects.toBe(reason);
  });

  it('is answered at once when aborted while another training runs', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const endless = run({ rounds: 1_000_000, signal: first.signal });
    const waiting = run({ signal: second.signal });
    second.abort(new Error('not any more'));
    await expect(waiting).rejects.toThrow('not any more');
    first.abort(new Error('enough'));
    await expect(endless).rejects.toThrow('enough');
    (await run()).booster.dispose();
  });

  it.each(['multi_logloss', 'multi_error', 'auc_mu'])(
    'refuses labels that are no class, with %s',
    async (metric) => {
      const params = { ...PARAMS, objective: 'multiclass', num_class: 3, metric };
      const classOf = (label: Float64Array): Float64Array => label.map((value) => (value > 0 ? 1 : 0));
      const made = await Dataset.fromMatrix({ ...TRAIN, label: classOf(TRAIN.label), params });
      for (const odd of [1e9, -1e9, 3, 0.5]) {
        const label = classOf(VALID.label).fill(odd, 0, 1);
        const judged = await Dataset.fromMatrix({ ...VALID, label, params, reference: made });
        const training = train({ params, train: made, valid: judged, rounds: 1 });
        await expect(training).rejects.toMatchObject({ name: 'NativeError', code: 'BAD_LABEL' });
        judged.dispose();
      }
      made.dispose();
    },
  );

  it('ends when the progress callback throws, with what it threw', async () => {
    const thrown = new Error('no more');
    const failing = run({
      rounds: 1_000_000,
      onProgress: () => {
        throw thrown;
      },
    });
    await expect(failing).rejects.toBe(thrown);
  });

  it('is the same for 1 and for many calls at once', async () => {
    const [alone, ...together] = await Promise.all([run(), run(), run(), run()]);
    const texts = await Promise.all([alone!, ...together].map(({ booster }) => booster.modelText()));
    expect(new Set(texts).size).toBe(1);
    for (const { booster } of [alone!, ...together]) booster.dispose();
  });

  it('catches LightGBM’s log lines whole, and prints none', async () => {
    const params = { ...PARAMS, verbosity: 1, num_leaves: 2 };
    const dataset = await Dataset.fromMatrix({ ...TRAIN, params });
    const { booster, log } = await train({ params, train: dataset, rounds: 1 });
    const lines = [...dataset.log, ...log];
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^\[LightGBM\] \[(Info|Warning)\] \S/);
    for (const owner of [dataset, booster]) owner.dispose();
  });

  it.each<[string, Partial<TrainOptions>, string]>([
    ['an unknown parameter', { params: { ...PARAMS, num_leafs: 3 } }, 'UNKNOWN_PARAMETER'],
    ['a parameter under two names', { params: { ...PARAMS, num_leaf: 3 } }, 'DUPLICATE_PARAMETER'],
    ['a parameter that an option sets', { params: { ...PARAMS, n_estimators: 3 } }, 'RESERVED_PARAMETER'],
    ['a parameter that is no number', { params: { ...PARAMS, lambda_l1: NaN } }, 'BAD_PARAMETER'],
    ['more classes than can be', { params: { ...PARAMS, num_class: 2e9 } }, 'BAD_PARAMETER'],
    ['a file of splits', { params: { ...PARAMS, fs: '/dev/null' } }, 'RESERVED_PARAMETER'],
    ['a parameter of the command line', { params: { ...PARAMS, task: 'predict' } }, 'RESERVED_PARAMETER'],
    ['a signal that is none', { signal: {} as AbortSignal }, 'BAD_OPTION'],
    ['a callback that is none', { onProgress: 'x' as unknown as () => void }, 'BAD_OPTION'],
    ['a value with a blank', { params: { ...PARAMS, metric: 'l1 l2' } }, 'BAD_PARAMETER'],
    ['bins other than those of the dataset', { params: { ...PARAMS, max_bin: 31 } }, 'LIGHTGBM_REFUSED'],
    ['a value LightGBM refuses', { params: { ...PARAMS, num_leaves: 1 } }, 'LIGHTGBM_REFUSED'],
    ['no round', { rounds: 0 }, 'BAD_OPTION'],
    ['a round and a half', { rounds: 1.5 }, 'BAD_OPTION'],
    ['no patience', { earlyStopping: { metric: 'ic', rounds: 0 } }, 'BAD_OPTION'],
    ['no metric', { earlyStopping: { metric: [], rounds: 5 } }, 'BAD_OPTION'],
    ['a metric that is not evaluated', { earlyStopping: { metric: 'auc', rounds: 5 } }, 'UNKNOWN_METRIC'],
    [
      'early stopping without validation',
      { valid: undefined, earlyStopping: { metric: 'ic', rounds: 5 } },
      'BAD_OPTION',
    ],
    ['ic without validation', { valid: undefined, measureIc: true }, 'BAD_OPTION'],
    [
      'dart with early stopping',
      { params: { ...PARAMS, boosting_type: 'dart' }, earlyStopping: { metric: 'ic', rounds: 5 } },
      'BAD_OPTION',
    ],
    ['a training set that is none', { train: {} as Dataset }, 'BAD_OPTION'],
  ])('refuses %s', async (_, change, code) => {
    await expect(run(change)).rejects.toMatchObject({ name: 'NativeError', code });
  });

  it('names the failing call and LightGBM’s message, also among the log lines', async () => {
    await expect(run({ params: { ...PARAMS, num_leaves: 1 } })).rejects.toMatchObject({
      details: {
        call: 'LGBM_DatasetUpdateParamChecking',
        message: expect.stringContaining('num_leaves') as string,
      },
    });
  });

  it('refuses a disposed dataset, and disposing again does nothing', async () => {
    const dataset = await Dataset.fromMatrix({ ...TRAIN, params: PARAMS });
    dataset.dispose();
    dataset.dispose();
    await expect(run({ train: dataset, valid: undefined })).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('keeps a dataset alive that is disposed while it is trained on', async () => {
    const dataset = await Dataset.fromMatrix({ ...TRAIN, params: PARAMS });
    const training = train({ params: PARAMS, train: dataset, rounds: 50 });
    dataset.dispose();
    const { booster } = await training;
    expect(booster.iterations).toBe(50);
    booster.dispose();
  });
});
