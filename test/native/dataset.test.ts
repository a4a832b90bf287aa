import { beforeAll, describe, expect, it } from 'vitest';
import type { Booster } from '../../native/index.js';
import { Dataset, train, type MatrixOptions } from '../../native/index.js';
import { openLibrary, PARAMS, smallData } from './small-data.js';

const COLUMNS = 3;
const ROWS = 60;
const DATA = smallData({ rows: ROWS, columns: COLUMNS });

beforeAll(openLibrary);

const make = (change: object = {}): Promise<Dataset> =>
  Dataset.fromMatrix({ ...DATA, params: PARAMS, ...change } as MatrixOptions);

const labels = (change: (label: Float64Array) => void): { label: Float64Array } => {
  const label = DATA.label.slice();
  change(label);
  return { label };
};

describe('Dataset.fromMatrix', () => {
  it('tells its shape and names', async () => {
    const dataset = await make({ featureNames: ['x', 'y', 'z'] });
    expect(dataset).toMatchObject({
      rows: ROWS,
      columns: COLUMNS,
      featureNames: ['x', 'y', 'z'],
      labels: { whole: false },
    });
    dataset.dispose();
  });

  it('reads the matrix the same from shared memory and from a copy', async () => {
    const texts = [];
    for (const matrix of [DATA.matrix, DATA.matrix.slice()]) {
      const dataset = await make({ matrix });
      const { booster } = await train({ params: PARAMS, train: dataset, rounds: 4 });
      texts.push(await booster.modelText());
      dataset.dispose();
      booster.dispose();
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it('reads labels and weights the same where they lie and from a copy', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(ROWS * 4));
    shared.set(DATA.label);
    const texts = [];
    for (const label of [shared, Float32Array.from(DATA.label), DATA.label]) {
      const weight = label.map(Math.abs);
      const dataset = await make({ label, weight });
      const { booster } = await train({ params: PARAMS, train: dataset, rounds: 4 });
      texts.push(await booster.modelText());
      dataset.dispose();
      booster.dispose();
    }
    expect(new Set(texts).size).toBe(1);
    shared[7] = NaN;
    await expect(make({ label: shared })).rejects.toMatchObject({ code: 'NOT_FINITE' });
  });

  it('takes the bins and names of its reference', async () => {
    const dataset = await make({ featureNames: ['x', 'y', 'z'] });
    const valid = await make({ reference: dataset, featureNames: undefined });
    expect(valid.featureNames).toEqual(['x', 'y', 'z']);
    dataset.dispose();
    valid.dispose();
  });

  it.each<[string, object, string]>([
    ['no matrix', { matrix: undefined }, 'BAD_MATRIX'],
    ['a list of lists', { matrix: [[1, 2, 3]] }, 'BAD_MATRIX'],
    ['no rows', { matrix: new Float64Array(0), label: new Float64Array(0) }, 'BAD_MATRIX'],
    ['a row and a half', { matrix: new Float64Array(COLUMNS * 1.5 + 0.5) }, 'BAD_MATRIX'],
    ['no columns', { columns: 0 }, 'BAD_MATRIX'],
    ['columns that are no number', { columns: '3' }, 'BAD_MATRIX'],
    ['a short label', { label: DATA.label.subarray(1) }, 'WRONG_LENGTH'],
    ['a long label', { label: new Float64Array(ROWS + 1) }, 'WRONG_LENGTH'],
    ['a list as label', { label: Array.from(DATA.label) }, 'BAD_MATRIX'],
    ['a NaN label', labels((label) => (label[7] = NaN)), 'NOT_FINITE'],
    ['an infinite label', labels((label) => (label[7] = -Infinity)), 'NOT_FINITE'],
    ['a label infinite as float32', labels((label) => (label[7] = 1e39)), 'NOT_FINITE'],
    ['a short weight', { weight: new Float32Array(ROWS - 1) }, 'WRONG_LENGTH'],
    ['a negative weight', { weight: new Float32Array(ROWS).fill(-1) }, 'BAD_WEIGHT'],
    ['weights of 0', { weight: new Float32Array(ROWS) }, 'BAD_WEIGHT'],
    ['a NaN weight', { weight: new Float32Array(ROWS).fill(NaN) }, 'NOT_FINITE'],
    ['a short initial score', { initScore: new Float64Array(ROWS - 1) }, 'WRONG_LENGTH'],
    ['an infinite initial score', { initScore: new Float64Array(ROWS).fill(Infinity) }, 'NOT_FINITE'],
    ['too few names', { featureNames: ['x'] }, 'BAD_FEATURES'],
    ['the same name twice', { featureNames: ['x', 'y', 'x'] }, 'BAD_FEATURES'],
    ['a name with a blank', { featureNames: ['x', 'y', 'z z'] }, 'BAD_FEATURES'],
    ['a name LightGBM cannot write', { featureNames: ['x', 'y', 'z:1'] }, 'BAD_FEATURES'],
    ['an unknown category', { categoricalFeatures: ['x'] }, 'BAD_FEATURES'],
    ['a category beyond the columns', { categoricalFeatures: [3] }, 'BAD_FEATURES'],
    ['an unknown parameter', { params: { max_bins: 3, nonsense: 1 } }, 'UNKNOWN_PARAMETER'],
    ['a parameter that is an object', { params: { max_bin: {} } }, 'BAD_PARAMETER'],
    ['a reference that is none', { reference: {} }, 'BAD_OPTION'],
    ['an initial model that is none', { initModel: 'model.txt' }, 'BAD_OPTION'],
    [
      'a category that should be monotone',
      { params: { mc: [1, 0, 0] }, categoricalFeatures: [0] },
      'BAD_PARAMETER',
    ],
    [
      'a monotone constraint that is no direction',
      { params: { monotone_constraints: ['a', 0, 0] } },
      'BAD_PARAMETER',
    ],
    ['a file of bins', { params: { forcedbins_filename: '/dev/null' } }, 'RESERVED_PARAMETER'],
    ['too few monotone constraints', { params: { monotone_constraints: [1] } }, 'BAD_PARAMETER'],
    [
      'an interaction of columns that are none',
      { params: { interaction_constraints: '[0],[3]' } },
      'BAD_PARAMETER',
    ],
    ['a parameter LightGBM refuses', { params: { max_bin: 1 } }, 'LIGHTGBM_REFUSED'],
  ])('refuses %s', async (_, change, code) => {
    await expect(make(change)).rejects.toMatchObject({ name: 'NativeError', code });
  });

  it('offers the nearest name for an unknown parameter', async () => {
    await expect(make({ params: { num_leafs: 3 } })).rejects.toThrow(/Did you mean num_leaf\?/);
  });

  it.each([undefined, null, 7, 'rows'])('refuses %s instead of options', async (given) => {
    const refused = { name: 'NativeError', code: 'BAD_OPTION' };
    await expect(Dataset.fromMatrix(given as never)).rejects.toMatchObject(refused);
    await expect(Dataset.startBlocks(given as never)).rejects.toMatchObject(refused);
    await expect(train(given as never)).rejects.toMatchObject(refused);
  });

  it.each([
    ['one row', { matrix: DATA.matrix.subarray(0, COLUMNS), label: DATA.label.subarray(0, 1) }],
    ['constant features', { matrix: new Float64Array(ROWS * COLUMNS).fill(3) }],
    ['missing values only', { matrix: new Float64Array(ROWS * COLUMNS).fill(NaN) }],
  ])('trains on %s: one leaf, the mean of the labels', async (_, change) => {
    const dataset = await make(change);
    const { booster } = await train({ params: PARAMS, train: dataset, rounds: 2 });
    const { label = DATA.label } = change as { label?: Float64Array };
    const mean = label.reduce((sum, value) => sum + Math.fround(value), 0) / label.length;
    for (const value of await booster.predict(DATA)) expect(value).toBeCloseTo(mean, 6);
    for (const owner of [dataset, booster]) owner.dispose();
  });

  it('refuses memory that was transferred away', async () => {
    for (const name of ['matrix', 'label'] as const) {
      const values = DATA[name].slice();
      structuredClone(values.buffer, { transfer: [values.buffer] });
      await expect(make({ [name]: values })).rejects.toMatchObject({ code: 'BUFFER_DETACHED' });
    }
  });

  it('refuses a reference of other columns, and one that was disposed', async () => {
    const other = await Dataset.fromMatrix({ ...smallData({ rows: 50, columns: 2 }), params: PARAMS });
    await expect(make({ reference: other })).rejects.toMatchObject({ code: 'BAD_MATRIX' });
    const same = await make();
    same.dispose();
    await expect(make({ reference: same })).rejects.toMatchObject({ code: 'DISPOSED' });
    other.dispose();
  });

  it('refuses an initial model of other features, or beside initial scores', async () => {
    const dataset = await make();
    const { booster } = await train({ params: PARAMS, train: dataset, rounds: 1 });
    const narrow = smallData({ rows: 50, columns: 2 });
    const narrowed = Dataset.fromMatrix({ ...narrow, params: PARAMS, initModel: booster });
    await expect(narrowed).rejects.toMatchObject({ code: 'BAD_MATRIX' });
    const both = make({ initModel: booster, initScore: new Float64Array(ROWS) });
    await expect(both).rejects.toMatchObject({ code: 'BAD_OPTION' });
    dataset.dispose();
    booster.dispose();
  });

  it('cannot be trained on without a label, or judged with foreign bins', async () => {
    const dataset = await make();
    const unlabelled = await make({ label: undefined });
    const foreign = await Dataset.fromMatrix({
      ...smallData({ rows: ROWS, columns: COLUMNS, seed: 5 }),
      params: PARAMS,
    });
    const run = (given: { train: Dataset; valid?: Dataset }): Promise<{ booster: Booster }> =>
      train({ params: PARAMS, rounds: 1, ...given });
    await expect(run({ train: unlabelled })).rejects.toMatchObject({ code: 'NO_LABEL' });
    await expect(run({ train: dataset, valid: unlabelled })).rejects.toMatchObject({ code: 'NO_LABEL' });
    await expect(run({ train: dataset, valid: foreign })).rejects.toMatchObject({ code: 'BINS_DIFFER' });
    for (const owner of [dataset, unlabelled, foreign]) owner.dispose();
  });
});
