import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollingRank } from '../../../../lib/features/formulas/rolling-rank.js';

const ROWS = 400;

/** By its definition: NaN until the window is full and where it holds a NaN. */
function naiveRank(values: Float64Array, windowBars: number): Float64Array {
  return values.map((value, t) => {
    if (t < windowBars - 1) return Number.NaN;
    const window = [...values.subarray(t - windowBars + 1, t + 1)];
    if (window.some(Number.isNaN)) return Number.NaN;
    const below = window.filter((other) => other < value).length;
    const equal = window.filter((other) => other === value).length;
    return (2 * below + equal) / (2 * windowBars);
  });
}

describe('rollingRank', () => {
  const value = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: -6, max: 6 }) },
    { weight: 20, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, -0, 1e-8, 1e8) },
  );
  const columns = fc.array(value, { minLength: ROWS, maxLength: ROWS }).map((all) => Float64Array.from(all));

  // Up to 64 bars each pair is compared, beyond that the window is kept sorted.
  for (const windowBars of [2, 14, 64, 65, 100, ROWS + 1]) {
    it(`is the naive rank to the bit, among ${windowBars} bars`, () => {
      fc.assert(
        fc.property(columns, (values) => {
          const output = new Float64Array(ROWS).fill(Number.NaN);
          rollingRank(
            { segment: { start: 0, end: ROWS }, windowBars, ordinalOf: (row) => row },
            values,
            output,
          );
          expect(output).toEqual(naiveRank(values, windowBars));
        }),
        { numRuns: 20 },
      );
    });
  }

  it('starts with its segment and writes nothing outside of it', () => {
    const values = Float64Array.from({ length: ROWS }, (_, t) => (t * 7) % 31);
    for (const windowBars of [14, 70]) {
      const output = new Float64Array(ROWS).fill(Number.NaN);
      rollingRank({ segment: { start: 100, end: 300 }, windowBars, ordinalOf: (row) => row }, values, output);
      expect(output.subarray(100, 300)).toEqual(naiveRank(values.subarray(100, 300), windowBars));
      expect(output.subarray(0, 100).every(Number.isNaN)).toBe(true);
      expect(output.subarray(300).every(Number.isNaN)).toBe(true);
    }
  });
});
