import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { delayIc, horizonIc } from '../../../lib/evaluation/decay.js';
import { evaluateSignal } from '../../../lib/evaluation/evaluate.js';
import { informationCsv } from '../../../lib/evaluation/information-csv.js';
import { summarizeIc } from '../../../lib/evaluation/information.js';
import { matchTimes, type Judged } from '../../../lib/evaluation/judged.js';
import { neweyWest } from '../../../lib/evaluation/newey-west.js';
import { quantileCsv } from '../../../lib/evaluation/quantile-csv.js';
import { averageRanks, spearman } from '../../../lib/evaluation/ranks.js';

const MINUTE = 60_000;
const GOLDEN = '../shared/golden';

/** One symbol, one fold, minute bars; hole after `holeAt`. */
function judgedOf(
  prediction: ArrayLike<number>,
  opens: ArrayLike<number>,
  closes: ArrayLike<number>,
  holeAt = Number.POSITIVE_INFINITY,
): Judged {
  const n = prediction.length;
  const openTimeMs = Float64Array.from(
    { length: n },
    (_, row) => row * MINUTE + (row > holeAt ? 90 * MINUTE : 0),
  );
  const open = Float64Array.from(opens);
  const close = Float64Array.from(closes);
  const target = openTimeMs.map((time, row) =>
    row + 1 < n && openTimeMs[row + 1] === time + MINUTE ? close[row + 1]! / open[row + 1]! - 1 : Number.NaN,
  );
  return {
    intervalMs: MINUTE,
    folds: ['f'],
    symbols: [
      {
        symbol: 'X',
        timeMs: openTimeMs,
        prediction: Float64Array.from(prediction),
        target,
        fold: new Int32Array(n),
        barRow: matchTimes(openTimeMs, openTimeMs),
        bars: { openTimeMs, open, close },
        validation: [{ timeMs: new Float64Array(), prediction: new Float64Array() }],
      },
    ],
  };
}

describe('ranks', () => {
  it('share the mean among equals', () => {
    expect([...averageRanks(Float64Array.of(3, 1, 3, 2))]).toEqual([3.5, 1, 3.5, 2]);
  });

  it('correlate as their definition says, and not at all where one side is constant', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), { minLength: 2 }),
        (pairs) => {
          const [left, right] = [
            Float64Array.from(pairs, ([a]) => a),
            Float64Array.from(pairs, ([, b]) => b),
          ];
          const rank = (values: Float64Array): number[] =>
            [...values].map(
              (value) =>
                [...values].filter((other) => other < value).length +
                ([...values].filter((other) => other === value).length + 1) / 2,
            );
          const mean = (values: number[]): number =>
            values.reduce((sum, value) => sum + value, 0) / values.length;
          const [a, b] = [rank(left), rank(right)];
          const covariance = mean(a.map((value, at) => (value - mean(a)) * (b[at]! - mean(b))));
          const deviation = (values: number[]): number =>
            Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
          const found = spearman(left, right);
          if (deviation(a) === 0 || deviation(b) === 0) expect(found).toBeNull();
          else expect(found).toBeCloseTo(covariance / deviation(a) / deviation(b), 12);
        },
      ),
    );
  });
});

describe('delays and horizons', () => {
  const n = 400;
  const closes = Float64Array.from(
    { length: n },
    (_, row) => 100 + Math.sin(row * 1.7) + Math.cos(row * row),
  );
  const opens = closes.map((value, row) => value * (1 + 0.001 * Math.sin(row * row * 1.3)));

  it('find the whole signal in the bar it foretells and nowhere else', () => {
    const foretold = Float64Array.from({ length: n }, (_, row) =>
      row + 3 < n ? closes[row + 3]! / opens[row + 3]! - 1 : Number.NaN,
    );
    const judged = judgedOf(foretold, opens, closes);
    expect(delayIc(judged, 2)).toMatchObject({ bars: 2, n: n - 3 });
    expect(delayIc(judged, 2).ic).toBeCloseTo(1, 12);
    expect(Math.abs(delayIc(judged, 0).ic!)).toBeLessThan(0.5);
  });

  it('pay a horizon from the next open to its last close, and nothing across a hole', () => {
    const over = Float64Array.from({ length: n }, (_, row) =>
      row + 5 < n ? closes[row + 5]! / opens[row + 1]! - 1 : Number.NaN,
    );
    expect(horizonIc(judgedOf(over, opens, closes), 5).ic).toBeCloseTo(1, 12);
    const whole = horizonIc(judgedOf(closes, opens, closes), 5).n;
    expect(horizonIc(judgedOf(closes, opens, closes, 200), 5).n).toBe(whole - 5);
  });

  it('delay 0 is the target itself', () => {
    const judged = judgedOf(closes, opens, closes, 100);
    expect(delayIc(judged, 0).ic).toBe(summarizeIc(judged).ic);
  });
});

