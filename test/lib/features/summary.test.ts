import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summariseColumn } from '../../../lib/features/summary.js';

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
