import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError, StoreIntegrityError } from '../../../lib/errors.js';
import { numbers, readRowCount, readTable, writeTable } from '../../../lib/store/parquet.js';
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
      ['trades', integerColumn(times.map((_, row) => row * 2 ** 36 - 3))],
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
          const columns = new Map<string, Column>([
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

  it('write equal bytes for equal words, whatever the order of the dictionary', () => {
    const words = ['ETHUSDT', 'BTCUSDT', 'BTCUSDT'];
    const tidy: StringColumn = strings(words);
    const odd: StringColumn = {
      kind: 'string',
      dictionary: ['BTCUSDT', 'unused', 'ETHUSDT', 'BTCUSDT'],
      codes: Int32Array.of(2, 0, 3),
    };
    for (const [name, column] of Object.entries({ tidy, odd })) {
      writeTable(fileAt(`${name}.parquet`), { rows: 3, columns: new Map([['s', column]]) });
    }
    expect(readFileSync(fileAt('odd.parquet'))).toEqual(readFileSync(fileAt('tidy.parquet')));
  });

  it('spend a few bytes on a constant column', () => {
    const rows = 44_640;
    const bare = { rows, columns: new Map([['x', numberColumn(new Float64Array(rows))]]) };
    const named = new Map<string, Column>([...bare.columns, ['symbol', constantColumn('BTCUSDT', rows)]]);
    writeTable(fileAt('bare.parquet'), bare);
    writeTable(fileAt('named.parquet'), { rows, columns: named });
    const sizeOf = (name: string): number => readFileSync(fileAt(name)).length;
    // The word, a run, two page headers and the column's entry in the footer.
    expect(sizeOf('named.parquet') - sizeOf('bare.parquet')).toBeLessThan(150);
  });

  it('is pinned to the byte: another file for the same rows would make every later stage run again', () => {
    const { days } = writeTable(fileAt('pinned.parquet'), sample(5));
    const digest = createHash('sha256')
      .update(readFileSync(fileAt('pinned.parquet')))
      .digest('hex');
    expect({ digest, days }).toMatchInlineSnapshot(`
      {
        "days": [
          {
            "day": "2023-03-31",
            "digest": "sha256:a6f980ccd698d86e41e0653ae50776478863feaa046a97804e9671953b07a7c9",
            "rows": 2,
          },
          {
            "day": "2023-04-01",
            "digest": "sha256:b548bee8383344165fff7a76703d5f96c5ffa01b78118aa97f2c2ebfc90fbc13",
            "rows": 3,
          },
        ],
        "digest": "f25b48ed607bcdac76fc5c5afbc383767e750c8c1290603a0fa9d1502063cc47",
      }
    `);
  });

  it.each<[string, Column, string]>([
    ['a missing time', timeColumn(Float64Array.of(1, Number.NaN)), 'NOT_WHOLE'],
    ['a fraction among whole numbers', integerColumn(Float64Array.of(1, 0.5)), 'NOT_WHOLE'],
    ['a whole number beyond 2^53', integerColumn(Float64Array.of(1, 2 ** 53)), 'NOT_WHOLE'],
    ['another length', numberColumn(new Float64Array(3)), 'COLUMN_LENGTH'],
    [
      'a code without a word',
      { kind: 'string', dictionary: ['a'], codes: Int32Array.of(0, 1) },
      'WORD_MISSING',
    ],
    ['half a character', { kind: 'string', dictionary: ['\uD800'], codes: new Int32Array(2) }, 'WORD_BROKEN'],
  ])('refuse %s and write nothing', (_, column, code) => {
    const table = { rows: 2, columns: new Map([['x', column]]) };
    expect(() => writeTable(fileAt('refused.parquet'), table)).toThrow(expect.objectContaining({ code }));
    expect(existsSync(fileAt('refused.parquet'))).toBe(false);
  });

  it('say of bytes that are no Parquet that the file is broken', async () => {
    const file = fileAt('broken.parquet');
    writeTable(file, sample(50));
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length - 9));
    await expect(readTable({ path: file })).rejects.toMatchObject({ code: 'TABLE_UNREADABLE' });
    writeFileSync(file, '');
    await expect(readTable({ path: file })).rejects.toThrow(StoreIntegrityError);
    // A footer of its own over data that are gone.
    writeFileSync(file, Buffer.concat([Buffer.from('PAR1'), bytes.subarray(bytes.length - 600)]));
    await expect(readTable({ path: file })).rejects.toMatchObject({ code: 'TABLE_UNREADABLE' });
  });

  it('tell the rows of a file from its footer alone', async () => {
    writeTable(fileAt('count.parquet'), sample(7));
    expect(await readRowCount({ path: fileAt('count.parquet') })).toBe(7);
  });

  it('give numbers by name and refuse text and names that are not there', () => {
    expect(numbers(sample(2), 'timestamp')).toEqual(Float64Array.of(START_MS, START_MS + 60_000));
    expect(() => numbers(sample(2), 'symbol')).toThrow(expect.objectContaining({ code: 'COLUMN_TYPE' }));
    expect(() => numbers(sample(2), 'volume')).toThrow(expect.objectContaining({ code: 'COLUMN_MISSING' }));
  });

  it('refuse a missing column and a changed file', async () => {
    writeTable(fileAt('c.parquet'), sample(3));
    await expect(readTable({ path: fileAt('c.parquet') }, ['volume'])).rejects.toThrow(DataError);
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

describe('DuckDB', () => {
  const query = async (sql: string): Promise<{ types: string[]; rows: Record<string, unknown>[] }> => {
    const connection = await (await DuckDBInstance.create()).connect();
    const answer = await connection.runAndReadAll(sql);
    const types = answer.columnTypes().map(String);
    const rows = answer.getRowObjectsJson();
    connection.closeSync();
    return { types, rows };
  };

  it('reads times, NaN, whole numbers and text of a file', async () => {
    writeTable(fileAt('duck.parquet'), sample(3));
    const { types, rows } = await query(`SELECT * FROM '${fileAt('duck.parquet')}' ORDER BY timestamp`);
    expect(types).toEqual(['VARCHAR', 'TIMESTAMP', 'DOUBLE', 'BIGINT']);
    expect(rows[0]).toEqual({
      symbol: 'BTCUSDT',
      timestamp: '2023-03-31 23:58:00',
      close: 1,
      trades: '-3',
    });
    expect(Number(rows[1]!.close)).toBeNaN();
    expect(rows[2]!.trades).toBe(String(2 ** 37 - 3));
  });

  it('reads a folder as one table, also where a file has no rows', async () => {
    const dataset = fileAt('dataset.parquet');
    mkdirSync(dataset);
    writeTable(path.join(dataset, '2023-03.parquet'), sample(3));
    writeTable(path.join(dataset, '2023-04.parquet'), sample(20_000));
    writeTable(path.join(dataset, '2023-05.parquet'), sample(0));
    const { rows } = await query(
      `SELECT count(*) AS n, count(*) FILTER (isnan(close)) AS missing FROM '${dataset}/*.parquet'`,
    );
    expect(rows).toEqual([{ n: '20003', missing: '2' }]);
  });

  it('writes compressed columns with missing values that we read', async () => {
    const file = fileAt('theirs.parquet');
    const rows = "(1, 0.5::DOUBLE, 'a'), (2, NULL, 'b'), (3, 2.5, 'a')";
    await query(
      `COPY (SELECT n::BIGINT AS n, x, w FROM (VALUES ${rows}) t(n, x, w)) TO '${file}' (FORMAT parquet, COMPRESSION snappy)`,
    );
    const table = await readTable({ path: file }, ['x', 'w', 'n']);
    expect(numbers(table, 'n')).toEqual(Float64Array.of(1, 2, 3));
    expect(numbers(table, 'x')).toEqual(Float64Array.of(0.5, Number.NaN, 2.5));
    expect(textOf(table, 'w')).toEqual(['a', 'b', 'a']);
  });

  it('reads the strings that we wrote, whatever their pattern', async () => {
    const words = Array.from({ length: 5000 }, (_, row) => `w${row % 7 === 0 ? row % 40 : (row % 300) >> 5}`);
    writeTable(fileAt('words.parquet'), { rows: words.length, columns: new Map([['w', strings(words)]]) });
    const { rows } = await query(`SELECT w FROM '${fileAt('words.parquet')}'`);
    expect(rows.map(({ w }) => w)).toEqual(words);
  });
});
