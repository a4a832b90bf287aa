/** What evaluation and backtest read: predictions of all folds, the validation before them, and bars. */
import { concatBars, dayStartMs, type BarTable } from '../../lib/bars/index.js';
import { barsFromTable } from '../../lib/bars/bar-file.js';
import { ConfigError, DataError } from '../../lib/errors.js';
import {
  matchTimes,
  type Judged,
  type JudgedBars,
  type JudgedSymbol,
  type ScopeName,
  type ValidationRows,
} from '../../lib/evaluation/index.js';
import {
  compileFeatures,
  computeModelRows,
  joinVolumeBars,
  type FeatureDefinition,
} from '../../lib/features/index.js';
import { numbers, readTable } from '../../lib/store/parquet.js';
import type { StringColumn, Table } from '../../lib/store/table.js';
import type { InputFile, ProgramJob } from './program.js';

/** Name of the expression column that stands for `--signal` in the definition. */
export const SIGNAL_COLUMN = 'judged_signal';

/** Parameters that evaluation and backtest share. */
export interface JudgedParams {
  readonly interval: string;
  readonly intervalMs: number;
  /** Target symbols, in order of name. */
  readonly symbols: readonly string[];
  readonly bins: number;
  readonly scope: ScopeName;
  readonly trailingDays: number;
  /** Test windows in time order; texts are ISO moments. */
  readonly folds: readonly { readonly label: string; readonly testStart: string; readonly testEnd: string }[];
  /** The expression judged instead of the model, null for the model. */
  readonly signal: string | null;
  /** The features with that expression as the column `judged_signal`; null for the model. */
  readonly definition: FeatureDefinition | null;
  /** By symbol, the size of its volume bars; absent for time bars. */
  readonly volumeBarSizes?: Readonly<Record<string, number>>;
}

type Inputs = ProgramJob<unknown>['inputs'];

/**
 * Reads everything that is judged.
 * @param scopes those that will be asked for: validation predictions are read only where one needs them
 * @throws ConfigError SCOPE_NEEDS_SYMBOLS; DataError NO_PREDICTIONS, BARS_MISSING; StoreIntegrityError
 */
export async function readJudged(
  params: JudgedParams,
  inputs: Inputs,
  scopes: readonly ScopeName[],
): Promise<Judged> {
  refuseLonelyCrossSection(params);
  const tests = await readFolds(params, inputs['predictions'] ?? []);
  // A signal's expression is computed from where the first validation window begins.
  const needsPast = params.definition !== null || scopes.some((scope) => READS_VALIDATION.includes(scope));
  const validations = needsPast ? await readFolds(params, inputs['validation'] ?? []) : [];
  const symbols: JudgedSymbol[] = [];
  for (const symbol of params.symbols) {
    const files = inputs[`bars/${symbol}`] ?? [];
    refuseMissingBars(symbol, files);
    const rows = symbolRows(symbol, {
      tests,
      validations,
      bars: await readJudgedBars(params, symbol, files),
    });
    if (rows.timeMs.length > 0) symbols.push(await withSignal(rows, params, files));
  }
  if (symbols.length === 0) {
    throw new DataError('NO_PREDICTIONS', {
      what: `There are no predictions of ${params.symbols.join(', ')} in any test window.`,
      fix: 'Name a symbol whose bars reach into the test windows, which `plan` lists, or shorten folds.train so that they begin earlier.',
    });
  }
  return { intervalMs: params.intervalMs, folds: params.folds.map(({ label }) => label), symbols };
}

/** Scopes that look at the predictions of the validation window. */
const READS_VALIDATION: readonly ScopeName[] = ['trailing', 'validation'];

function refuseLonelyCrossSection({ scope, symbols }: JudgedParams): void {
  if (scope !== 'timestamp' || symbols.length > 1) return;
  throw new ConfigError('SCOPE_NEEDS_SYMBOLS', {
    what: `The scope "timestamp" ranks symbols against each other, and ${symbols[0]} is alone.`,
    fix: 'Choose --quantile-scope trailing or date, or several symbols.',
  });
}

/** The rows of each symbol, by fold. */
type FoldRows = readonly ReadonlyMap<string, ModelRows>[];

interface ModelRows {
  readonly timeMs: Float64Array;
  readonly target: Float64Array;
  readonly prediction: Float64Array;
}

async function readFolds(params: JudgedParams, files: readonly InputFile[]): Promise<FoldRows> {
  const folds: Map<string, ModelRows>[] = [];
  for (const file of files) {
    const table = await readTable(file, ['symbol', 'timestamp', 'target', 'prediction']);
    folds.push(splitBySymbol(table, params.symbols));
  }
  return folds;
}

function splitBySymbol(table: Table, symbols: readonly string[]): Map<string, ModelRows> {
  const { dictionary, codes } = table.columns.get('symbol') as StringColumn;
  return new Map(
    symbols.map((symbol) => {
      const rows = rowsOfCode(codes, dictionary.indexOf(symbol));
      const pick = (name: string): Float64Array => pickRows(numbers(table, name), rows);
      return [symbol, { timeMs: pick('timestamp'), target: pick('target'), prediction: pick('prediction') }];
    }),
  );
}

