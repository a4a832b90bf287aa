import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fold } from '../../../activities/programs/fold.js';
import { predict } from '../../../activities/programs/predict.js';
import type { InputFile } from '../../../activities/programs/program.js';
import { readTable, writeTable } from '../../../lib/store/parquet.js';
import { numberColumn, type NumberColumn } from '../../../lib/store/table.js';
import { uniform } from '../../native/small-data.js';
import {
  foldParams,
  freshFolder,
  host,
  inputOf,
  listeningContext,
  predictParams,
  writeInputs,
} from './fold-inputs.js';

/** Rows of the test window that have a target. */
const TEST_ROWS = 240 - 2;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The same file with its targets in a random order. */
async function shuffled(file: InputFile, seed: number, folder: string): Promise<InputFile> {
  const next = uniform(seed);
  const table = await readTable(file);
  const target = (table.columns.get('fwd60min') as NumberColumn).values.slice();
  for (let row = target.length - 1; row > 0; row--) {
    const other = Math.floor(next() * (row + 1));
    [target[row], target[other]] = [target[other]!, target[row]!];
  }
  const path = join(folder, `${seed}-${file.path.split('/').at(-1)!}`);
  const columns = new Map(table.columns).set('fwd60min', numberColumn(target));
  writeTable(path, { rows: table.rows, columns });
  return inputOf(path);
}

/** IC of the test window after training on these files. */
async function testIc(inputs: Record<string, InputFile[]>): Promise<number> {
  const outDir = freshFolder();
  await fold({ params: foldParams(), inputs, outDir, host }, listeningContext());
  const model = [inputOf(join(outDir, 'model.txt'))];
  const job = { params: predictParams(), inputs: { ...inputs, model }, outDir: freshFolder(), host };
  return (await predict(job, listeningContext())).facts['icTest'] as number;
}

describe('a model trained on shuffled labels', () => {
  it('has no IC, where the true labels give one', async () => {
    const folder = freshFolder();
    const inputs = writeInputs(folder);
    const ics: number[] = [];
    for (const seed of SEEDS) {
      const entries = Object.entries(inputs).map(async ([name, files], index) => [
        name,
        await Promise.all(
          files.map((file, month) => shuffled(file, seed * 100 + index * 10 + month, folder)),
        ),
      ]);
      ics.push(await testIc(Object.fromEntries(await Promise.all(entries)) as Record<string, InputFile[]>));
    }
    const mean = ics.reduce((sum, ic) => sum + ic, 0) / ics.length;
    // Standard error of a rank correlation without signal; three of them leave 1 in 370 to chance.
    expect(Math.abs(mean)).toBeLessThan(3 / Math.sqrt(TEST_ROWS * SEEDS.length));
    expect(await testIc(inputs)).toBeGreaterThan(0.3);
  });
});
