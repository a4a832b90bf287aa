/**
 * Datasets and predictions from blocks of rows. Nothing here holds all rows at once: a block is read,
 * handed to LightGBM and forgotten. The datasets are equal to the last bit to those of one large matrix.
 */
import { Dataset, type Booster, type DatasetBlocks, type DatasetOptions } from '../../native/index.js';
import type { ModelRows } from './matrix.js';
import type { RowBlocks } from './row-blocks.js';

/** Rows with their predictions, by (time, symbol). */
export interface PredictedRows extends Omit<ModelRows, 'matrix'> {
  readonly prediction: Float64Array;
}

/**
 * Makes a dataset of all rows; every row must have a target. Without a reference the blocks are read
 * twice: once for the sample that bins are chosen from, once for the rows.
 * @throws NativeError; the signal's reason
 */
export async function fillDataset(
  blocks: RowBlocks,
  options: DatasetOptions,
  signal: AbortSignal,
): Promise<Dataset> {
  const filling = await Dataset.startBlocks({
    ...options,
    rows: blocks.rows,
    sample: options.reference === undefined ? await sampleOf(blocks, options, signal) : null,
  });
  try {
    return await filling.finish({ label: await pushAll(blocks, filling, signal) });
  } finally {
    filling.dispose();
    blocks.forget();
  }
}

/** The rows that LightGBM chooses bins from, row-major. */
async function sampleOf(
  blocks: RowBlocks,
  { columns, params }: DatasetOptions,
  signal: AbortSignal,
): Promise<Float64Array> {
  const chosen = await Dataset.sampleRows(blocks.rows, params);
  const sample = new Float64Array(new SharedArrayBuffer(chosen.length * columns * 8));
  let place = 0;
  let start = 0;
  for (const [block, size] of blocks.sizes.entries()) {
    signal.throwIfAborted();
    const { matrix } = await blocks.read(block);
    for (; place < chosen.length && chosen[place]! < start + size; place += 1) {
      const row = chosen[place]! - start;
      sample.set(matrix.subarray(row * columns, (row + 1) * columns), place * columns);
    }
    start += size;
  }
  return sample;
}

/** Pushes all blocks; returns the targets as labels. */
async function pushAll(
  blocks: RowBlocks,
  filling: DatasetBlocks,
  signal: AbortSignal,
): Promise<Float32Array> {
  // Shared, so that it is not copied again on its way to LightGBM.
  const label = new Float32Array(new SharedArrayBuffer(blocks.rows * 4));
  let start = 0;
  for (const [block, size] of blocks.sizes.entries()) {
    signal.throwIfAborted();
    const { matrix, target } = await blocks.read(block);
    label.set(target, start);
    await filling.push(matrix);
    start += size;
  }
  return label;
}

/** Predicts every row. */
export async function predictBlocks(
  booster: Booster,
  blocks: RowBlocks,
  signal: AbortSignal,
): Promise<PredictedRows> {
  const { rows } = blocks;
  const predicted: PredictedRows = {
    rows,
    target: new Float64Array(rows),
    timestampMs: new Float64Array(rows),
    symbolIndex: new Int32Array(rows),
    prediction: new Float64Array(rows),
  };
  let start = 0;
  for (const [block, size] of blocks.sizes.entries()) {
    signal.throwIfAborted();
    const read = await blocks.read(block);
    predicted.target.set(read.target, start);
    predicted.timestampMs.set(read.timestampMs, start);
    predicted.symbolIndex.set(read.symbolIndex, start);
    predicted.prediction.set(
      await booster.predict({ matrix: read.matrix, columns: read.matrix.length / size }),
      start,
    );
    start += size;
  }
  blocks.forget();
  return predicted;
}
