import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fold } from '../../../activities/programs/fold.js';
import { predict } from '../../../activities/programs/predict.js';
import type { InputFile } from '../../../activities/programs/program.js';
import { assembleRows } from '../../../lib/model/matrix.js';
import { readTable } from '../../../lib/store/parquet.js';
import type { NumberColumn, StringColumn, Table, TimeColumn } from '../../../lib/store/table.js';
import { Booster } from '../../../native/index.js';
import {
  DAY,
  foldParams,
  freshFolder,
  host,
  HOUR,
  inputOf,
  listeningContext,
  predictParams,
  START,
  SYMBOLS,
  writeInputs,
} from './fold-inputs.js';

let inputs: Record<string, InputFile[]>;
let model: InputFile;

beforeAll(async () => {
  const outDir = freshFolder();
  inputs = writeInputs(outDir);
  await fold({ params: foldParams(), inputs, outDir, host }, listeningContext());
  model = inputOf(join(outDir, 'model.txt'));
});

const numbersIn = (table: Table, name: string): Float64Array =>
  (table.columns.get(name) as NumberColumn | TimeColumn).values;

describe('predict', () => {
  it('predicts every row of the test window by time and then symbol, with the fold’s label', async () => {
    const outDir = freshFolder();
    const result = await predict(
      { params: predictParams(), inputs: { ...inputs, model: [model] }, outDir, host },
      listeningContext(),
    );
    const table = await readTable({ path: join(outDir, 'predictions.parquet') });
    const times = numbersIn(table, 'timestamp');
    const symbols = table.columns.get('symbol') as StringColumn;

    expect(result.facts['rows']).toBe(5 * 24 * 2);
    expect(result.facts['icTest']).toBeGreaterThan(0.3);
    expect([...table.columns.keys()]).toEqual(['symbol', 'timestamp', 'target', 'prediction', 'fold']);
    // Rows are filed an hour after their bar's open.
    expect([times[0], times.at(-1)]).toEqual([START + 50 * DAY - HOUR, START + 55 * DAY - 2 * HOUR]);
    times.forEach((time, row) => {
      expect(time).toBe(times[0]! + Math.floor(row / 2) * HOUR);
      expect(symbols.dictionary[symbols.codes[row]!]).toBe(SYMBOLS[row % 2]);
    });
    expect((table.columns.get('fold') as StringColumn).dictionary).toEqual(['2023-02-20']);
    expect(numbersIn(table, 'target').some(Number.isNaN)).toBe(true);
    expect(numbersIn(table, 'prediction').every(Number.isFinite)).toBe(true);
  });

  it('predicts what the booster predicts', async () => {
    const booster = await Booster.load(model.path);
    const outDir = freshFolder();
    await predict(
      { params: predictParams(), inputs: { ...inputs, model: [model] }, outDir, host },
      listeningContext(),
    );
    const tables = await Promise.all(
      SYMBOLS.map(async (symbol) => ({
        symbol,
        tables: [await readTable(inputs[`features/${symbol}`]![1]!)],
      })),
    );
    const selection = { startMs: START + 50 * DAY, endMs: START + 55 * DAY, withTarget: false };
    const { matrix } = assembleRows(tables, predictParams(), selection);
    const table = await readTable({ path: join(outDir, 'predictions.parquet') });
    expect(numbersIn(table, 'prediction')).toEqual(
      await booster.predict({ matrix, columns: booster.features }),
    );
    booster.dispose();
  });

  it('writes an empty table for a window without rows', async () => {
    const outDir = freshFolder();
    const window = { testStart: '2024-01-01', testEnd: '2024-02-01' };
    const job = { params: predictParams({ window }), inputs: { ...inputs, model: [model] }, outDir, host };
    expect((await predict(job, listeningContext())).facts).toEqual({ rows: 0, icTest: null });
    expect((await readTable({ path: join(outDir, 'predictions.parquet') })).rows).toBe(0);
  });

  it('refuses a model of other features, and no model', async () => {
    const params = predictParams({ columns: ['noise', 'signal', 'gappy'] });
    const run = (more: Record<string, InputFile[]>) =>
      predict({ params, inputs: { ...inputs, ...more }, outDir: freshFolder(), host }, listeningContext());
    await expect(run({ model: [model] })).rejects.toMatchObject({ code: 'MODEL_COLUMNS' });
    await expect(run({})).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });
});
