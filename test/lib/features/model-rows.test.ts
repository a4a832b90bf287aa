import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HOUR_MS,
  lowerBound,
  MINUTE_MS,
  monthEndMs,
  monthOf,
  monthStartMs,
  sliceBars,
  type BarTable,
} from '../../../lib/bars/index.js';
import { compileFeatures, type FeatureSet } from '../../../lib/features/index.js';
import { computeModelRows, type ModelRows } from '../../../lib/features/model-rows.js';
import { copyBars, firstDifference, makeMarket, marketShapes, withOtherFuture } from './markets.js';

const START_MS = Date.UTC(2023, 0, 20);
const ROWS = 2600;
const MONTHS = ['2023-02', '2023-03', '2023-04'];

const EXPRESSIONS = {
  mom30: 'close / lag(close, 30) - 1',
  slow: 'ema(close, 20) / ema(close, 60) - 1',
  heat: 'zscore(rsi, 50) * (natr > sma(natr, 20) ? 1 : -1)',
  late: 'lag(stochrsi, 40) + rank(volume, 200)',
  link: 'corr(close, volume, 30) + std(mom30, 12)',
  far: 'close / max(high, 700)',
};

const features = await compileFeatures({
  flags: { minute_of_day: true, symbol: true, alpha001: true, alpha054: true },
  expressions: EXPRESSIONS,
  indicators: [{ name: 'macd' }, { name: 'adx' }, { name: 'psar' }, { name: 'bollingerbands', as: 'bb' }],
});
const plain = await compileFeatures({ flags: {}, expressions: {}, indicators: [] });

const shapes = marketShapes({ rows: ROWS, intervalMs: HOUR_MS, startMs: START_MS });
const market = (holes = 0): BarTable =>
  makeMarket({
    seed: 11,
    rows: ROWS,
    intervalMs: HOUR_MS,
    startMs: START_MS,
    price: 100,
    flatness: 0.02,
    holes,
  });

function rowsOf(bars: BarTable, startMs: number, endMs: number, set: FeatureSet = features): ModelRows {
  const range = { rangeStartMs: startMs, rangeEndMs: endMs };
  return computeModelRows({ bars, symbol: 'BTCUSDT', intervalMs: HOUR_MS, features: set, ...range });
}

const monthRows = (bars: BarTable, month: string, set?: FeatureSet): ModelRows =>
  rowsOf(bars, monthStartMs(month), monthEndMs(month), set);

describe('computeModelRows files rows', () => {
  it('under their open + interval: the last bar before a month is its first row, its own last bar none', () => {
    const rows = monthRows(market(), '2023-03', plain);
    expect(rows.openTimeMs[0]).toBe(monthStartMs('2023-03') - HOUR_MS);
    expect(rows.openTimeMs.at(-1)).toBe(monthEndMs('2023-03') - 2 * HOUR_MS);
    expect(rows.rows).toBe(31 * 24);
  });

  it('only inside the range', () => {
    const startMs = Date.UTC(2023, 2, 5, 7);
    const rows = rowsOf(market(), startMs, startMs + 10 * HOUR_MS, plain);
    expect(Array.from(rows.openTimeMs, (time) => (time - startMs) / HOUR_MS)).toEqual(
      Array.from({ length: 10 }, (_, index) => index - 1),
    );
  });

  it('and has none in an empty range', () => {
    const rows = rowsOf(market(), MONTHS.length, MONTHS.length, plain);
    expect(rows).toMatchObject({ rows: 0, dropped: { warmUp: 0, unusableBar: 0, noFeature: 0 } });
  });
});

describe('the target', () => {
  it('is the next bar from open to close, and a row without a next bar is kept', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const bars = makeMarket({ ...shape, holes: 0.02 });
        const rows = monthRows(bars, '2023-03', plain);
        for (let row = 0; row < rows.rows; row++) {
          const next = lowerBound(bars.openTimeMs, rows.openTimeMs[row]! + 1);
          const follows = bars.openTimeMs[next] === rows.openTimeMs[row]! + HOUR_MS;
          expect(rows.target[row]).toBe(follows ? bars.close[next]! / bars.open[next]! - 1 : Number.NaN);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is missing in the row before each hole and in no other', () => {
    const rows = monthRows(market(0.02), '2023-03', plain);
    const beforeHole = Array.from(rows.target, (_, row) => row).filter(
      (row) => row + 1 < rows.rows && rows.openTimeMs[row + 1]! > rows.openTimeMs[row]! + HOUR_MS,
    );
    const missing = Array.from(rows.target, (_, row) => row).filter((row) => Number.isNaN(rows.target[row]!));
    expect(beforeHole.length).toBeGreaterThan(3);
    expect(missing.filter((row) => row + 1 < rows.rows)).toEqual(beforeHole);
  });

  it('does not reach beyond the end of the range', () => {
    const endMs = Date.UTC(2023, 2, 20);
    const bars = market();
    const known = sliceBars(bars, 0, lowerBound(bars.openTimeMs, endMs));
    expect(rowsOf(bars, monthStartMs('2023-03'), endMs)).toEqual(
      rowsOf(known, monthStartMs('2023-03'), endMs),
    );
  });
});

