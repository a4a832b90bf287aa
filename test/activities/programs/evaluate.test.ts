import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { evaluate } from '../../../activities/programs/evaluate.js';
import type { InputFile } from '../../../activities/programs/program.js';
import type { Evaluation } from '../../../lib/evaluation/index.js';
import { writeTable } from '../../../lib/store/parquet.js';
import { constantColumn, numberColumn, timeColumn, type Column } from '../../../lib/store/table.js';
import { freshFolder, host, HOUR, inputOf, listeningContext, START } from './fold-inputs.js';

const ROWS = 72;
const FAULTS = { duplicates: 1, conflicts: 2, disorder: 3, offGrid: 4, unusable: 5 };

function write(folder: string, name: string, columns: Record<string, (row: number) => number>): InputFile {
  const file = join(folder, `${name}.parquet`);
  const made = Object.entries(columns).map(([column, of]): [string, Column] => [
    column,
    numberColumn(Float64Array.from({ length: ROWS }, (_, row) => of(row))),
  ]);
  const timestamp = timeColumn(Float64Array.from({ length: ROWS }, (_, row) => START + row * HOUR));
  writeTable(file, {
    rows: ROWS,
    columns: new Map<string, Column>([
      ['symbol', constantColumn('AAA', ROWS)],
      ['timestamp', timestamp],
      ...made,
    ]),
  });
  return inputOf(file);
}

function writeQuality(folder: string, name: string, ohlcViolations: number): InputFile {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ symbol: 'AAA', rows: FAULTS, ohlcViolations }));
  return inputOf(file);
}

it('adds up what was wrong with the rows of the exchange in the months that are judged', async () => {
  const outDir = freshFolder();
  const price = (row: number): number => 100 + Math.sin(row);
  const inputs = {
    predictions: [write(outDir, 'predictions', { target: (row) => row % 5, prediction: (row) => row % 7 })],
    'bars/AAA': [write(outDir, 'bars', { open: price, close: price })],
    'quality/AAA': [writeQuality(outDir, 'january', 6), writeQuality(outDir, 'february', 60)],
  };
  const params = {
    interval: '1h',
    intervalMs: HOUR,
    symbols: ['AAA'],
    bins: 5,
    scope: 'global',
    trailingDays: 7,
    folds: [{ label: 'one', testStart: '2023-01-01', testEnd: '2023-01-04' }],
    signal: null,
    definition: null,
  } as const;
  await evaluate({ params, inputs, outDir, host }, listeningContext());
  const { data } = JSON.parse(readFileSync(join(outDir, 'evaluation.json'), 'utf8')) as Evaluation;
  expect(data).toMatchObject([
    {
      symbol: 'AAA',
      source: { duplicates: 2, conflicts: 4, disorder: 6, offGrid: 8, unusable: 10, ohlcViolations: 66 },
      bars: ROWS,
      rows: ROWS,
    },
  ]);
});
