/** Filling a dataset block by block. */
import { NativeError } from '../lib/errors.js';
import { nativeAddon, type DatasetHandle } from './addon.js';
import { rowsOf, sharedMatrix } from './buffers.js';
import type { Dataset } from './dataset.js';
import {
  labelRange,
  nativeFields,
  type BlockOptions,
  type LabelRange,
  type RowFields,
} from './dataset-options.js';
import { refuseNoObject, runJob } from './runtime.js';

/** A dataset that is being filled, block after block from the first row to the last. */
export class DatasetBlocks {
  private pushed = 0;
  private finished = false;

  /** @internal */
  constructor(
    private readonly handle: DatasetHandle,
    private readonly shape: Pick<BlockOptions, 'rows' | 'columns' | 'initModel'>,
    private readonly parameters: string,
    private readonly toDataset: (labels: LabelRange | null, log: readonly string[]) => Dataset,
  ) {}

  /**
   * Appends rows. The block may be reused once the promise has settled.
   * @param block row-major, any number of rows
   * @throws NativeError BAD_MATRIX, TOO_MANY_ROWS, BUFFER_DETACHED, DISPOSED
   */
  async push(block: Float64Array): Promise<void> {
    this.refuseFinished();
    const shared = sharedMatrix('block', block);
    const rows = rowsOf('block', shared, this.shape.columns);
    const start = this.pushed;
    if (start + rows > this.shape.rows) {
      throw new NativeError('TOO_MANY_ROWS', {
        what: `A block of ${rows} rows after ${start} is more than the ${this.shape.rows} rows announced.`,
        fix: 'Announce the rows that will be pushed.',
      });
    }
    this.pushed = start + rows;
    await runJob('push rows', (addon, job) =>
      addon.datasetPush(job, { dataset: this.handle, block: shared, start, parameters: this.parameters }),
    );
  }

  /**
   * Completes the dataset; this object is then of no more use.
   * @throws NativeError ROWS_MISSING, WRONG_LENGTH, NOT_FINITE, BAD_WEIGHT
   */
  async finish(fields: RowFields): Promise<Dataset> {
    this.refuseFinished();
    refuseNoObject('finish', fields);
    if (this.pushed !== this.shape.rows) {
      throw new NativeError('ROWS_MISSING', {
        what: `${this.pushed} of ${this.shape.rows} rows were pushed.`,
        fix: 'Push all rows before finish().',
      });
    }
    const native = nativeFields(fields, this.shape.rows, this.shape.initModel !== undefined);
    this.finished = true;
    const { log } = await runJob('finish the dataset', (addon, job) =>
      addon.datasetFinish(job, { dataset: this.handle, ...native }),
    );
    return this.toDataset(labelRange(native.label), log);
  }

  /** Frees a dataset that will not be finished; after finish() the dataset owns the memory. */
  dispose(): void {
    if (!this.finished) nativeAddon().disposeDataset(this.handle);
    this.finished = true;
  }

  private refuseFinished(): void {
    if (!this.finished) return;
    throw new NativeError('DISPOSED', {
      what: 'These blocks were finished or disposed.',
      fix: 'Start a new dataset.',
    });
  }
}
