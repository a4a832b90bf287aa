/** What the programs fold and predict share: model data as blocks of rows, LightGBM, tables of predictions. */
import { SetupError } from '../../lib/errors.js';
import type { PredictedRows } from '../../lib/model/datasets.js';
import {
  assembleRows,
  numbersOf,
  selectRows,
  type MatrixLayout,
  type ModelRows,
  type RowSelection,
} from '../../lib/model/matrix.js';
import { groupByTime, type FileRows, type RowBlocks } from '../../lib/model/row-blocks.js';
import { readTable, type TableFile } from '../../lib/store/parquet.js';
import { constantColumn, numberColumn, timeColumn, type Column, type Table } from '../../lib/store/table.js';
import { loadLightgbm } from '../../native/index.js';
import type { InputFile, ProgramHost } from './program.js';

/** Parameters that say how to read model data. */
export interface ModelDataParams extends MatrixLayout {
  /** Features whose values are categories. */
  readonly categorical: readonly string[];
  /** Symbols in the order of rows at one time. */
  readonly symbols: readonly string[];
  /** The rows are volume bars: `close_time` tells when each is decided; absent for time bars. */
  readonly ofVolumeBars?: boolean;
}

/** Up to this many bytes of rows are kept after the first reading: decoding twice costs more than they do. */
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

/**
 * The selected rows of all symbols, in blocks that follow each other in time (a month of all symbols
 * each, where the files are months). Verifies every file once; holds one block, or all if they are small.
 * @throws StoreIntegrityError for files that are missing or damaged
 */
export async function openModelData(
  params: ModelDataParams,
  inputs: Readonly<Record<string, readonly InputFile[]>>,
  selection: RowSelection,
  signal: AbortSignal,
): Promise<RowBlocks> {
  const groups = groupByTime(await indexFiles(params, inputs, selection, signal));
  const sizes = groups.map((group) => group.reduce((sum, { rows }) => sum + rows, 0));
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const width = params.columns.length * 8;
  const keep = rows * width <= KEEP_BYTES;
  const kept = new Map<number, ModelRows>();
  let buffer: SharedArrayBuffer | undefined;
  return {
    rows,
    sizes,
    async read(block) {
      const known = kept.get(block);
      if (known) return known;
      if (!keep) buffer ??= new SharedArrayBuffer(Math.max(...sizes) * width);
      const read = await readGroup(params, groups[block]!, selection, buffer);
      if (keep) kept.set(block, read);
      return read;
    },
    forget() {
      kept.clear();
      buffer = undefined;
    },
  };
}

/** How many rows of each file are selected, and from when to when. */
async function indexFiles(
  params: ModelDataParams,
  inputs: Readonly<Record<string, readonly InputFile[]>>,
  selection: RowSelection,
  signal: AbortSignal,
): Promise<FileRows<InputFile>[]> {
  const indexed: FileRows<InputFile>[] = [];
  for (const [symbol, name] of params.symbols.entries()) {
    for (const file of inputs[`features/${name}`] ?? []) {
      signal.throwIfAborted();
      const table = await readRows(file, params, [params.targetName]);
      const selected = selectRows(table, params, selection);
      const times = numbersOf(table, 'timestamp');
      const [firstMs, lastMs] = [times[selected[0] ?? 0] ?? 0, times[selected.at(-1) ?? 0] ?? 0];
      indexed.push({ file, symbol, rows: selected.length, firstMs, lastMs });
    }
  }
  return indexed;
}

/**
 * The named columns and `timestamp`, from which everything after this counts one interval to the row's
 * decision. So for a volume bar it is not the bar's open but that of its last time bar.
 */
async function readRows(
  file: TableFile,
  { ofVolumeBars, intervalMs }: ModelDataParams,
  columns: readonly string[],
): Promise<Table> {
  if (ofVolumeBars !== true) return readTable(file, ['timestamp', ...columns]);
  const table = await readTable(file, ['close_time', ...columns]);
  const lastOpenMs = numbersOf(table, 'close_time').map((closeMs) => closeMs + 1 - intervalMs);
  return { rows: table.rows, columns: new Map([...table.columns, ['timestamp', timeColumn(lastOpenMs)]]) };
}

/** Reads the files of one group; their digests were verified when they were indexed. */
async function readGroup(
  params: ModelDataParams,
  group: readonly FileRows<InputFile>[],
  selection: RowSelection,
  buffer: SharedArrayBuffer | undefined,
): Promise<ModelRows> {
  const columns = [...params.columns, params.targetName];
  const symbols = params.symbols.map((symbol) => ({ symbol, tables: [] as Table[] }));
  for (const { file, symbol } of group) {
    symbols[symbol]!.tables.push(await readRows({ path: file.path }, params, columns));
  }
  return assembleRows(symbols, params, selection, buffer);
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