/** Two folds of twenty days of hourly bars: the first predicts one value, the second the next return itself. */
function halfConstant(): Judged {
  const [hour, rows] = [60 * MINUTE, 40 * 24];
  const openTimeMs = Float64Array.from({ length: rows + 1 }, (_, row) => row * hour);
  const open = new Float64Array(rows + 1).fill(1);
  const close = open.map((_, row) => 1 + 0.01 * Math.sin(row * row + 1));
  const timeMs = openTimeMs.slice(0, rows);
  const target = timeMs.map((_, row) => close[row + 1]! - 1);
  const none = { timeMs: new Float64Array(), prediction: new Float64Array() };
  return {
    intervalMs: hour,
    folds: ['constant', 'perfect'],
    symbols: [
      {
        symbol: 'X',
        timeMs,
        prediction: target.map((value, row) => (row < rows / 2 ? 0 : value)),
        target,
        fold: Int32Array.from(timeMs, (_, row) => Number(row >= rows / 2)),
        barRow: matchTimes(timeMs, openTimeMs),
        bars: { openTimeMs, open, close },
        validation: [none, none],
      },
    ],
  };
}

describe('a fold without an IC', () => {
  const evaluation = evaluateSignal(halfConstant(), {
    scope: 'global',
    bins: 5,
    trailingDays: 7,
    interval: '1h',
    signal: 'model',
    importance: [],
    sourceRows: {},
  });

  it('moves no mean of the others', () => {
    const { ic } = evaluation;
    expect(ic.byFold.map((fold) => fold.ic)).toEqual([null, expect.closeTo(1, 12)]);
    expect(ic.ic).toBeCloseTo(1, 12);
    expect(ic.daily!.n).toBe(evaluation.days);
    expect(ic.daily!.mean).toBeGreaterThan(0.8);
    expect(evaluation.delays[0]).toMatchObject({ n: 480, ic: expect.closeTo(1, 12) as number });
    for (const { ic: hour, days } of ic.byHour) {
      expect(hour).toBeGreaterThan(0.5);
      expect(days).toBeLessThanOrEqual(21);
    }
  });

  it('leaves its days, months and rows null, never 0, with a reason', () => {
    const { byDay, byMonth } = evaluation.ic;
    const day = (label: string): unknown => byDay.find((each) => each.label === label);
    expect(day('1970-01-10')).toEqual({ label: '1970-01-10', n: 0, ic: null });
    expect(byMonth[0]!.n).toBe(31 * 24 - 1 - 480);
    const lines = informationCsv(evaluation).split('\n');
    expect(lines).toContain('day,1970-01-10,,0,,,');
    expect(lines.find((line) => line.startsWith('all,mean,,480,'))).toBeDefined();
    expect(evaluation.reasons['ic.byFold']).toMatch(/1 of 2 folds and symbols have no IC/);
    expect(evaluation.reasons['ic.byDay']).toMatch(/20 of 41 days/);
  });
});

