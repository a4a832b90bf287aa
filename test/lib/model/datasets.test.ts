import { beforeAll, describe, expect, it } from 'vitest';
import { fillDataset, predictBlocks } from '../../../lib/model/datasets.js';
import type { RowBlocks } from '../../../lib/model/row-blocks.js';
import { Dataset, train } from '../../../native/index.js';
import { openLibrary, smallData, type SmallData } from '../../native/small-data.js';

const COLUMNS = 5;
/** Bins are chosen from a part of the rows, so that the sample crosses blocks. */
const PARAMS = {
  objective: 'regression',
  num_leaves: 15,
  min_data_in_leaf: 5,
  seed: 42,
  bin_construct_sample_cnt: 400,
  deterministic: true,
  force_col_wise: true,
  verbosity: -1,
};
const ROUNDS = 12;
const never = new AbortController().signal;

/** Rows of a matrix as blocks of these sizes; every block is handed out in one buffer that is reused. */
function blocksOf(data: SmallData, sizes: readonly number[]): RowBlocks & { reads: number } {
  const buffer = new SharedArrayBuffer(Math.max(...sizes) * COLUMNS * 8);
  const starts = sizes.map((_, block) => sizes.slice(0, block).reduce((sum, size) => sum + size, 0));
  const blocks = {
    rows: data.label.length,
    sizes,
    reads: 0,
    read: (block: number) => {
      blocks.reads += 1;
      const [start, rows] = [starts[block]!, sizes[block]!];
      const matrix = new Float64Array(buffer, 0, rows * COLUMNS);
      matrix.set(data.matrix.subarray(start * COLUMNS, (start + rows) * COLUMNS));
      return Promise.resolve({
        rows,
        matrix,
        target: data.label.slice(start, start + rows),
        timestampMs: Float64Array.from({ length: rows }, (_, row) => (start + row) * 60_000),
        symbolIndex: new Int32Array(rows).fill(block),
      });
    },
    forget: () => buffer.slice(0),
  };
  return blocks;
}

async function modelText(fit: Dataset, valid: Dataset): Promise<string> {
  const { booster } = await train({
    params: PARAMS,
    train: fit,
    valid,
    rounds: ROUNDS,
    earlyStopping: { metric: 'ic', rounds: ROUNDS },
  });
  const text = await booster.modelText();
  [booster, valid, fit].forEach((owner) => owner.dispose());
  return text;
}

describe('a dataset filled block by block', () => {
  const fit = smallData({ rows: 1500, columns: COLUMNS, missing: 0.1, zeros: 0.2 });
  const held = smallData({ rows: 300, columns: COLUMNS, seed: 2 });
  let whole: string;

  beforeAll(async () => {
    openLibrary();
    const fitted = await Dataset.fromMatrix({ ...fit, params: PARAMS });
    whole = await modelText(fitted, await Dataset.fromMatrix({ ...held, params: PARAMS, reference: fitted }));
  });

  it.each([[[1500]], [[700, 1, 799]], [Array<number>(15).fill(100)]])(
    'gives the trees of one matrix to the last byte, in blocks of %j rows',
    async (sizes) => {
      const options = { columns: COLUMNS, params: PARAMS };
      const fitted = await fillDataset(blocksOf(fit, sizes), options, never);
      const valid = await fillDataset(blocksOf(held, [120, 180]), { ...options, reference: fitted }, never);
      expect(await modelText(fitted, valid)).toBe(whole);
    },
  );

  it('reads its blocks twice, and once where a reference gives the bins', async () => {
    const options = { columns: COLUMNS, params: PARAMS };
    const first = blocksOf(fit, [500, 500, 500]);
    const fitted = await fillDataset(first, options, never);
    const second = blocksOf(held, [100, 200]);
    const valid = await fillDataset(second, { ...options, reference: fitted }, never);
    [valid, fitted].forEach((dataset) => dataset.dispose());
    expect([first.reads, second.reads]).toEqual([6, 2]);
  });

  it('ends with the reason of its signal before the next block', async () => {
    const controller = new AbortController();
    const blocks = blocksOf(fit, [500, 500, 500]);
    const { read } = blocks;
    blocks.read = (block) => {
      if (block === 1) controller.abort(new Error('the worker stops'));
      return read(block);
    };
    const options = { columns: COLUMNS, params: PARAMS };
    await expect(fillDataset(blocks, options, controller.signal)).rejects.toThrow('the worker stops');
    expect(blocks.reads).toBe(2);
  });
});

describe('predictBlocks', () => {
  it('predicts each row as the whole matrix would, beside its time, symbol and target', async () => {
    openLibrary();
    const data = smallData({ rows: 400, columns: COLUMNS, missing: 0.1 });
    const fitted = await Dataset.fromMatrix({ ...data, params: PARAMS });
    const { booster } = await train({ params: PARAMS, train: fitted, rounds: ROUNDS });
    const predicted = await predictBlocks(booster, blocksOf(data, [150, 250]), never);
    expect(predicted.prediction).toEqual(await booster.predict(data));
    expect(predicted.target).toEqual(data.label);
    expect([...predicted.timestampMs.slice(149, 152)]).toEqual([149, 150, 151].map((row) => row * 60_000));
    expect([...predicted.symbolIndex.slice(149, 152)]).toEqual([0, 1, 1]);
    [booster, fitted].forEach((owner) => owner.dispose());
  });
});