function rowsOfCode(codes: Int32Array, code: number): Int32Array {
  const rows = new Int32Array(codes.length);
  let n = 0;
  if (code >= 0) for (let row = 0; row < codes.length; row++) if (codes[row] === code) rows[n++] = row;
  return rows.subarray(0, n);
}

function pickRows(values: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = values[rows[at]!]!;
  return picked;
}

function refuseMissingBars(symbol: string, files: readonly InputFile[]): void {
  if (files.length > 0) return;
  throw new DataError('BARS_MISSING', {
    what: `There are no bars of ${symbol} in the test windows.`,
    fix: 'Name a symbol that the exchange has in that time.',
  });
}

/** What accounts and returns need of the bars. */
async function readPrices(files: readonly InputFile[]): Promise<JudgedBars> {
  const tables: Table[] = [];
  const names = { openTimeMs: 'timestamp', open: 'open', close: 'close' } as const;
  for (const file of files) tables.push(await readTable(file, Object.values(names)));
  const column = (name: keyof typeof names): Float64Array =>
    concatenate(tables.map((table) => numbers(table, names[name])));
  return { openTimeMs: column('openTimeMs'), open: column('open'), close: column('close') };
}

async function readBars(files: readonly InputFile[]): Promise<BarTable> {
  const tables: BarTable[] = [];
  for (const file of files) tables.push(barsFromTable(await readTable(file)));
  return concatBars(tables);
}

/**
 * The bars that are judged and traded. A volume bar opens at the first open after the one before it is
 * complete, so a decision at its end is filled at the next time bar's open. Rests before a hole stay for
 * their prices: a position lives through them.
 */
async function readJudgedBars(
  { volumeBarSizes, intervalMs }: JudgedParams,
  symbol: string,
  files: readonly InputFile[],
): Promise<JudgedBars> {
  const size = volumeBarSizes?.[symbol];
  if (size === undefined) return readPrices(files);
  const joined = joinVolumeBars(await readBars(files), { intervalMs, size }, 'keep');
  const { open, close, openTimeMs: fillTimeMs, closeTimeMs } = joined.bars;
  // Rests are in no run, not even with each other.
  const run = Int32Array.from({ length: joined.bars.length }, (_, row) => -1 - row);
  joined.segments.forEach(({ start, end }, index) => run.fill(index, start, end));
  const openTimeMs = closeTimeMs.map((closeMs) => closeMs + 1 - intervalMs);
  return { openTimeMs, open, close, volumeBars: { fillTimeMs, run } };
}

function symbolRows(
  symbol: string,
  { tests, validations, bars }: { tests: FoldRows; validations: FoldRows; bars: JudgedBars },
): JudgedSymbol {
  const parts = tests.map((fold) => fold.get(symbol)!);
  const join = (columnOf: (rows: ModelRows) => Float64Array): Float64Array =>
    concatenate(parts.map(columnOf));
  const timeMs = join((rows) => rows.timeMs);
  const fold = new Int32Array(timeMs.length);
  parts.reduce((start, rows, index) => {
    fold.fill(index, start, start + rows.timeMs.length);
    return start + rows.timeMs.length;
  }, 0);
  const validation = validations.map((rows): ValidationRows => rows.get(symbol)!);
  return {
    symbol,
    timeMs,
    prediction: join((rows) => rows.prediction),
    target: join((rows) => rows.target),
    fold,
    barRow: matchTimes(timeMs, bars.openTimeMs),
    bars,
    validation,
  };
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** With `--signal`, the expression's values stand where the predictions were, in the same rows. */
async function withSignal(
  rows: JudgedSymbol,
  params: JudgedParams,
  files: readonly InputFile[],
): Promise<JudgedSymbol> {
  if (params.definition === null) return rows;
  const values = await signalSeries(rows, params, params.definition, await readBars(files));
  const at = (timeMs: Float64Array): Float64Array => {
    const places = matchTimes(timeMs, values.timeMs);
    return Float64Array.from(places, (place) => (place < 0 ? Number.NaN : values.signal[place]!));
  };
  return {
    ...rows,
    prediction: at(rows.timeMs),
    validation: rows.validation.map(({ timeMs }) => ({ timeMs, prediction: at(timeMs) })),
  };
}

/** The expression as a feature of every bar, computed exactly as the features stage would. */
async function signalSeries(
  rows: JudgedSymbol,
  params: JudgedParams,
  definition: FeatureDefinition,
  bars: BarTable,
): Promise<{ timeMs: Float64Array; signal: Float64Array }> {
  const features = await compileFeatures(definition);
  const starts = rows.validation.flatMap(({ timeMs }) => [...timeMs.slice(0, 1)]);
  const firstMs = Math.min(...starts, rows.timeMs[0]!);
  const computed = computeModelRows({
    bars,
    symbol: rows.symbol,
    intervalMs: params.intervalMs,
    volumeBarSize: params.volumeBarSizes?.[rows.symbol] ?? null,
    rangeStartMs: dayStartMs(firstMs),
    rangeEndMs: rows.timeMs[rows.timeMs.length - 1]! + 2 * params.intervalMs,
    features,
  });
  const timeMs = computed.closeTimeMs?.map((closeMs) => closeMs + 1 - params.intervalMs);
  return {
    timeMs: timeMs ?? computed.openTimeMs,
    signal: computed.columns[features.columns.indexOf(SIGNAL_COLUMN)]!,
  };
}
