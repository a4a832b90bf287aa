import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sortedOrder } from '../../../lib/evaluation/radix-order.js';

it('orders doubles as a stable comparison sort does, -0 with 0 and NaN last', () => {
  const values = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, 1, -1, 5e-324, -5e-324, Infinity, -Infinity, Number.NaN),
  );
  fc.assert(
    fc.property(fc.array(values), (list) => {
      const expected = list
        .map((_, row) => row)
        .sort((left, right) => {
          const [a, b] = [list[left]!, list[right]!];
          if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
          return a < b ? -1 : a > b ? 1 : 0;
        });
      expect([...sortedOrder(Float64Array.from(list))]).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
