/** Numbers of the CSV parser against `Number`, and what it makes of lines that are none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKlinesCsv } from '../../../lib/market/klines-csv.js';

const OPEN_MS = Date.UTC(2023, 2);

/** What the parser reads from `fields` as the open prices of rows. */
function opens(fields: readonly string[]): number[] {
  const lines = fields.map(
    (field, row) =>
      `${OPEN_MS + row * 60_000},${field},1,1,1,1,${OPEN_MS + row * 60_000 + 59_999},1,1,1,1,0\n`,
  );
  return [...parseKlinesCsv(Buffer.from(lines.join(''))).bars.open];
}

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

describe('numbers are rounded as Number rounds them', () => {
  it('of any count of digits before and after the point', () => {
    const decimal = fc.tuple(digits(1, 20), digits(1, 25)).map(([whole, part]) => `${whole}.${part}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(decimal, digits(1, 25)), { minLength: 1, maxLength: 50 }), (fields) => {
        expect(opens(fields)).toEqual(fields.map(Number));
      }),
      { numRuns: 500 },
    );
  });

  it('around 2^53, where a double holds no longer every integer', () => {
    const fields = Array.from({ length: 200 }, (_, index) => String(2n ** 53n - 100n + BigInt(index)));
    const decimals = fields.flatMap((text) =>
      [1, 8, 15].map((places) => `${text.slice(0, -places)}.${text.slice(-places)}`),
    );
    expect(opens([...fields, ...decimals])).toEqual([...fields, ...decimals].map(Number));
  });

  it('of the shortest text of any double', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    fc.assert(fc.property(double, (text) => Object.is(opens([text])[0], Number(text))));
  });
});

it.each(['', ' ', '.', 'x', '1.2.3', '5x', '--1', 'NaN'])('"%s" is no number', (field) => {
  expect(opens([field])).toEqual([Number.NaN]);
});
