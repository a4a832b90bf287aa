import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { features, type FeaturesParams } from '../../../activities/programs/features.js';
import type { InputFile, ProgramResult } from '../../../activities/programs/program.js';
import { tableFromBars } from '../../../lib/bars/bar-file.js';
import {
  dayOf,
  HOUR_MS,
  lowerBound,
  monthEndMs,
  monthStartMs,
  sliceBars,
  type BarTable,
} from '../../../lib/bars/index.js';
import { compileFeatures, computeModelRows } from '../../../lib/features/index.js';
import { numbers, readTable, writeTable } from '../../../lib/store/parquet.js';
import { copyBars, makeMarket } from '../../lib/features/markets.js';

const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-features-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shape = {
  seed: 3,
  rows: 75 * 24,
  intervalMs: HOUR_MS,
  startMs: Date.UTC(2023, 0, 25),
  price: 100,
  flatness: 0.01,
  holes: 0.003,
};
const market = makeMarket(shape);

const params: FeaturesParams = {
  symbol: 'BTCUSDT',
  interval: '1h',
  month: '2023-03',
  lookBackBars: 512,
  definition: { flags: { symbol: true }, expressions: { mom: 'close / lag(close, 24) - 1' }, indicators: [] },
  lossBudgetFrac: 0.02,
  throughMs: monthEndMs('2023-03'),
};

let written = 0;

/** Stores the bars of some months as klines partitions. */
function partitions(bars: BarTable, months: readonly string[]): InputFile[] {
  return months.map((month) => {
    const [from, to] = [monthStartMs(month), monthEndMs(month)].map((at) => lowerBound(bars.openTimeMs, at));
    const file = path.join(folder, `bars-${written++}.parquet`);
    const { rows } = writeTable(file, tableFromBars(sliceBars(bars, from!, to!)));
    return { node: `klines/BTCUSDT/${month}`, output: 'bars', path: file, rows } as unknown as InputFile;
  });
}

async function run(
  changed: Partial<FeaturesParams> = {},
  bars = market,
): Promise<{ result: ProgramResult; outDir: string }> {
  const outDir = mkdtempSync(path.join(folder, 'out-'));
  const months = ['2023-01', '2023-02', '2023-03', '2023-04'];
  const job = {
    params: { ...params, ...changed },
    inputs: { bars: partitions(bars, months) },
    outDir,
    host: { threads: 1, lightgbmLibrary: null, browserPath: null, budgetDir: folder },
  };
  const context = { progress: () => undefined, signal: new AbortController().signal };
  return { result: await features(job, context), outDir };
}

