import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fold, type FoldParams } from '../../../activities/programs/fold.js';
import { predict } from '../../../activities/programs/predict.js';
import type { InputFile, ProgramContext, ProgramHost } from '../../../activities/programs/program.js';
import { readTable, writeTable } from '../../../lib/store/parquet.js';
import {
  constantColumn,
  numberColumn,
  timeColumn,
  type NumberColumn,
  type TimeColumn,
} from '../../../lib/store/table.js';
import { findLightgbmLibrary } from '../../../native/index.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const COLUMNS = ['signal', 'noise', 'gappy'];

const host: ProgramHost = {
  threads: 2,
  lightgbmLibrary: findLightgbmLibrary(process.env, '.').path,
  browserPath: null,
  budgetDir: '',
};

function context(signal = new AbortController().signal): ProgramContext & { details: unknown[] } {
  const details: unknown[] = [];
  return { details, signal, progress: (detail) => details.push(detail) };
}

/** Uniform numbers in [-0.5, 0.5), the same at every run (a linear congruential generator). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

function inputOf(path: string): InputFile {
  const digest = `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
  return { node: '', output: '', path, digest, rows: null };
}

/** Hourly model data of one symbol from `startMs`, its target half signal; every 100th target is missing. */
function writeMonth(folder: string, symbol: string, startMs: number, rows: number): InputFile {
  const random = generator(startMs / HOUR + symbol.length * 77);
  const columns = { signal: [], noise: [], gappy: [], target: [] } as Record<string, number[]>;
  for (let row = 0; row < rows; row += 1) {
    const signal = random();
    columns['signal']!.push(signal);
    columns['noise']!.push(random());
    columns['gappy']!.push(row % 7 === 0 ? NaN : random());
    columns['target']!.push(row % 100 === 99 ? NaN : (signal + random()) / 1000);
  }
  const path = join(folder, `${symbol}-${startMs}.parquet`);
  const time = Float64Array.from({ length: rows }, (_, row) => startMs + (row - 1) * HOUR);
  writeTable(path, {
    rows,
    columns: new Map([
      ['symbol', constantColumn(symbol, rows)],
      ['timestamp', timeColumn(time)],
      ...COLUMNS.map((name) => [name, numberColumn(Float64Array.from(columns[name]!))] as const),
      ['fwd60min', numberColumn(Float64Array.from(columns['target']!))],
    ]),
  });
  return inputOf(path);
}

const START = Date.UTC(2023, 0, 1);
const SYMBOLS = ['AAA', 'BBB'];
const iso = (ms: number): string => new Date(ms).toISOString();

const common = {
  columns: COLUMNS,
  categorical: [],
  symbols: SYMBOLS,
  intervalMs: HOUR,
  targetName: 'fwd60min',
};

function foldParams(change: Partial<FoldParams> = {}): FoldParams {
  return {
    ...common,
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

function writeInputs(folder: string): Record<string, InputFile[]> {
  return Object.fromEntries(
    SYMBOLS.map((symbol) => [
      `features/${symbol}`,
      [writeMonth(folder, symbol, START, 31 * 24), writeMonth(folder, symbol, START + 31 * DAY, 28 * 24)],
    ]),
  );
}

const folderOf = (): string => mkdtempSync(join(tmpdir(), 'fold-'));

describe('fold', () => {
  it('writes a model, its validation and a summary, and reports every stage of its work', async () => {
    const folder = folderOf();
    const inputs = writeInputs(folder);
    const watch = context();
    const result = await fold({ params: foldParams(), inputs, outDir: folder, host }, watch);
    const validation = await readTable({ path: join(folder, 'validation.parquet') });
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'));
    const targets = (validation.columns.get('target') as NumberColumn).values;

    expect(result.outputs.map(({ name }) => name)).toEqual(['model', 'validation', 'summary']);
    expect(readFileSync(join(folder, 'model.txt'), 'utf8')).toMatch(/^tree\n[^]*pandas_categorical:\[\]\n$/);
    // 40 and 10 days of 24 hours and 2 symbols; every row is predicted, also one without a target.
    expect(validation.rows).toBe(480);
    expect((validation.columns.get('prediction') as NumberColumn).values.every(Number.isFinite)).toBe(true);
    const missing = targets.filter(Number.isNaN).length;
    expect(missing).toBeGreaterThan(0);
    expect(summary.rows).toEqual({ train: 1920 - 2 * 9, valid: 480, validWithTarget: 480 - missing });
    expect(result.facts).toMatchObject({ metric: 'ic', rounds: summary.roundsRun, validRows: 480 });
    expect(result.facts['icValid']).toBeGreaterThan(0.5);
    expect(watch.details.length).toBeGreaterThan(1);
  });
});
