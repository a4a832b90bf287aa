import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rounded, thinSeries } from '../../../lib/report/downsample.js';

const series = fc
  .array(
    fc.oneof({ weight: 9, arbitrary: fc.double({ noNaN: true, min: -1e6, max: 1e6 }) }, fc.constant(NaN)),
    {
      minLength: 1,
      maxLength: 400,
    },
  )
  .map((y) => ({ x: y.map((_, row) => row * 60_000), y }));

const known = (values: readonly number[]): number[] => values.filter((value) => !Number.isNaN(value));

describe('thinning a series for a figure', () => {
  it('keeps the ends, the least and the greatest value, in order and within the limit', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 4, max: 60 }), ({ x, y }, limit) => {
        const thin = thinSeries(x, y, limit);
        expect(thin.x.length).toBe(thin.y.length);
        expect(thin.x.length).toBeLessThanOrEqual(Math.max(limit, 1));
        expect(thin.x[0]).toBe(x[0]);
        expect(thin.x.at(-1)).toBe(x.at(-1));
        expect([...thin.x].sort((left, right) => left - right)).toEqual(thin.x);
        const all = known(y).map(rounded);
        if (all.length === 0) return;
        expect(Math.max(...known(thin.y))).toBe(Math.max(...all));
        expect(Math.min(...known(thin.y))).toBe(Math.min(...all));
      }),
    );
  });

  it('shows only values that the series has at that time', () => {
    fc.assert(
      fc.property(series, ({ x, y }) => {
        const thin = thinSeries(x, y, 20);
        thin.x.forEach((time, index) => expect(thin.y[index]).toEqual(rounded(y[x.indexOf(time)]!)));
      }),
    );
  });

  it('leaves a short series as it is', () => {
    expect(thinSeries([1, 2, 3], [0.5, NaN, -0.25], 4)).toEqual({ x: [1, 2, 3], y: [0.5, NaN, -0.25] });
  });

  it('leaves a gap where a long stretch is missing', () => {
    const y = Array.from({ length: 1000 }, (_, row) => (row >= 300 && row < 700 ? NaN : Math.sin(row)));
    const thin = thinSeries(
      y.map((_, row) => row),
      y,
      100,
    );
    const gap = thin.x.filter((_, index) => Number.isNaN(thin.y[index]!));
    expect(gap.length).toBeGreaterThan(10);
    expect(gap.every((row) => row >= 300 && row < 700)).toBe(true);
  });

  it('keeps a spike of one bar among half a million', () => {
    const rows = 500_000;
    const x = Float64Array.from({ length: rows }, (_, row) => row);
    const y = new Float64Array(rows);
    y[123_457] = 9;
    y[400_001] = -9;
    const thin = thinSeries(x, y);
    expect(thin.y[thin.x.indexOf(123_457)]).toBe(9);
    expect(thin.y[thin.x.indexOf(400_001)]).toBe(-9);
    expect(thin.x.length).toBeLessThanOrEqual(4000);
  });
});
