import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError, StoreIntegrityError } from '../../../lib/errors.js';
import { numbers, readTable, writeTable } from '../../../lib/store/parquet.js';
import {
  type Column,
  constantColumn,
  integerColumn,
  numberColumn,
  timeColumn,
  type StringColumn,
  type Table,
} from '../../../lib/store/table.js';

const folder = mkdtempSync(path.join(tmpdir(), 'parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileAt = (name: string): string => path.join(folder, name);

const START_MS = Date.UTC(2023, 2, 31, 23, 58);

function sample(rows: number): Table {
  const times = Float64Array.from({ length: rows }, (_, row) => START_MS + row * 60_000);
  return {
    rows,
    columns: new Map<string, Column>([
      ['symbol', constantColumn('BTCUSDT', rows)],
      ['timestamp', timeColumn(times)],
      ['close', numberColumn(times.map((_, row) => (row === 1 ? Number.NaN : 1 / (row + 1))))],
      ['trades', integerColumn(times.map((_, row) => row * 2 ** 40 - 3))],
    ]),
  };
}

function strings(words: readonly string[]): StringColumn {
  const dictionary = [...new Set(words)];
  return { kind: 'string', dictionary, codes: Int32Array.from(words, (word) => dictionary.indexOf(word)) };
}

function textOf(table: Table, name: string): string[] {
  const column = table.columns.get(name) as StringColumn;
  return [...column.codes].map((code) => column.dictionary[code]!);
}

describe('writeTable and readTable', () => {
  it('read back what was written, types and order included', async () => {
    writeTable(fileAt('a.parquet'), sample(5));
    const table = await readTable({ path: fileAt('a.parquet') });
    expect([...table.columns].map(([name, { kind }]) => [name, kind])).toEqual([
      ['symbol', 'string'],
      ['timestamp', 'time'],
      ['close', 'number'],
      ['trades', 'integer'],
    ]);
    for (const name of ['timestamp', 'close', 'trades']) {
      expect(numbers(table, name)).toEqual(numbers(sample(5), name));
    }
    expect(textOf(table, 'symbol')).toEqual(Array(5).fill('BTCUSDT'));
  });

  it('read only the columns asked for, in that order', async () => {
    writeTable(fileAt('b.parquet'), sample(3));
    const table = await readTable({ path: fileAt('b.parquet') }, ['trades', 'timestamp']);
    expect([...table.columns.keys()]).toEqual(['trades', 'timestamp']);
  });

  it('keep a table without rows', async () => {
    const summary = writeTable(fileAt('empty.parquet'), sample(0));
    expect(summary).toEqual({ rows: 0, tMinMs: null, tMaxMs: null, days: [] });
    const table = await readTable({ path: fileAt('empty.parquet') });
    expect(table.rows).toBe(0);
    expect(table.columns.size).toBe(4);
  });

  it('keep tables of more than one row group', async () => {
    const rows = (1 << 20) + 17;
    const values = Float64Array.from({ length: rows }, (_, row) => row);
    const words = strings(['x', 'y']);
    const codes = Int32Array.from({ length: rows }, (_, row) => (row < 1 << 20 ? 0 : 1));
    writeTable(fileAt('big.parquet'), {
      rows,
      columns: new Map<string, Column>([
        ['n', integerColumn(values)],
        ['s', { ...words, codes }],
      ]),
    });
    const table = await readTable({ path: fileAt('big.parquet') });
    expect(Buffer.from(numbers(table, 'n').buffer).equals(Buffer.from(values.buffer))).toBe(true);
    const read = (table.columns.get('s') as StringColumn).codes;
    expect(Buffer.from(read.buffer).equals(Buffer.from(codes.buffer))).toBe(true);
  });

  it('keep any strings in any pattern of repeats', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.integer({ min: 1, max: 20 })), { maxLength: 40 }),
        async (runs) => {
          const words = runs.flatMap(([word, count]) => Array<string>(count).fill(word));
          writeTable(fileAt('s.parquet'), { rows: words.length, columns: new Map([['s', strings(words)]]) });
          expect(textOf(await readTable({ path: fileAt('s.parquet') }), 's')).toEqual(words);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keep every double but the kind of NaN, and whole numbers to 2^53', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.double(), fc.maxSafeInteger()), { minLength: 1 }),
        async (pairs) => {
          const doubles = Float64Array.from(pairs, ([value]) => value);
          const integers = Float64Array.from(pairs, ([, value]) => value);
          const columns = new Map([
            ['d', numberColumn(doubles)],
            ['i', integerColumn(integers)],
          ]);
          writeTable(fileAt('n.parquet'), { rows: pairs.length, columns });
          const table = await readTable({ path: fileAt('n.parquet') });
          expect(numbers(table, 'd')).toEqual(doubles);
          expect(numbers(table, 'i')).toEqual(integers.map((value) => value + 0));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('write equal bytes for equal values, whatever bits a NaN has', () => {
    const odd = new Float64Array(2);
    new Uint32Array(odd.buffer).set([7, 0xfff80001, 0, 0x3ff00000]);
    const plain = Float64Array.of(Number.NaN, 1);
    for (const [name, values] of [
      ['odd', odd],
      ['plain', plain],
    ] as const) {
      writeTable(fileAt(`${name}.parquet`), { rows: 2, columns: new Map([['x', numberColumn(values)]]) });
    }
    expect(readFileSync(fileAt('odd.parquet'))).toEqual(readFileSync(fileAt('plain.parquet')));
  });

  it('refuse a column of another length, a missing column and a changed file', async () => {
    const short = { rows: 2, columns: new Map([['x', numberColumn(new Float64Array(3))]]) };
    expect(() => writeTable(fileAt('x.parquet'), short)).toThrow(DataError);
    writeTable(fileAt('c.parquet'), sample(3));
    await expect(readTable({ path: fileAt('c.parquet') }, ['volume'])).rejects.toThrow(/no column "volume"/);
    const bytes = readFileSync(fileAt('c.parquet'));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    await expect(readTable({ path: fileAt('c.parquet'), digest })).resolves.toMatchObject({ rows: 3 });
    bytes[40]! ^= 1;
    writeFileSync(fileAt('c.parquet'), bytes);
    await expect(readTable({ path: fileAt('c.parquet'), digest })).rejects.toThrow(StoreIntegrityError);
    await expect(readTable({ path: fileAt('gone.parquet'), digest })).rejects.toMatchObject({
      code: 'BLOB_MISSING',
    });
  });
});

describe('the summary of a table', () => {
  it('splits the rows by UTC day, shifted by the offset', () => {
    const days = writeTable(fileAt('d.parquet'), sample(5)).days.map(({ day, rows }) => [day, rows]);
    expect(days).toEqual([
      ['2023-03-31', 2],
      ['2023-04-01', 3],
    ]);
    const filed = writeTable(fileAt('d.parquet'), sample(5), { dayOffsetMs: 60_000 }).days;
    expect(filed.map(({ day, rows }) => [day, rows])).toEqual([
      ['2023-03-31', 1],
      ['2023-04-01', 4],
    ]);
  });

  it('gives equal digests to equal days of different files and others to changed ones', () => {
    const long = writeTable(fileAt('l.parquet'), sample(2000)).days;
    const longer = writeTable(fileAt('m.parquet'), sample(4000)).days;
    expect(longer[0]).toEqual(long[0]);
    expect(longer[1]).toEqual(long[1]);
    const changed = sample(2000);
    numbers(changed, 'close')[3] = 0.123;
    const after = writeTable(fileAt('n.parquet'), changed).days;
    expect(after[0]).toEqual(long[0]);
    expect(after[1]!.digest).not.toBe(long[1]!.digest);
  });

  it('depends on strings by value and not by their place in the dictionary', () => {
    const times = timeColumn(Float64Array.of(START_MS, START_MS + 60_000));
    const digestOf = (column: StringColumn): string =>
      writeTable(fileAt('w.parquet'), {
        rows: 2,
        columns: new Map([
          ['t', times],
          ['s', column],
        ] as never),
      }).days[0]!.digest;
    const a = digestOf({ kind: 'string', dictionary: ['x', 'y'], codes: Int32Array.of(0, 1) });
    const b = digestOf({ kind: 'string', dictionary: ['y', 'x'], codes: Int32Array.of(1, 0) });
    expect(a).toBe(b);
  });

  it('has no days for rows out of order', () => {
    const table = sample(4);
    numbers(table, 'timestamp').reverse();
    expect(writeTable(fileAt('r.parquet'), table)).toMatchObject({ days: [], tMinMs: START_MS, rows: 4 });
  });
});

it('is read by DuckDB: a file, a folder of files, times, NaN and text', async () => {
  writeTable(fileAt('duck-1.parquet'), sample(3));
  writeTable(fileAt('duck-2.parquet'), sample(20_000));
  const connection = await (await DuckDBInstance.create()).connect();
  const one = await connection.runAndReadAll(
    `SELECT * FROM '${fileAt('duck-1.parquet')}' ORDER BY timestamp`,
  );
  expect(one.columnTypes().map(String)).toEqual(['VARCHAR', 'TIMESTAMP', 'DOUBLE', 'BIGINT']);
  const rows = one.getRowObjectsJson();
  expect(rows[0]).toMatchObject({
    symbol: 'BTCUSDT',
    timestamp: '2023-03-31 23:58:00',
    close: 1,
    trades: '-3',
  });
  expect(Number(rows[1]!.close)).toBeNaN();
  const all = await connection.runAndReadAll(
    `SELECT count(*) AS n, sum(CASE WHEN isnan(close) THEN 1 ELSE 0 END) AS nan FROM '${fileAt('duck-*.parquet')}'`,
  );
  expect(all.getRowObjectsJson()[0]).toEqual({ n: '20003', nan: '2' });
});