describe('evaluateSignal', () => {
  it('says why a number is absent', () => {
    const flat = judgedOf(
      new Float64Array(50),
      new Float64Array(50).fill(1),
      Float64Array.from({ length: 50 }, (_, row) => 1 + row),
    );
    const options = {
      scope: 'global',
      bins: 5,
      trailingDays: 7,
      interval: '1m',
      signal: 'model',
      importance: [],
      sourceRows: {},
    } as const;
    const evaluation = evaluateSignal(flat, options);
    expect(evaluation.ic.ic).toBeNull();
    expect(evaluation.reasons['ic.ic']).toMatch(/two different predictions/);
    expect(evaluation.reasons.quantiles).toMatch(/5 of 5 quantiles hold no row/);
    expect(quantileCsv(evaluation).split('\n').slice(0, 2)).toEqual([
      'quantile,avg_return,cum_return,count,std_error,t,scope',
      '1,,,0,,,global (ex post)',
    ]);
  });

  it('counts, averages and compounds each quantile', () => {
    const closes = [1, 1.1, 0.9, 1.2, 1, 1.3];
    const judged = judgedOf([1, 2, 1, 2, 1, 2], new Float64Array(6).fill(1), closes);
    const options = {
      scope: 'global',
      bins: 2,
      trailingDays: 7,
      interval: '1m',
      signal: 'model',
      importance: [],
      sourceRows: {},
    } as const;
    const [low, high] = evaluateSignal(judged, options).quantiles;
    expect(low).toMatchObject({ quantile: 1, count: 3 });
    expect(low!.meanBp).toBeCloseTo((1e4 * (0.1 + 0.2 + 0.3)) / 3, 9);
    expect(low!.cumReturn).toBeCloseTo(1.1 * 1.2 * 1.3 - 1, 12);
    expect(high!.meanBp).toBeCloseTo((1e4 * (-0.1 + 0)) / 2, 9);
  });
});

describe.skipIf(!existsSync(GOLDEN))(
  'against scipy and statsmodels on a real fold (needs ../shared)',
  async () => {
    interface GoldenIc {
      pooledSpearman: number;
      meanOfProducts: number;
      daily: { day: string; n: number; meanProduct: number }[];
      neweyWestOfDailyMeans: { n: number; lags: number; mean: number; standardError: number; t: number };
      hourOfDay: Record<string, number>;
    }
    const present = existsSync(GOLDEN);
    const { ic: golden } = present
      ? (JSON.parse(readFileSync(`${GOLDEN}/statistics/expected.json`, 'utf8')) as { ic: GoldenIc })
      : { ic: null! };
    const bytes = present ? readFileSync(`${GOLDEN}/reference-2023-03/predictions-100-rounds.parquet`) : null;
    const rows = bytes
      ? await parquetReadObjects({
          file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
        })
      : [];
    const column = (names: string[]): Float64Array => {
      const name = names.find((each) => rows[0] && each in rows[0])!;
      return Float64Array.from(rows, (row) => Number(row[name]));
    };
    const timeMs = rows.length ? column(['timestamp', 'time']) : new Float64Array();
    const judged: Judged = {
      intervalMs: MINUTE,
      folds: ['f'],
      symbols: [
        {
          symbol: 'ETHUSDT',
          timeMs,
          prediction: rows.length ? column(['prediction', 'pred', 'y_pred']) : timeMs,
          target: rows.length ? column(['target', 'fwd1min', 'label', 'y']) : timeMs,
          fold: new Int32Array(rows.length),
          barRow: new Int32Array(rows.length).fill(-1),
          bars: { openTimeMs: timeMs, open: timeMs, close: timeMs },
          validation: [{ timeMs: new Float64Array(), prediction: new Float64Array() }],
        },
      ],
    };
    const summary = summarizeIc(judged);

    it('the pooled and the mean IC agree to 1e-9', () => {
      expect(summary.pooled).toBeCloseTo(golden.pooledSpearman, 9);
      expect(summary.ic).toBeCloseTo(golden.meanOfProducts, 9);
    });

    it('the daily means agree to 1e-9', () => {
      expect(summary.byDay.map(({ label, n }) => [label, n])).toEqual(
        golden.daily.map(({ day, n }) => [day, n]),
      );
      summary.byDay.forEach(({ ic }, at) => expect(ic!).toBeCloseTo(golden.daily[at]!.meanProduct, 9));
    });

    it('the hours of day agree to 1e-9', () => {
      for (const { label, ic } of summary.byHour) expect(ic!).toBeCloseTo(golden.hourOfDay[label]!, 9);
      expect(summary.byHour).toHaveLength(24);
    });

    it('Newey-West agrees to 1e-9', () => {
      expect(summary.daily).toMatchObject({
        n: golden.neweyWestOfDailyMeans.n,
        lags: golden.neweyWestOfDailyMeans.lags,
      });
      expect(summary.daily!.standardError).toBeCloseTo(golden.neweyWestOfDailyMeans.standardError, 9);
      expect(summary.daily!.t).toBeCloseTo(golden.neweyWestOfDailyMeans.t, 9);
      const daily = neweyWest(golden.daily.map(({ meanProduct }) => meanProduct))!;
      expect(daily.t).toBeCloseTo(golden.neweyWestOfDailyMeans.t, 9);
    });
  },
);
