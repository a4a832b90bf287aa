/** Real bars and TA-Lib's values for tests that skip where ../shared is missing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { unzipSync } from 'fflate';
import { allocateBars, BAR_COLUMNS, type BarTable } from '../../../lib/bars/index.js';

const SHARED = path.resolve(import.meta.dirname, '../../../../shared');
const ARCHIVE = path.join(SHARED, 'data/archive/spot/daily/klines');

export const hasRealBars = existsSync(ARCHIVE);
export const hasTalib = existsSync(path.join(SHARED, 'golden/talib'));

/** The spot bars of a symbol whose day starts with `prefix`, such as `2023-03`. */
export function readRealBars(symbol: string, prefix: string): BarTable {
  const folder = path.join(ARCHIVE, symbol, '1m');
  const files = readdirSync(folder)
    .filter((name) => name.startsWith(`${symbol}-1m-${prefix}`) && name.endsWith('.zip'))
    .sort();
  const rows = files.flatMap((name) => {
    const [text] = Object.values(unzipSync(readFileSync(path.join(folder, name))));
    return new TextDecoder().decode(text).trim().split('\n');
  });
  const bars = allocateBars(rows.length);
  rows.forEach((line, row) => {
    const fields = line.split(',');
    BAR_COLUMNS.forEach((column, index) => (bars[column][row] = Number(fields[index])));
  });
  return bars;
}

/** TA-Lib's columns of a symbol in March 2023, NaN where it gives none. */
export function readTalib(symbol: string): Promise<Record<string, Float64Array>> {
  return readColumns(`select * from '${path.join(SHARED, `golden/talib/${symbol}-2023-03.parquet`)}'`);
}

/** The Python reference's features of a symbol in March 2023, without rows that miss a value. */
export function readReference(symbol: string): Promise<Record<string, Float64Array>> {
  const file = path.join(SHARED, 'golden/reference-2023-03/features.parquet');
  return readColumns(
    `select * exclude (symbol) replace (epoch_ms(timestamp) as timestamp) from '${file}' where symbol = '${symbol}'`,
  );
}

async function readColumns(query: string): Promise<Record<string, Float64Array>> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const result = await connection.runAndReadAll(`${query} order by timestamp`);
  const columns = result.getColumnsObject();
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values, numberOf)]),
  );
}

function numberOf(value: unknown): number {
  return value === null ? Number.NaN : Number(value);
}
