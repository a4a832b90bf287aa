import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSegments, MINUTE_MS } from '../../../../lib/bars/index.js';
import { firstDifference, mulberry32 } from '../markets.js';
import { compileOn, type Rows } from './compile-on.js';
import { evaluate, formulas, textOf, type Node } from './naive-formula.js';

// No multiple of the four rows that a turn of the loops takes.
const ROWS = 83;

/** Moments joined by Chan's rule against two naive passes over small whole numbers. */
const RELATIVE = 1e-9;

/** Small whole numbers times a unit, flat stretches, a missing value now and then, holes in time. */
function makeData(seed: number, missing: number, units: readonly number[] = [1, 1, 1]): Rows {
  const random = mulberry32(seed);
  const openTimeMs = new Float64Array(ROWS);
  let timeMs = Date.UTC(2023, 2, 24) + Math.floor(random() * 1000) * MINUTE_MS;
  for (let t = 0; t < ROWS; t++) {
    openTimeMs[t] = timeMs;
    timeMs += MINUTE_MS * (random() < 0.03 ? 7 : 1);
  }
  const column = (unit: number): Float64Array => {
    let value = 3;
    return Float64Array.from({ length: ROWS }, () => {
      if (random() < 0.6) value = Math.floor(random() * 12) - 4;
      return random() < missing ? Number.NaN : value * unit;
    });
  };
  const [a, b, c] = units as [number, number, number];
  return { openTimeMs, columns: { a: column(a), b: column(b), c: column(c) } };
}

async function compute(text: string, rows: Rows): Promise<Float64Array> {
  return (await compileOn(text, ['a', 'b', 'c'])).compute(rows);
}

function naive(node: Node, { openTimeMs, columns }: Rows): number[] {
  return findSegments(openTimeMs, MINUTE_MS).flatMap(({ start, end }) =>
    evaluate(
      node,
      Object.fromEntries(
        Object.entries(columns).map(([name, column]) => [name, [...column.slice(start, end)]]),
      ),
    ),
  );
}

const isClose = (got: number, expected: number): boolean =>
  Number.isNaN(expected)
    ? Number.isNaN(got)
    : Math.abs(got - expected) <= RELATIVE * Math.max(1, Math.abs(expected));

describe('a compiled formula', () => {
  it('has the values of a naive evaluation, bar by bar', async () => {
    await fc.assert(
      fc.asyncProperty(formulas, fc.integer(), fc.constantFrom(0, 0.05), async (node, seed, missing) => {
        const data = makeData(seed, missing);
        const got = await compute(textOf(node), data);
        const expected = naive(node, data);
        const wrong = expected.findIndex((value, t) => !isClose(got[t]!, value));
        expect(wrong, `${textOf(node)} at ${wrong}: ${got[wrong]} for ${expected[wrong]}`).toBe(-1);
      }),
      { numRuns: 400 },
    );
  });

  it('does not move when later values change', async () => {
    await fc.assert(
      fc.asyncProperty(
        formulas,
        fc.integer(),
        fc.integer({ min: 1, max: ROWS - 1 }),
        fc.array(fc.constantFrom(1e-8, 1, 1e8), { minLength: 3, maxLength: 3 }),
        async (node, seed, kept, units) => {
          const data = makeData(seed, 0.02, units);
          const other = makeData(seed + 1, 0.2, units);
          const columns = Object.fromEntries(
            Object.entries(data.columns).map(([name, column]) => {
              const mixed = column.slice();
              mixed.set(other.columns[name]!.subarray(kept), kept);
              return [name, mixed];
            }),
          );
          const text = textOf(node);
          const before = await compute(text, data);
          const after = await compute(text, { ...data, columns });
          expect(firstDifference(before, after, kept), text).toBe(-1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never has an infinite value', async () => {
    const huge = new Float64Array(ROWS).fill(1e300);
    const { openTimeMs } = makeData(1, 0);
    const columns = { a: huge, b: new Float64Array(ROWS), c: huge };
    for (const text of [
      'a * c',
      'a + 1e308 * 9',
      'a / b',
      'log(b)',
      'exp(a)',
      'a ^ 2',
      'sum(a * 1e8, 9)',
      'mod(a, b)',
    ]) {
      const values = await compute(text, { openTimeMs, columns });
      expect(values.every(Number.isNaN), text).toBe(true);
    }
  });
});

describe('the rules of formulas', () => {
  const values = async (text: string, a: number, b = 0): Promise<number> => {
    const columns = { a: Float64Array.of(a), b: Float64Array.of(b), c: Float64Array.of(1) };
    return (await compute(text, { openTimeMs: Float64Array.of(0), columns }))[0]!;
  };

  it('make comparisons and logic with a missing operand missing', async () => {
    for (const text of [
      'a > 1',
      'a != a',
      'a == a',
      'a or true',
      'a and false',
      'not a',
      'a ? 1 : 2',
      'a ^ 0',
    ]) {
      expect(await values(text, Number.NaN), text).toBeNaN();
    }
  });

  it('read precedence and chains as mathematics does', async () => {
    expect(await values('-a^2', 3)).toBe(-9);
    expect(await values('2^3^2', 0)).toBe(512);
    expect(await values('0 < a < 5', 3)).toBe(1);
    expect(await values('0 < a < 2', 3)).toBe(0);
    expect(await values('a > 1 and not (b > 1) or false', 3, 0)).toBe(1);
    expect(await values('a > 5 ? 1 : a > 2 ? 2 : 3', 3)).toBe(2);
    expect(await values('-7 mod 3', 0)).toBe(2);
    expect(await values('1e2 + .5 + 2.', 0)).toBe(102.5);
    expect(await values('a\n+\r\n1', 1)).toBe(2);
  });

  it('compute windows from constants', async () => {
    const columns = { a: Float64Array.of(1, 2, 4), b: new Float64Array(3), c: new Float64Array(3) };
    const openTimeMs = Float64Array.of(0, MINUTE_MS, 2 * MINUTE_MS);
    expect([...(await compute('lag(a, 3 - 1)', { openTimeMs, columns }))]).toEqual([NaN, NaN, 1]);
    expect([...(await compute('diff(a)', { openTimeMs, columns }))]).toEqual([NaN, 1, 2]);
    expect([...(await compute('lag(a)', { openTimeMs, columns }))]).toEqual([NaN, 1, 2]);
    expect([...(await compute('lag(a, 0)', { openTimeMs, columns }))]).toEqual([1, 2, 4]);
  });

  it('name the outputs of an indicator with a dot', async () => {
    const { uses, compute } = await compileOn('macd.signal / macd + 2', ['macd', 'macd.signal']);
    expect(uses).toEqual(['macd.signal', 'macd']);
    const columns = { macd: Float64Array.of(2), 'macd.signal': Float64Array.of(3) };
    expect(compute({ openTimeMs: Float64Array.of(0), columns })[0]).toBe(3.5);
  });

  it('tell the columns that are used, each once', async () => {
    expect((await compileOn('-a + lag(b, 2) * a', ['a', 'b', 'c'])).uses).toEqual(['a', 'b']);
  });
});
