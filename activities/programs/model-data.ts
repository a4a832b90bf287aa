/** What the programs fold and predict share: reading model data and loading LightGBM. */
import { SetupError } from '../../lib/errors.js';
import type { ModelRows, SymbolTables } from '../../lib/model/matrix.js';
import { readTable } from '../../lib/store/parquet.js';
import { constantColumn, numberColumn, timeColumn, type Column, type Table } from '../../lib/store/table.js';
import { loadLightgbm } from '../../native/index.js';
import type { InputFile, ProgramHost } from './program.js';

/** Parameters that say how to read model data. */
export interface ModelDataParams {
  /** Features in the order of the model's columns. */
  readonly columns: readonly string[];
  /** Those of them whose values are categories. */
  readonly categorical: readonly string[];
  /** Symbols in the order of rows at one time. */
  readonly symbols: readonly string[];
  readonly intervalMs: number;
  readonly targetName: string;
}

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

/** The model data of each symbol, in the order of `symbols`; a symbol without input has no tables. */
export async function readModelData(
  params: ModelDataParams,
  inputs: Readonly<Record<string, readonly InputFile[]>>,
  signal: AbortSignal,
): Promise<SymbolTables[]> {
  const columns = ['timestamp', ...params.columns, params.targetName];
  const symbols: SymbolTables[] = [];
  for (const symbol of params.symbols) {
    const tables: Table[] = [];
    for (const file of inputs[`features/${symbol}`] ?? []) {
      signal.throwIfAborted();
      tables.push(await readTable(file, columns));
    }
    symbols.push({ symbol, tables });
  }
  return symbols;
}

/** `symbol timestamp target prediction`, and `fold` where a label is given. */
export function predictionTable(
  rows: ModelRows,
  symbols: readonly string[],
  prediction: Float64Array,
  foldLabel?: string,
): Table {
  const columns = new Map<string, Column>([
    ['symbol', { kind: 'string', dictionary: symbols, codes: rows.symbolIndex }],
    ['timestamp', timeColumn(rows.timestampMs)],
    ['target', numberColumn(rows.target)],
    ['prediction', numberColumn(prediction)],
  ]);
  if (foldLabel !== undefined) columns.set('fold', constantColumn(foldLabel, rows.rows));
  return { rows: rows.rows, columns };
}
