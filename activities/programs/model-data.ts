/** What the programs fold and predict share: model data as blocks of rows, LightGBM, tables of predictions. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SetupError } from '../../lib/errors.js';
import type { PredictedRows } from '../../lib/model/datasets.js';
import {
  placeRows,
  putFeatures,
  selectPart,
  type MatrixLayout,
  type ModelRows,
  type RowPart,
  type RowSelection,
} from '../../lib/model/matrix.js';
import { groupByTime, type FileRows, type RowBlocks } from '../../lib/model/row-blocks.js';
import { readTable } from '../../lib/store/parquet.js';
import { constantColumn, numberColumn, timeColumn, type Column, type Table } from '../../lib/store/table.js';
import { loadLightgbm } from '../../native/index.js';
import { discardBuffers, freeBuffers } from './free-buffers.js';
import type { InputFile, ProgramHost } from './program.js';

/** Parameters that say how to read model data. */
export interface ModelDataParams extends MatrixLayout {
  /** Features whose values are categories. */
  readonly categorical: readonly string[];
  /** Symbols in the order of rows at one time. */
  readonly symbols: readonly string[];
}

/** Up to this many bytes of rows are kept for a second reading: decoding twice costs more than they do. */
const KEEP_BYTES = 256 * 2 ** 20;

/**
 * Loads LightGBM into this thread.
 * @throws SetupError LIGHTGBM_MISSING and what loadLightgbm throws
 */
export function openLightgbm(host: ProgramHost): void {
  if (host.lightgbmLibrary === null) {
    throw new SetupError('LIGHTGBM_MISSING', {
      what: 'This worker has no LightGBM library.',
      fix: 'Run `npm run setup`, or set LIGHTGBM_LIB, and start the worker again.',
    });
  }
  loadLightgbm({ path: host.lightgbmLibrary, numThreads: host.threads });
}

/** Which rows to read, and how. */
export interface ReadOptions extends RowSelection {
  readonly signal: AbortSignal;
  /** Whether every block will be read twice. */
  readonly twice?: boolean;
}

/**
 * The selected rows of all symbols, in blocks that follow each other in time (a month of all symbols
 * each, where the files are months). Verifies every file once; holds one block, or all of them where they are
 * read twice and small.
 * @throws StoreIntegrityError for files that are missing or damaged
 */
export async function openModelData(
  params: ModelDataParams,
  inputs: Readonly<Record<string, readonly InputFile[]>>,
  options: ReadOptions,
): Promise<RowBlocks> {
  const groups = groupByTime(await indexFiles(params, inputs, options));
  const sizes = groups.map((group) => group.reduce((sum, { rows }) => sum + rows, 0));
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const width = params.columns.length * 8;
  const keep = options.twice === true && rows * width <= KEEP_BYTES;
  const kept = new Map<number, ModelRows>();
  let buffer: SharedArrayBuffer | undefined;
  return {
    rows,
    sizes,
    async read(block) {
      const known = kept.get(block);
      if (known) return known;
      if (!keep) buffer ??= new SharedArrayBuffer(Math.max(...sizes) * width);
      const read = await readGroup(params, groups[block]!, { ...options, buffer });
      if (keep) kept.set(block, read);
      return read;
    },
    forget() {
      kept.clear();
      buffer = undefined;
      freeBuffers();
    },
  };
}

/** How many rows of each file are selected, and from when to when. */
async function indexFiles(
  params: ModelDataParams,
  inputs: Readonly<Record<string, readonly InputFile[]>>,
  options: ReadOptions,
): Promise<FileRows<InputFile>[]> {
  const indexed: FileRows<InputFile>[] = [];
  for (const [symbol, name] of params.symbols.entries()) {
    for (const file of inputs[`features/${name}`] ?? []) {
      await takeTurn(options.signal);
      const table = await readTable(file, ['timestamp', params.targetName]);
      const { timestampMs } = selectPart(table, symbol, params, options);
      const [firstMs, lastMs] = [timestampMs[0] ?? 0, timestampMs.at(-1) ?? 0];
      indexed.push({ file, symbol, rows: timestampMs.length, firstMs, lastMs });
      // The whole file was read to verify it.
      discardBuffers(table.rows * (params.columns.length + 2) * 8);
    }
  }
  return indexed;
}

/** Reading never waits, so without a turn of the event loop no message to stop would be heard. */
async function takeTurn(signal: AbortSignal): Promise<void> {
  await nextTurn();
  signal.throwIfAborted();
}

interface GroupReading extends ReadOptions {
  /** Where the block is put if it is large enough. */
  readonly buffer: SharedArrayBuffer | undefined;
}

/**
 * Reads the files of one group, first their times and then the features of one file after the other, so
 * that no more than one is in memory beside the block. Their digests were verified when they were indexed.
 */
async function readGroup(
  params: ModelDataParams,
  group: readonly FileRows<InputFile>[],
  options: GroupReading,
): Promise<ModelRows> {
  const parts: RowPart[] = [];
  for (const { file, symbol } of group) {
    const table = await readTable({ path: file.path }, ['timestamp', params.targetName]);
    parts.push(selectPart(table, symbol, params, options));
  }
  const { rows, places } = placeRows(parts, params, options.buffer);
  for (const [index, { file }] of group.entries()) {
    await takeTurn(options.signal);
    const part = { selected: parts[index]!.selected, places: places[index]! };
    const table = await readTable({ path: file.path }, params.columns);
    putFeatures(table, params, part, rows.matrix);
    discardBuffers(table.rows * params.columns.length * 8);
  }
  return rows;
}

/** `symbol timestamp target prediction`, and `fold` where a label is given. */
export function predictionTable(rows: PredictedRows, symbols: readonly string[], foldLabel?: string): Table {
  const columns = new Map<string, Column>([
    ['symbol', { kind: 'string', dictionary: symbols, codes: rows.symbolIndex }],
    ['timestamp', timeColumn(rows.timestampMs)],
    ['target', numberColumn(rows.target)],
    ['prediction', numberColumn(rows.prediction)],
  ]);
  if (foldLabel !== undefined) columns.set('fold', constantColumn(foldLabel, rows.rows));
  return { rows: rows.rows, columns };
}
