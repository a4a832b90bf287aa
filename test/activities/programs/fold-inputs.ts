/** Model data of two symbols over two months, and jobs of the programs fold and predict on them. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FoldParams } from '../../../activities/programs/fold.js';
import type { PredictParams } from '../../../activities/programs/predict.js';
import type {
  InputFile,
  JsonObject,
  ProgramContext,
  ProgramHost,
} from '../../../activities/programs/program.js';
import { writeTable } from '../../../lib/store/parquet.js';
import { constantColumn, numberColumn, timeColumn, type Column } from '../../../lib/store/table.js';
import { findLightgbmLibrary } from '../../../native/index.js';
import { uniform } from '../../native/small-data.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2023, 0, 1);
export const SYMBOLS = ['AAA', 'BBB'];
const COLUMNS = ['signal', 'noise', 'gappy'];
/** Every so many hours a target is missing. */
export const MISSING_EVERY = 100;

export const host: ProgramHost = {
  threads: 2,
  lightgbmLibrary: findLightgbmLibrary(process.env, '.').path,
  browserPath: null,
  budgetDir: '',
};

/** A context that keeps what it was told. */
export function listeningContext(
  signal = new AbortController().signal,
): ProgramContext & { details: JsonObject[] } {
  const details: JsonObject[] = [];
  return { details, signal, progress: (detail) => details.push(detail) };
}

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'fold-'));

export function inputOf(path: string): InputFile {
  const digest = `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
  return { node: '', output: '', path, digest, rows: null };
}

/** Hourly rows filed from `startMs` on; the target is half signal, half noise. */
function writeMonth(folder: string, symbol: string, startMs: number, rows: number): InputFile {
  const next = uniform(startMs / HOUR + symbol.charCodeAt(0) * 77);
  const column = (of: (row: number) => number) =>
    numberColumn(Float64Array.from({ length: rows }, (_, row) => of(row)));
  const signal = column(() => next() - 0.5);
  const path = join(folder, `${symbol}-${startMs}.parquet`);
  const columns = new Map<string, Column>([
    ['symbol', constantColumn(symbol, rows)],
    ['timestamp', timeColumn(Float64Array.from({ length: rows }, (_, row) => startMs + (row - 1) * HOUR))],
    ['signal', signal],
    ['noise', column(() => next())],
    ['gappy', column((row) => (row % 7 === 0 ? NaN : next()))],
    [
      'fwd60min',
      column((row) =>
        row % MISSING_EVERY === MISSING_EVERY - 1 ? NaN : (signal.values[row]! + next() - 0.5) / 1000,
      ),
    ],
  ]);
  writeTable(path, { rows, columns });
  return inputOf(path);
}

/** January and February of both symbols. */
export function writeInputs(folder: string): Record<string, InputFile[]> {
  return Object.fromEntries(
    SYMBOLS.map((symbol) => [
      `features/${symbol}`,
      [writeMonth(folder, symbol, START, 31 * 24), writeMonth(folder, symbol, START + 31 * DAY, 28 * 24)],
    ]),
  );
}

const layout = {
  columns: COLUMNS,
  categorical: [],
  symbols: SYMBOLS,
  intervalMs: HOUR,
  targetName: 'fwd60min',
};
const iso = (ms: number): string => new Date(ms).toISOString();

/** 40 days to fit, 10 to validate. */
export function foldParams(change: Partial<FoldParams> = {}): FoldParams {
  return {
    ...layout,
    window: { trainStart: iso(START), validStart: iso(START + 40 * DAY), testStart: iso(START + 50 * DAY) },
    embargoBars: 0,
    lightgbm: {
      params: { objective: 'regression', metric: 'rmse', num_leaves: 7, min_data_in_leaf: 20, seed: 42 },
      rounds: 30,
      earlyStoppingRounds: 10,
      earlyStoppingMetric: 'ic',
    },
    continued: null,
    ...change,
  };
}

/** The 5 days after them. */
export function predictParams(change: Partial<PredictParams> = {}): PredictParams {
  const window = { testStart: iso(START + 50 * DAY), testEnd: iso(START + 55 * DAY) };
  return { ...layout, window, foldLabel: '2023-02-20', ...change };
}
