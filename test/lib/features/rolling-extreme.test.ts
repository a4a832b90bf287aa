import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollingExtreme } from '../../../lib/features/rolling-extreme.js';

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -5, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

describe('rollingExtreme', () => {
  it('is the extreme of every full window without a missing value', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom<1 | -1>(1, -1),
        fc.nat(10),
        (raw, windowBars, sign, offset) => {
          const values = Float64Array.from(raw);
          const segment = { start: Math.min(offset, values.length - 1), end: values.length };
          const output = new Float64Array(values.length).fill(99);
          rollingExtreme(values, segment, { windowBars, sign }, output);
          values.forEach((_, t) => {
            if (t < segment.start) return expect(output[t]).toBe(99);
            const from = t - windowBars + 1;
            const pick = sign === 1 ? Math.max : Math.min;
            const expected = from < segment.start ? Number.NaN : pick(...values.subarray(from, t + 1));
            expect(output[t]! + 0).toBe(expected + 0);
          });
        },
      ),
    );
  });
});
