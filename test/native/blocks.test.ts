import { beforeAll, describe, expect, it } from 'vitest';
import { Booster, Dataset, train, type DatasetOptions, type RowFields } from '../../native/index.js';
import { openLibrary, PARAMS, smallData, type SmallData } from './small-data.js';

const ROWS = 5000;
/** Fewer sampled rows than rows, so that the choice of the sample matters. */
const SAMPLING = { ...PARAMS, bin_construct_sample_cnt: 1200 };

beforeAll(openLibrary);

async function fromBlocks(
  data: SmallData,
  blockRows: number,
  { fields = {}, ...options }: Omit<DatasetOptions, 'columns'> & { fields?: RowFields },
): Promise<Dataset> {
  const { columns, matrix } = data;
  const rows = matrix.length / columns;
  let sample: Float64Array | null = null;
  if (options.reference === undefined) {
    const chosen = await Dataset.sampleRows(rows, options.params);
    sample = new Float64Array(chosen.length * columns);
    chosen.forEach((row, place) => {
      sample!.set(matrix.subarray(row * columns, (row + 1) * columns), place * columns);
    });
  }
  const filling = await Dataset.startBlocks({ ...options, columns, rows, sample });
  for (let start = 0; start < rows; start += blockRows) {
    await filling.push(matrix.subarray(start * columns, (start + blockRows) * columns));
  }
  return filling.finish({ label: data.label, ...fields });
}

async function modelOf(dataset: Dataset, valid: Dataset, params: DatasetOptions['params']): Promise<string> {
  const { booster, scores } = await train({ params, train: dataset, valid, rounds: 15, measureIc: true });
  const text = await booster.modelText();
  for (const owner of [booster, dataset, valid]) owner.dispose();
  return `${text}${JSON.stringify(Object.values(scores).map((values) => [...values]))}`;
}

describe('a dataset filled block by block', () => {
  const cases: [string, SmallData, Partial<DatasetOptions> & { fields?: RowFields }][] = [
    ['of plain columns', smallData({ rows: ROWS, columns: 6 }), {}],
    ['with missing values', smallData({ rows: ROWS, columns: 6, missing: 0.4 }), {}],
    ['with sparse columns', smallData({ rows: ROWS, columns: 9, zeros: 0.97 }), {}],
    ['with a category', smallData({ rows: ROWS, columns: 5, classes: 12 }), { categoricalFeatures: [0] }],
    [
      'with weights and scores to start from',
      smallData({ rows: ROWS, columns: 4 }),
      {
        fields: {
          weight: smallData({ rows: ROWS, columns: 1 }).matrix.map(Math.abs),
          initScore: new Float64Array(ROWS).fill(0.25),
        },
      },
    ],
  ];
  for (const [name, data, { fields = {}, ...options }] of cases) {
    it(`${name} trains the same model to the last bit as one matrix does`, async () => {
      const common = { ...options, params: SAMPLING };
      const whole = await Dataset.fromMatrix({ ...common, ...fields, ...data });
      const wholeValid = await Dataset.fromMatrix({ ...common, ...fields, ...data, reference: whole });
      const expected = await modelOf(whole, wholeValid, SAMPLING);
      for (const blockRows of [37, 1250, ROWS]) {
        const blocks = await fromBlocks(data, blockRows, { ...common, fields });
        const valid = await fromBlocks(data, blockRows, { ...common, fields, reference: blocks });
        expect(await modelOf(blocks, valid, SAMPLING)).toBe(expected);
      }
    });
  }

  it('continues a model as one matrix does', async () => {
    const data = smallData({ rows: ROWS, columns: 6, missing: 0.1 });
    const first = await Dataset.fromMatrix({ ...data, params: SAMPLING });
    const parent = (await train({ params: SAMPLING, train: first, rounds: 5 })).booster;
    const initModel = await Booster.fromString(await parent.modelText());
    const common = { params: SAMPLING, initModel };
    const whole = await Dataset.fromMatrix({ ...data, ...common });
    const wholeValid = await Dataset.fromMatrix({ ...data, ...common, reference: whole });
    const blocks = await fromBlocks(data, 777, common);
    const valid = await fromBlocks(data, 777, { ...common, reference: blocks });
    expect(await modelOf(blocks, valid, SAMPLING)).toBe(await modelOf(whole, wholeValid, SAMPLING));
    for (const owner of [first, parent, initModel]) owner.dispose();
  });

  it('refuses too many rows, too few rows, and anything after its end', async () => {
    const data = smallData({ rows: 60, columns: 3 });
    const start = () =>
      Dataset.startBlocks({ columns: 3, rows: 60, params: PARAMS, sample: data.matrix.slice() });
    const filling = await start();
    await filling.push(data.matrix.subarray(0, 90));
    await expect(filling.push(data.matrix)).rejects.toMatchObject({ code: 'TOO_MANY_ROWS' });
    await expect(filling.finish({ label: data.label })).rejects.toMatchObject({ code: 'ROWS_MISSING' });
    await filling.push(data.matrix.subarray(90));
    const dataset = await filling.finish({ label: data.label });
    await expect(filling.push(data.matrix)).rejects.toMatchObject({ code: 'DISPOSED' });
    dataset.dispose();
    const abandoned = await start();
    abandoned.dispose();
    abandoned.dispose();
    await expect(abandoned.finish({})).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('refuses linear trees, whose raw values LightGBM would write out of bounds', async () => {
    const { matrix } = smallData({ rows: 60, columns: 3 });
    const params = { ...PARAMS, linear_trees: true };
    const started = Dataset.startBlocks({ columns: 3, rows: 60, params, sample: matrix });
    await expect(started).rejects.toMatchObject({ code: 'NOT_IN_BLOCKS' });
  });
});