describe('rows that are left out', () => {
  it('are the warm-up of each segment: as many as the longest feature of up to 512 bars needs', () => {
    const bars = market();
    const hole = lowerBound(bars.openTimeMs, Date.UTC(2023, 2, 10));
    const keep = Array.from({ length: ROWS }, (_, row) => row).filter((row) => row < hole || row >= hole + 5);
    const holed = copyBars(bars) as unknown as Record<string, unknown>;
    for (const [name, column] of Object.entries(holed)) {
      if (column instanceof Float64Array) holed[name] = Float64Array.from(keep, (row) => column[row]!);
    }
    const rows = monthRows({ ...(holed as unknown as BarTable), length: keep.length }, '2023-03', plain);
    expect(plain.warmUpBars).toBe(27);
    expect(rows.dropped).toEqual({ warmUp: 27, unusableBar: 0, noFeature: 0 });
    expect(rows.rows).toBe(31 * 24 - 5 - 27);
    const first = lowerBound(rows.openTimeMs, Date.UTC(2023, 2, 10));
    expect(rows.openTimeMs[first]).toBe(Date.UTC(2023, 2, 10, 5 + 27));
    expect(rows.columns.every((column) => column.every(Number.isFinite))).toBe(true);
  });

  it('are unusable bars, which end their segment', () => {
    for (const [column, value] of [
      ['close', Number.NaN],
      ['low', 0],
      ['high', Infinity],
      ['volume', -1],
    ] as const) {
      const bars = copyBars(market());
      const bad = lowerBound(bars.openTimeMs, Date.UTC(2023, 2, 10));
      bars[column][bad] = value;
      const rows = monthRows(bars, '2023-03', plain);
      expect(rows.dropped, column).toEqual({ warmUp: 27, unusableBar: 1, noFeature: 0 });
      const before = lowerBound(rows.openTimeMs, bars.openTimeMs[bad]!) - 1;
      expect(rows.target[before], column).toBeNaN();
      expect(Array.from(rows.openTimeMs)).not.toContain(bars.openTimeMs[bad]);
    }
  });

  it('are not bars whose prices contradict each other, which stay as the exchange sent them', () => {
    const bars = copyBars(market());
    const bad = lowerBound(bars.openTimeMs, Date.UTC(2023, 2, 10));
    bars.high[bad] = bars.close[bad]! * 0.99;
    const rows = monthRows(bars, '2023-03', plain);
    expect(rows.dropped).toEqual({ warmUp: 0, unusableBar: 0, noFeature: 0 });
    const row = lowerBound(rows.openTimeMs, bars.openTimeMs[bad]!);
    const range = bars.high[bad]! - bars.low[bad]!;
    expect(rows.columns[plain.columns.indexOf('bop')]![row]).toBe(
      (bars.close[bad]! - bars.open[bad]!) / range,
    );
  });

  it('are rows without any feature, where only the clock and the symbol are known', async () => {
    const flags = Object.fromEntries(
      ['returns', 'bop', 'cci', 'mfi', 'rsi', 'stochrsi', 'stoch', 'natr'].map((name) => [name, false]),
    );
    const set = await compileFeatures({
      flags: { ...flags, minute_of_day: true, symbol: true },
      expressions: { only_up: '1 / (close > open)' },
      indicators: [],
    });
    const bars = market();
    const rows = monthRows(bars, '2023-03', set);
    expect(rows.dropped.noFeature).toBeGreaterThan(100);
    expect(rows.rows + rows.dropped.noFeature).toBe(31 * 24);
    expect(rows.columns[set.columns.indexOf('only_up')]!.every((value) => value === 1)).toBe(true);
  });

  it('are not those where a feature that looks back further than 512 bars has no value yet', async () => {
    const set = await compileFeatures({ flags: {}, expressions: { far: 'lag(close, 600)' }, indicators: [] });
    const bars = sliceBars(market(), 0, ROWS);
    const rows = monthRows(bars, '2023-02', set);
    expect(set.warmUpBars).toBe(27);
    const far = rows.columns[set.columns.indexOf('far')]!;
    const first = far.findIndex((value) => !Number.isNaN(value));
    expect(rows.openTimeMs[first]).toBe(START_MS + 600 * HOUR_MS);
    expect(rows.rows).toBe(28 * 24);
  });
});

