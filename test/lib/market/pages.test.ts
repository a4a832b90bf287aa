/** Pages of REST that cannot be an answer: asked for again, then a clear error, never a silent hole. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { allocateBars, BAR_COLUMNS } from '../../../lib/bars/bar-table.js';
import { BarGrid } from '../../../lib/market/bar-grid.js';
import { startExchange, type RunningExchange } from '../../../simulator/index.js';
import { firstDifference, marchParams, RECORDED, runKlines } from '../../simulator/run-klines.js';

type Row = (number | string)[];
/** The rows to answer in place of `rows`, to the Nth klines request, counted from 1. */
type Alter = (rows: Row[], request: number, query: URLSearchParams) => Row[];

const START_MS = Date.UTC(2023, 2, 22);
const RANGE = { startMs: START_MS, endMs: Date.UTC(2023, 2, 24), monthlyArchive: false };
let exchange: RunningExchange | null = null;
let between: http.Server | null = null;
afterEach(async () => {
  between?.close();
  await exchange?.close();
});

let knownTruth: ReturnType<typeof runKlines> | null = null;

async function soundRun(): ReturnType<typeof runKlines> {
  const sound = await startExchange({ recorded: RECORDED });
  const run = await runKlines(marchParams(sound.url, RANGE));
  await sound.close();
  return run;
}

/** Runs the two days by REST through a proxy that alters pages. */
async function through(alter: Alter): ReturnType<typeof runKlines> {
  exchange = await startExchange({ recorded: RECORDED });
  const { url } = exchange;
  let asked = 0;
  between = http.createServer((request, response) => {
    void answer(request.url!).then(({ body, headers }) => {
      for (const name of ['date', 'x-mbx-used-weight-1m']) {
        const value = headers.get(name);
        if (value !== null) response.setHeader(name, value);
      }
      response.end(body);
    });
  });
  const answer = async (path: string): Promise<{ body: string; headers: Headers }> => {
    const answered = await fetch(url + path);
    const body = await answered.text();
    if (!path.startsWith('/fapi/v1/klines')) return { body, headers: answered.headers };
    const rows = alter(JSON.parse(body) as Row[], ++asked, new URL(url + path).searchParams);
    return { body: JSON.stringify(rows), headers: answered.headers };
  };
  await new Promise<void>((resolve) => between!.listen(0, '127.0.0.1', resolve));
  return runKlines(marchParams(`http://127.0.0.1:${(between.address() as AddressInfo).port}`, RANGE));
}

const changed = (row: Row, values: Record<number, number | string>): Row =>
  row.map((value, column) => values[column] ?? value);
const shifted = (rows: Row[], ms: number): Row[] =>
  rows.map((row) => changed(row, { 0: Number(row[0]) + ms, 6: Number(row[6]) + ms }));

const FAULTY: Readonly<Record<string, Alter>> = {
  'bars after the range': (rows) => shifted(rows, 9 * 86_400_000),
  'bars before the range': (rows) => shifted(rows, -9 * 86_400_000),
  'bars off the grid': (rows) => shifted(rows, 1000),
  'bars of another interval': (rows) =>
    rows
      .filter(([openMs]) => Number(openMs) % 300_000 === 0)
      .map((row) => changed(row, { 6: Number(row[0]) + 299_999 })),
  'a close an hour later': (rows) => rows.map((row) => changed(row, { 6: Number(row[6]) + 3_600_000 })),
  'a bar twice': (rows) => [rows[0]!, ...rows],
  'bars in another order': (rows) => [...rows].reverse(),
  'no bars': (rows, _request, query) => (query.has('endTime') ? [] : rows),
};

describe.each(Object.entries(FAULTY))('a page with %s', (_name, alter) => {
  it('is asked for again', async () => {
    const truth = await (knownTruth ??= soundRun());
    const { bars, quality } = await through((rows, request, query) =>
      request === 2 ? alter(rows, request, query) : rows,
    );
    expect(firstDifference(bars, truth.bars)).toBeNull();
    expect(quality).toMatchObject({ bars: 2880, missing: 0, holes: [] });
  });

  it('is a clear error where it stays so', async () => {
    await expect(through(alter)).rejects.toMatchObject({
      code: 'EXCHANGE_MALFORMED',
      message: expect.stringMatching(/answered 200 to \/fapi\/v1\/klines, but .*2023-03-\d\d/) as string,
    });
  });
});

it('an empty page now and then makes no hole', async () => {
  const { quality } = await through((rows, request) => (request === 2 || request === 4 ? [] : rows));
  expect(quality).toMatchObject({ bars: 2880, holes: [] });
});

it('rows of an archive that close at another time are not used', () => {
  const rows = allocateBars(2);
  for (const name of BAR_COLUMNS) rows[name].fill(1);
  rows.openTimeMs.set([START_MS, START_MS + 60_000]);
  rows.closeTimeMs.set([START_MS + 299_999, START_MS + 119_999]);
  const grid = new BarGrid({ startMs: START_MS, endMs: START_MS + 120_000, intervalMs: 60_000 });
  grid.add(rows, 'monthly');
  expect(grid.faults.unusable).toBe(1);
  expect(grid.toBars().openTimeMs).toEqual(Float64Array.of(START_MS + 60_000));
});

it('bars that are asked for again with the holes around them are no duplicates', async () => {
  const lacking = [300, 340, 380].map((minute) => START_MS + minute * 60_000);
  const { quality } = await through((rows) => rows.filter(([openMs]) => !lacking.includes(Number(openMs))));
  expect(quality).toMatchObject({ bars: 2877, missing: 3 });
  expect(quality.rows).toEqual({ duplicates: 0, conflicts: 0, disorder: 0, offGrid: 0, unusable: 0 });
});
