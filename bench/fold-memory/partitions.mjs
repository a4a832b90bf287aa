/** Generated model data: partitions like those of the features stage, with a weak signal in the noise. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../pipeline-session.mjs';

const dist = (file) => import(path.join(ROOT, 'dist', file));
const { writeTable } = await dist('lib/store/parquet.js');
const { constantColumn, numberColumn, timeColumn } = await dist('lib/store/table.js');

const MINUTE_MS = 60_000;
export const COLUMNS = Array.from({ length: 18 }, (_, column) => `feature${column + 1}`);
export const TARGET = 'fwd1min';

/** Sums of uniform numbers by xorshift: bell-shaped, seeded, the same on every machine. */
function noiseFrom(seed) {
  let state = seed | 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
  return () => (uniform() + uniform() + uniform()) * 1e-3;
}

/** Columns of a partition; every 50th value of every third feature is missing. */
function generate(rows, seed) {
  const noise = noiseFrom(seed);
  const columns = COLUMNS.map(() => new Float64Array(rows));
  const target = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns.length; column += 1) {
      columns[column][row] = column % 3 === 0 && (row + column) % 50 === 0 ? NaN : noise();
    }
    target[row] = noise() + 0.05 * columns[1][row] + 0.03 * Math.abs(columns[2][row]);
  }
  return { columns, target };
}

/**
 * Writes the partitions of `symbols` symbols and the months of 2022.
 * @returns the inputs of the fold program, by name, and the number of rows
 */
export function writePartitions(folder, symbols, months) {
  const inputs = {};
  let total = 0;
  for (let symbol = 0; symbol < symbols; symbol += 1) {
    const name = `S${String(symbol).padStart(2, '0')}USDT`;
    inputs[`features/${name}`] = Array.from({ length: months }, (_, month) => {
      // A row is filed one bar after its timestamp, so a month's rows begin a bar early.
      const [startMs, endMs] = [Date.UTC(2022, month, 1), Date.UTC(2022, month + 1, 1)];
      const rows = (endMs - startMs) / MINUTE_MS;
      const { columns, target } = generate(rows, 7919 * (symbol * 12 + month + 1));
      const timestampMs = Float64Array.from({ length: rows }, (_, row) => startMs + (row - 1) * MINUTE_MS);
      const table = new Map([
        ['symbol', constantColumn(name, rows)],
        ['timestamp', timeColumn(timestampMs)],
        ...COLUMNS.map((column, index) => [column, numberColumn(columns[index])]),
        [TARGET, numberColumn(target)],
      ]);
      const file = path.join(folder, `${name}-${month + 1}.parquet`);
      writeTable(file, { rows, columns: table }, { dayOffsetMs: MINUTE_MS });
      total += rows;
      const digest = `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
      return { node: `features/${name}/${month + 1}`, output: 'rows', path: file, digest, rows };
    });
  }
  return { inputs, rows: total };
}
