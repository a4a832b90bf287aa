/** Numbers of the CSV parser against `Number`, and what it makes of lines that are none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKlinesCsv } from '../../../lib/market/klines-csv.js';
import { CSV_HEADER } from '../../../simulator/sources/csv-lines.js';

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

const ROW = `${OPEN_MS},1,1,1,1,1,${OPEN_MS + 59_999},1,1,1,1,0`;

/** `ROW` with the field `column`, counted from 0, in place of its own. */
function rowWith(column: number, field: string): string {
  return ROW.split(',')
    .map((own, at) => (at === column ? field : own))
    .join(',');
}

describe('a field that is no decimal number is refused with its line and column', () => {
  const NO_NUMBERS = [
    '',
    ' ',
    '.',
    'x',
    '1.2.3',
    '5x',
    '--1',
    'NaN',
    'Infinity',
    '0x10',
    '0b1',
    '0o7',
    '1_000',
    '1e',
    ' 1',
  ];

  it.each(NO_NUMBERS)('"%s"', (field) => {
    const text = [ROW, ROW, rowWith(1, field)].join('\n');
    expect(() => parseKlinesCsv(Buffer.from(text), 'a.csv')).toThrow(
      expect.objectContaining({
        code: 'KLINES_CSV_UNREADABLE',
        what: `Line 3 of a.csv has ${JSON.stringify(field)} as open (column 2), which is no number.`,
      }) as Error,
    );
  });

  it('in each of the eleven columns that are used', () => {
    for (let column = 0; column < 11; column++) {
      const text = [CSV_HEADER, rowWith(column, 'x')].join('\r\n');
      expect(() => parseKlinesCsv(Buffer.from(text))).toThrow(`Line 2 of the kline file has "x"`);
      expect(() => parseKlinesCsv(Buffer.from(text))).toThrow(`(column ${column + 1})`);
    }
    expect(parseKlinesCsv(Buffer.from(rowWith(11, 'x'))).bars.length).toBe(1);
  });

  it('whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789+-.eExb_ N'), maxLength: 12 }), (field) => {
        const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(field);
        if (isDecimal) expect(opens([field])).toEqual([Number(field)]);
        else expect(() => opens([field])).toThrow(/column 2/);
      }),
    );
  });
});

describe('a row of another number of fields is refused with its line', () => {
  it.each([1, 5, 10, 11])('%i', (fields) => {
    const short = ROW.split(',').slice(0, fields).join(',');
    for (const end of ['', '\n', '\r\n']) {
      expect(() => parseKlinesCsv(Buffer.from(`${ROW}\n${short}${end}`))).toThrow(
        `Line 2 of the kline file has ${fields} fields, not 12`,
      );
    }
  });

  it('13', () => {
    expect(() => parseKlinesCsv(Buffer.from(`${ROW},0\n`))).toThrow('has more than 12 fields');
  });
});

it('a file may be empty, end without a line feed, or have empty lines', () => {
  expect(parseKlinesCsv(Buffer.alloc(0)).bars.length).toBe(0);
  expect(parseKlinesCsv(Buffer.from(ROW)).bars.length).toBe(1);
  expect(parseKlinesCsv(Buffer.from(`\n${ROW}\r\n\r\n${ROW}\n\n`)).bars.length).toBe(2);
});

describe('lines are counted as an editor counts them', () => {
  const bad = rowWith(1, 'x');

  it.each([
    ['after empty lines', `\n${ROW}\n\n\n${ROW}\n${bad}`, 6],
    ['after empty lines of CRLF', `${ROW}\r\n\r\n\r\n${bad}\r\n`, 4],
    ['after a header and an empty line', `${CSV_HEADER}\n\n${bad}\n`, 3],
  ])('%s', (_name, text, line) => {
    expect(() => parseKlinesCsv(Buffer.from(text))).toThrow(`Line ${line} of the kline file has "x"`);
  });
});

it('what stands in memory behind a file is not read as a part of it', () => {
  const rows = [ROW, rowWith(10, '12'), rowWith(10, '1.5')];
  for (const text of [...rows, `${ROW}\n${rowWith(10, '7')}`, '1', `${ROW}\n1`]) {
    const memory = Buffer.from(`${text}${'9'.repeat(64)}`);
    const alone = (): unknown => parseKlinesCsv(Buffer.from(text)).bars;
    const before = (): unknown => parseKlinesCsv(memory.subarray(0, text.length)).bars;
    if (/,0$/.test(text)) expect(before()).toEqual(alone());
    else expect(before).toThrow(/has 1 fields, not 12/);
  }
  const { bars } = parseKlinesCsv(Buffer.from(`${rows.join('\n')}`));
  expect([...bars.takerBuyQuoteVolume]).toEqual([1, 12, 1.5]);
});
