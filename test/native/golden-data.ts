/** The Python reference's data and models, where ../shared exists. */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parquetReadObjects, type AsyncBuffer } from 'hyparquet';

const FOLDER = resolve('..', 'shared', 'golden', 'reference-2023-03');

export const hasGolden = existsSync(FOLDER);

/** First row of the validation part; row 70,649 between the two parts is in neither. */
export const TRAIN_ROWS = 70_649;
export const VALID_START = 70_650;

export const FEATURES = [
  ...Array.from({ length: 10 }, (_, index) => `ret${index + 1}min`),
  ...['bop', 'cci', 'mfi', 'rsi', 'stochrsi', 'slowk', 'slowd', 'natr'],
];

export interface GoldenRows {
  readonly rows: number;
  /** Row-major over shared memory. */
  readonly matrix: Float64Array;
  readonly target: Float64Array;
}

export interface GoldenTraining {
  readonly valid_rmse_decimal: number[];
  readonly valid_ic_decimal: number[];
}

export async function readGoldenRows(): Promise<GoldenRows> {
  const table = await readParquet('features.parquet');
  const matrix = new Float64Array(new SharedArrayBuffer(table.length * FEATURES.length * 8));
  const target = new Float64Array(table.length);
  table.forEach((row, index) => {
    FEATURES.forEach((name, column) => (matrix[index * FEATURES.length + column] = Number(row[name])));
    target[index] = Number(row['fwd1min']);
  });
  return { rows: table.length, matrix, target };
}

/** One numeric column of a golden Parquet file. */
export async function readGoldenColumn(file: string, name: string): Promise<Float64Array> {
  return Float64Array.from(await readParquet(file, [name]), (row) => Number(row[name]));
}

export function readGoldenText(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

async function readParquet(name: string, columns?: string[]): Promise<Record<string, unknown>[]> {
  const path = join(FOLDER, name);
  const descriptor = openSync(path, 'r');
  const byteLength = statSync(path).size;
  const file: AsyncBuffer = {
    byteLength,
    slice(start, end = byteLength) {
      const bytes = new Uint8Array(end - start);
      readSync(descriptor, bytes, 0, bytes.length, start);
      return bytes.buffer;
    },
  };
  try {
    return await parquetReadObjects(columns ? { file, columns } : { file });
  } finally {
    closeSync(descriptor);
  }
}