describe('the features program', () => {
  it.each([0, 0.003])('writes symbol, timestamp, features in order and target; holes: %d', async (holes) => {
    const bars = makeMarket({ ...shape, holes });
    const { result, outDir } = await run({}, bars);
    const table = await readTable({ path: path.join(outDir, 'rows.parquet') });
    const set = await compileFeatures(params.definition);
    expect([...table.columns.keys()]).toEqual(['symbol', 'timestamp', ...set.columns, 'fwd60min']);
    const expected = computeModelRows({
      bars,
      symbol: 'BTCUSDT',
      intervalMs: HOUR_MS,
      rangeStartMs: monthStartMs('2023-03'),
      rangeEndMs: monthEndMs('2023-03'),
      features: set,
    });
    set.columns.forEach((name, index) => {
      expect(table.columns.get(name)).toEqual({ kind: 'number', values: expected.columns[index] });
    });
    expect(table.columns.get('timestamp')).toEqual({ kind: 'time', values: expected.openTimeMs });
    expect(table.columns.get('fwd60min')).toEqual({ kind: 'number', values: expected.target });
    expect(result.facts).toEqual({ rows: expected.rows, dropped: expected.dropped });
  });

  it('counts a row to the day on which it is filed', async () => {
    const { result } = await run({}, makeMarket({ ...shape, holes: 0 }));
    const days = result.outputs[0]!.table!.days;
    expect(days[0]).toMatchObject({ day: '2023-03-01' });
    expect(days.at(-1)!.day).toBe('2023-03-31');
    expect(days).toHaveLength(31);
    expect(days.every(({ rows }) => rows === 24)).toBe(true);
  });

  it('sums up rows, losses and columns', async () => {
    const { result, outDir } = await run();
    const summary = JSON.parse(readFileSync(path.join(outDir, 'summary.json'), 'utf8')) as {
      rows: number;
      dropped: Record<string, number>;
      columns: Record<string, { nanFrac: number; min: number; max: number; mean: number }>;
    };
    expect(summary).toMatchObject({
      symbol: 'BTCUSDT',
      interval: '1h',
      month: '2023-03',
      rows: result.facts['rows'],
    });
    expect(summary.dropped).toEqual(result.facts['dropped']);
    expect(Object.keys(summary.columns)).toContain('fwd60min');
    const { nanFrac, min, max, mean } = summary.columns['rsi']!;
    expect(nanFrac).toBe(0);
    expect(min).toBeGreaterThanOrEqual(0);
    expect(max).toBeLessThanOrEqual(100);
    expect(mean).toBeGreaterThan(min);
    expect(summary.columns['fwd60min']!.nanFrac).toBeGreaterThan(0);
  });

  it('reads no bar before the look-back and none that is not known yet', async () => {
    const throughMs = Date.UTC(2023, 2, 20);
    const clean = await run({ throughMs });
    const poisoned = copyBars(market);
    const [from, to] = [monthStartMs('2023-03') - 513 * HOUR_MS, throughMs].map((at) =>
      lowerBound(market.openTimeMs, at),
    );
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
      poisoned[name].fill(5, 0, from);
      poisoned[name].fill(5, to);
    }
    const dirty = await run({ throughMs }, poisoned);
    expect(dirty.result.outputs[0]!.table).toEqual(clean.result.outputs[0]!.table);
    const days = clean.result.outputs[0]!.table!.days;
    expect(days.at(-1)!.day).toBe(dayOf(throughMs - 1));
  });

  it('stops when more rows are lost beyond warm-up than the budget allows', async () => {
    const broken = copyBars(market);
    const start = lowerBound(market.openTimeMs, Date.UTC(2023, 2, 10));
    broken.close.fill(Number.NaN, start, start + 40);
    await expect(run({}, broken)).rejects.toMatchObject({
      name: 'DataError',
      code: 'FEATURE_ROWS_LOST',
      details: { symbol: 'BTCUSDT', month: '2023-03', dropped: { unusableBar: 40, noFeature: 0 } },
    });
    const { result } = await run({ lossBudgetFrac: 0.1 }, broken);
    expect(result.facts['dropped']).toMatchObject({ unusableBar: 40 });
  });

  it('stops when it is told to', async () => {
    const abort = AbortSignal.abort(new Error('stopped'));
    const job = {
      params,
      inputs: { bars: partitions(market, ['2023-03']) },
      outDir: folder,
      host: { threads: 1, lightgbmLibrary: null, browserPath: null, budgetDir: folder },
    };
    await expect(features(job, { progress: () => undefined, signal: abort })).rejects.toThrow('stopped');
  });
});

describe('volume bars from the features program', () => {
  const volume = { volumeBarSize: 900 };

  it('are filed by their close, which stands beside their open', async () => {
    const { result, outDir } = await run(volume, makeMarket({ ...shape, holes: 0 }));
    const table = await readTable({ path: path.join(outDir, 'rows.parquet') });
    expect([...table.columns.keys()].slice(0, 3)).toEqual(['symbol', 'timestamp', 'close_time']);
    expect([...table.columns.keys()].at(-1)).toBe('fwd1bar');
    const closes = numbers(table, 'close_time');
    const counted = new Map<string, number>();
    for (const close of closes) counted.set(dayOf(close + 1), (counted.get(dayOf(close + 1)) ?? 0) + 1);
    const days = result.outputs[0]!.table!.days.map(({ day, rows }) => [day, rows] as const);
    expect(new Map(days)).toEqual(counted);
    expect(days[0]![0]).toBe('2023-03-01');
    expect(days.at(-1)![0]).toBe('2023-03-31');
    expect(result.facts['timeBars']).toMatchObject({ unusable: 0 });
  });

  it('count their unusable time bars against the budget', async () => {
    const bars = copyBars(market);
    const from = lowerBound(bars.openTimeMs, monthStartMs('2023-03'));
    bars.close.fill(0, from, from + 40);
    await expect(run(volume, bars)).rejects.toMatchObject({ code: 'FEATURE_ROWS_LOST' });
  });
});

describe('bars out of order', () => {
  it('are refused with the place', async () => {
    const bars = copyBars(market);
    const row = lowerBound(bars.openTimeMs, monthStartMs('2023-03')) + 50;
    const [first, second] = [bars.openTimeMs[row]!, bars.openTimeMs[row + 1]!];
    bars.openTimeMs[row] = second;
    bars.openTimeMs[row + 1] = first;
    await expect(run({}, bars)).rejects.toMatchObject({
      code: 'BARS_NOT_ASCENDING',
      message: expect.stringContaining('klines/BTCUSDT/2023-03') as string,
    });
  });
});
