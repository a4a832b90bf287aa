import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spearmanIc } from '../../native/index.js';

/** Average ranks by counting, the definition itself. */
function averageRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const less = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return less + (equal + 1) / 2;
  });
}

/** Pearson's correlation of ranks, all sums exact as long as they stay below 2^53. */
function naiveSpearman(left: readonly number[], right: readonly number[]): number {
  const n = left.length;
  const centred = [averageRanks(left), averageRanks(right)].map((ranks) =>
    ranks.map((rank) => rank - (n + 1) / 2),
  );
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const scale = 1 / (n - 1);
  const deviation = (ranks: number[]): number => Math.sqrt(dot(ranks, ranks) * scale);
  const [x, y] = centred as [number[], number[]];
  if (n < 2 || dot(x, x) === 0 || dot(y, y) === 0) return NaN;
  return Math.max(-1, Math.min(1, (dot(x, y) * scale) / deviation(y) / deviation(x)));
}

const values = (length: number) =>
  fc.oneof(
    fc.array(fc.double({ noNaN: true }), { minLength: length, maxLength: length }),
    fc.array(fc.integer({ min: -3, max: 3 }), { minLength: length, maxLength: length }),
    fc.array(fc.double({ min: 1, max: 1 + 1e-13, noNaN: true }), { minLength: length, maxLength: length }),
    fc.array(fc.constantFrom(0, -0, 1e-320, -1e-320, Infinity, -Infinity, 5), {
      minLength: length,
      maxLength: length,
    }),
  );

const pairs = fc.integer({ min: 0, max: 60 }).chain((length) => fc.tuple(values(length), values(length)));

const ic = (left: readonly number[], right: readonly number[]): number =>
  spearmanIc(Float64Array.from(left), Float64Array.from(right));

describe('spearmanIc', () => {
  it('equals the correlation of ranks by definition, bit for bit, on any numbers', () => {
    fc.assert(
      fc.property(pairs, ([left, right]) => {
        expect(ic(left, right)).toBe(naiveSpearman(left, right));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not change under a monotone map, and changes its sign under a falling one', () => {
    fc.assert(
      fc.property(pairs, ([left, right]) => {
        const known = ic(left, right);
        const ranks = averageRanks(left);
        expect(
          ic(
            ranks.map((rank) => rank ** 3),
            right,
          ),
        ).toBe(known);
        expect(
          ic(
            left.map((value) => -value),
            right,
          ),
        ).toBe(0 - known);
      }),
    );
  });

  it('is NaN where it is undefined: a NaN, a constant, fewer than two values', () => {
    expect(ic([1, NaN, 3], [1, 2, 3])).toBeNaN();
    expect(ic([1, 2, 3], [1, NaN, 3])).toBeNaN();
    expect(ic([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(ic([0, -0], [1, 2])).toBeNaN();
    expect(ic([1], [1])).toBeNaN();
    expect(ic([], [])).toBeNaN();
  });

  it('stays exact where sums of squares pass 2^63', () => {
    const rows = 3_000_000;
    const ascending = Float64Array.from({ length: rows }, (_, row) => row);
    expect(spearmanIc(ascending, ascending)).toBe(1);
    expect(spearmanIc(ascending, ascending.slice().reverse())).toBe(-1);
  });

  it('takes float32 and float64 alike', () => {
    const floats = Float32Array.from({ length: 50 }, (_, row) => Math.sin(row * row));
    const doubles = Float64Array.from({ length: 50 }, (_, row) => Math.cos(row));
    const expected = spearmanIc(Float64Array.from(floats), doubles);
    expect(spearmanIc(floats, doubles)).toBe(expected);
    expect(spearmanIc(doubles, floats)).toBe(expected);
  });

  it.each([[1, 2, 3], 'abc', new BigInt64Array(3), null])('refuses %s', (odd) => {
    const refused = expect.objectContaining({ name: 'NativeError', code: 'BAD_MATRIX' });
    expect(() => spearmanIc(odd as never, new Float64Array(3))).toThrow(refused);
    expect(() => spearmanIc(new Float64Array(3), odd as never)).toThrow(refused);
  });

  it('refuses arrays of different lengths', () => {
    expect(() => spearmanIc(new Float64Array(2), new Float64Array(3))).toThrow(/2 predictions for 3 labels/);
  });
});
