import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Booster, Dataset, train } from '../../native/index.js';
import { openLibrary, PARAMS, smallData } from './small-data.js';

const COLUMNS = 5;
const ROWS = 300;
const DATA = smallData({ rows: ROWS, columns: COLUMNS, missing: 0.2 });
const NAMES = ['a', 'b', 'c', 'd', 'é'];

async function trained(params: Record<string, string | number | boolean>, label: Float64Array, rounds = 8) {
  const dataset = await Dataset.fromMatrix({ ...DATA, label, params, featureNames: NAMES });
  const { booster } = await train({ params, train: dataset, rounds });
  dataset.dispose();
  return booster;
}

let booster: Booster;
beforeAll(async () => {
  openLibrary();
  booster = await trained(PARAMS, DATA.label);
});
afterAll(() => booster.dispose());

const sumOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0);

describe('Booster', () => {
  it('tells its features, names, classes and iterations', () => {
    expect(booster).toMatchObject({ features: COLUMNS, classes: 1, iterations: 8, featureNames: NAMES });
  });

  it('is the same after a file and after its text', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'booster-')), 'model.txt');
    await booster.save(file);
    const loaded = await Booster.load(file);
    expect(await loaded.modelText()).toBe(await booster.modelText());
    expect(await loaded.predict(DATA)).toEqual(await booster.predict(DATA));
    expect(loaded.bestIteration).toBeNull();
    loaded.dispose();
  });

  it('predicts the same from shared memory, from a copy, and row by row', async () => {
    const whole = await booster.predict(DATA);
    expect(await booster.predict({ ...DATA, matrix: DATA.matrix.slice() })).toEqual(whole);
    for (const row of [0, 1, ROWS - 1]) {
      const matrix = DATA.matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS);
      expect(await booster.predict({ matrix, columns: COLUMNS })).toEqual(whole.subarray(row, row + 1));
    }
  });

  it('gives contributions that add up to the raw score, and leaves that exist', async () => {
    const raw = await booster.predict({ ...DATA, kind: 'raw' });
    const contributions = await booster.predict({ ...DATA, kind: 'contribution' });
    expect(contributions).toHaveLength(ROWS * (COLUMNS + 1));
    raw.forEach((score, row) => {
      // Shapley values are sums of about 100 products: 1e-12 leaves room for their rounding.
      const sum = sumOf(contributions.subarray(row * (COLUMNS + 1), (row + 1) * (COLUMNS + 1)));
      expect(Math.abs(sum - score)).toBeLessThan(1e-12);
    });
    const leaves = await booster.predict({ ...DATA, kind: 'leaf' });
    expect(leaves).toHaveLength(ROWS * 8);
    expect(leaves.every((leaf) => Number.isInteger(leaf) && leaf >= 0 && leaf < 7)).toBe(true);
  });

  it('transforms the raw score by the objective', async () => {
    const binary = await trained(
      { ...PARAMS, objective: 'binary', metric: 'auc' },
      DATA.label.map((value) => Number(value > 0)),
    );
    const raw = await binary.predict({ ...DATA, kind: 'raw' });
    const value = await binary.predict(DATA);
    // exp() of the C library and of V8 may differ in the last digit.
    value.forEach((probability, row) => expect(probability).toBeCloseTo(1 / (1 + Math.exp(-raw[row]!)), 14));
    binary.dispose();
  });

  it('gives one probability a class, summing to one', async () => {
    const label = DATA.label.map((value) => (value > 0.2 ? 2 : Number(value > -0.2)));
    const multi = await trained(
      { ...PARAMS, objective: 'multiclass', num_class: 3, metric: 'multi_logloss' },
      label,
    );
    expect(multi.classes).toBe(3);
    const probabilities = await multi.predict(DATA);
    expect(probabilities).toHaveLength(ROWS * 3);
    for (let row = 0; row < ROWS; row += 1) {
      expect(sumOf(probabilities.subarray(row * 3, row * 3 + 3))).toBeCloseTo(1, 12);
    }
    multi.dispose();
  });

  it('counts every split in its importance and no gain of an unused feature', async () => {
    const split = await booster.featureImportance('split');
    const gain = await booster.featureImportance('gain');
    expect(sumOf(split)).toBe(8 * 6);
    split.forEach((count, feature) => expect(gain[feature]! > 0).toBe(count > 0));
    expect(sumOf(await booster.featureImportance('split', 1))).toBe(6);
  });

  it.each([
    ['columns that do not fit', { matrix: new Float64Array(COLUMNS + 1) }, 'BAD_MATRIX'],
    ['another number of columns', { matrix: DATA.matrix, columns: 2 * COLUMNS }, 'BAD_MATRIX'],
    ['no columns', { matrix: DATA.matrix, columns: 0 }, 'BAD_MATRIX'],
    ['no rows', { matrix: new Float64Array(0) }, 'BAD_MATRIX'],
    ['float32', { matrix: new Float32Array(COLUMNS) as unknown as Float64Array }, 'BAD_MATRIX'],
    ['no matrix', { matrix: null as unknown as Float64Array }, 'BAD_MATRIX'],
    ['an unknown kind', { matrix: DATA.matrix, kind: 'shap' as 'raw' }, 'BAD_OPTION'],
    ['a kind of every object', { matrix: DATA.matrix, kind: 'toString' as 'raw' }, 'BAD_OPTION'],
    ['no iterations', { matrix: DATA.matrix, iterations: 0 }, 'BAD_OPTION'],
    ['a negative start', { matrix: DATA.matrix, startIteration: -1 }, 'BAD_OPTION'],
  ])('refuses to predict %s', async (_, options, code) => {
    await expect(booster.predict({ columns: COLUMNS, ...options })).rejects.toMatchObject({
      name: 'NativeError',
      code,
    });
  });

  it('refuses memory that was transferred away', async () => {
    const matrix = new Float64Array(COLUMNS);
    structuredClone(matrix.buffer, { transfer: [matrix.buffer] });
    await expect(booster.predict({ matrix, columns: COLUMNS })).rejects.toMatchObject({
      code: 'BUFFER_DETACHED',
    });
  });

  it('is not disturbed when a buffer is transferred or written during the call', async () => {
    const expected = await booster.predict(DATA);
    const copy = DATA.matrix.slice();
    const predicting = booster.predict({ ...DATA, matrix: copy });
    copy.fill(0);
    structuredClone(copy.buffer, { transfer: [copy.buffer] });
    expect(await predicting).toEqual(expected);
  });

  it('refuses every use after dispose, and disposes twice without harm', async () => {
    const copy = await Booster.fromString(await booster.modelText());
    const running = copy.predict(DATA);
    copy.dispose();
    copy.dispose();
    expect(await running).toEqual(await booster.predict(DATA));
    const uses = [copy.predict(DATA), copy.modelText(), copy.featureImportance('gain')];
    const datasets = [Dataset.fromMatrix({ ...DATA, params: PARAMS, initModel: copy })];
    for (const use of [...uses, ...datasets]) await expect(use).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('says which file cannot be read', async () => {
    await expect(Booster.load('/nowhere/model.txt')).rejects.toMatchObject({
      code: 'MODEL_UNREADABLE',
      message: expect.stringContaining('/nowhere/model.txt') as string,
    });
  });
});