describe('a row', () => {
  it('is the same to the bit in its month alone and in a run of several months', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const bars = makeMarket(shape);
        const whole = rowsOf(bars, monthStartMs(MONTHS[0]!), monthEndMs(MONTHS.at(-1)!));
        let row = 0;
        for (const month of MONTHS) {
          const alone = monthRows(bars, month);
          const end = row + alone.rows;
          expect(firstDifference(alone.openTimeMs, whole.openTimeMs.subarray(row, end))).toBe(-1);
          expect(firstDifference(alone.target, whole.target.subarray(row, end))).toBe(-1);
          alone.columns.forEach((column, index) => {
            const difference = firstDifference(column, whole.columns[index]!.subarray(row, end));
            expect(difference, features.columns[index]).toBe(-1);
          });
          row = end;
        }
        expect(row).toBe(whole.rows);
      }),
      { numRuns: 5 },
    );
  });

  it('does not depend on bars before the look-back', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const bars = makeMarket(shape);
        const startMs = monthStartMs('2023-04');
        const needed = startMs - (features.lookBackBars + 1) * HOUR_MS;
        const cut = sliceBars(bars, lowerBound(bars.openTimeMs, needed), ROWS);
        const [long, short] = [monthRows(bars, '2023-04'), monthRows(cut, '2023-04')];
        long.columns.forEach((column, index) => {
          expect(firstDifference(column, short.columns[index]!), features.columns[index]).toBe(-1);
        });
      }),
      { numRuns: 5 },
    );
  });

  it('does not move when bars after its label bar change', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1500, max: ROWS - 2 }), fc.integer(), (shape, kept, seed) => {
        const bars = makeMarket(shape);
        const month = monthOf(bars.openTimeMs[kept]!);
        const before = monthRows(bars, month);
        const after = monthRows(withOtherFuture(bars, kept, seed), month);
        const rows = lowerBound(before.openTimeMs, bars.openTimeMs[kept]!);
        before.columns.forEach((column, index) => {
          expect(firstDifference(column, after.columns[index]!, rows), features.columns[index]).toBe(-1);
        });
        expect(firstDifference(before.target, after.target, rows - 1)).toBe(-1);
      }),
      { numRuns: 8 },
    );
  });

  it('does not depend on which other columns were asked for', async () => {
    const wanted = { mean: 'sma(close, 37)', heat: 'zscore(volume, 50)', soft: 'ema(close, 9)' };
    const [few, many] = await Promise.all([
      compileFeatures({ flags: { bop: false }, expressions: wanted, indicators: [{ name: 'macd' }] }),
      compileFeatures({
        flags: {},
        expressions: { far: 'lag(rsi, 401) + ema(close, 90)', ...wanted },
        indicators: [{ name: 'atr' }, { name: 'macd' }],
      }),
    ]);
    expect(many.lookBackBars).toBeGreaterThan(few.lookBackBars + 300);
    const bars = market();
    const [alone, beside] = [monthRows(bars, '2023-04', few), monthRows(bars, '2023-04', many)];
    few.columns.forEach((name, index) => {
      const other = beside.columns[many.columns.indexOf(name)]!;
      expect(firstDifference(alone.columns[index]!, other), name).toBe(-1);
    });
  });

  it('starts its recursions cold at the later of its segment and 512 bars before the month', () => {
    const bars = market();
    const from = lowerBound(bars.openTimeMs, monthStartMs('2023-03') - 512 * HOUR_MS);
    const poisoned = copyBars(bars);
    for (const name of ['open', 'high', 'low', 'close'] as const) poisoned[name].fill(777, 0, from);
    const rsi = plain.columns.indexOf('rsi');
    const [clean, dirty] = [monthRows(bars, '2023-03', plain), monthRows(poisoned, '2023-03', plain)];
    expect(firstDifference(clean.columns[rsi]!, dirty.columns[rsi]!)).toBe(-1);
    poisoned.close[from] = 777;
    const moved = monthRows(poisoned, '2023-03', plain);
    expect(firstDifference(clean.columns[rsi]!, moved.columns[rsi]!)).toBe(0);
  });

  it('has the symbol as a category', () => {
    const rows = monthRows(market(), '2023-03');
    expect(features.categorical).toEqual(['symbol_code']);
    expect(new Set(rows.columns[features.columns.indexOf('symbol_code')])).toHaveLength(1);
  });
});

describe('one minute bars', () => {
  it('need 513 bars before a month', () => {
    expect(plain.lookBackBars).toBe(512);
    const startMs = monthStartMs('2023-03');
    const bars = makeMarket({
      seed: 5,
      rows: 513 + 60,
      intervalMs: MINUTE_MS,
      startMs: startMs - 513 * MINUTE_MS,
      price: 1e-8,
      flatness: 0,
      holes: 0,
    });
    const rows = computeModelRows({
      bars,
      symbol: 'A',
      intervalMs: MINUTE_MS,
      rangeStartMs: startMs,
      rangeEndMs: startMs + 60 * MINUTE_MS,
      features: plain,
    });
    expect(rows.rows).toBe(60);
    expect(rows.dropped.warmUp).toBe(0);
  });
});
