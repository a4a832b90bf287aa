import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinSummaries, summariseColumn, type RowsSummary } from '../../../lib/features/summary.js';

describe('summariseColumn', () => {
  it('is about the values that are there, and says how many are not', () => {
    expect(summariseColumn(Float64Array.of(1, NaN, 4, NaN))).toEqual({
      nanFrac: 0.5,
      min: 1,
      max: 4,
      mean: 2.5,
    });
  });

  it('has no numbers where there are no values', () => {
    const none = { min: null, max: null, mean: null };
    expect(summariseColumn(new Float64Array())).toEqual({ nanFrac: 0, ...none });
    expect(summariseColumn(Float64Array.of(NaN))).toEqual({ nanFrac: 1, ...none });
  });

  it('has a mean between the extremes, whatever their size', () => {
    const value = fc.double({ min: -1e307, max: 1e307, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const { min, max, mean } = summariseColumn(Float64Array.from(values));
        const slack = 1e-9 * Math.max(Math.abs(min!), Math.abs(max!));
        expect(mean! >= min! - slack && mean! <= max! + slack).toBe(true);
      }),
    );
  });
});

describe('joinSummaries', () => {
  const summaryOf = (values: readonly number[], warmUp: number): RowsSummary => ({
    rows: values.length,
    dropped: { warmUp, unusableBar: 1, noFeature: 2 },
    columns: { x: summariseColumn(Float64Array.from(values)) },
  });

  it('is the summary of all rows together', () => {
    const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(fc.array(value), { minLength: 1 }), (parts) => {
        const joined = joinSummaries(parts.map((values, at) => summaryOf(values, at)));
        const whole = summariseColumn(Float64Array.from(parts.flat()));
        expect(joined.rows).toBe(parts.flat().length);
        expect(joined.dropped.noFeature).toBe(2 * parts.length);
        expect(joined.columns['x']!.min).toBe(whole.min);
        expect(joined.columns['x']!.max).toBe(whole.max);
        expect(joined.columns['x']!.nanFrac).toBeCloseTo(whole.nanFrac, 12);
        if (whole.mean !== null) expect(joined.columns['x']!.mean).toBeCloseTo(whole.mean, 6);
      }),
    );
  });
});
