import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../lib/errors.js';
import { assembleRows, mergeByTime, type SymbolTables } from '../../../lib/model/matrix.js';
import { groupByTime } from '../../../lib/model/row-blocks.js';
import {
  constantColumn,
  numberColumn,
  timeColumn,
  type Column,
  type Table,
} from '../../../lib/store/table.js';

const MINUTE = 60_000;
const LAYOUT = { columns: ['f', 'g'], targetName: 'fwd1min', intervalMs: MINUTE };

/** Rows at these minutes; f tells symbol and minute, the target is missing at every fifth minute. */
function tableOf(symbol: string, minutes: readonly number[]): Table {
  const numbers = (of: (minute: number) => number) => numberColumn(Float64Array.from(minutes, of));
  return {
    rows: minutes.length,
    columns: new Map<string, Column>([
      ['symbol', constantColumn(symbol, minutes.length)],
      ['timestamp', timeColumn(Float64Array.from(minutes, (minute) => minute * MINUTE))],
      ['g', numbers(() => NaN)],
      ['f', numbers((minute) => symbol.charCodeAt(0) * 1000 + minute)],
      ['fwd1min', numbers((minute) => (minute % 5 === 0 ? NaN : minute / 100))],
    ]),
  };
}

const minutes = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 })
  .map((list) => list.sort((a, b) => a - b));
const symbolTables = fc
  .tuple(minutes, minutes, minutes, fc.integer({ min: 0, max: 60 }))
  .map(([a, b, c, cut]) =>
    [a, b, c].map((list, index): SymbolTables => {
      const symbol = 'ABC'[index]!;
      return {
        symbol,
        tables: [
          tableOf(
            symbol,
            list.filter((m) => m < cut),
          ),
          tableOf(
            symbol,
            list.filter((m) => m >= cut),
          ),
        ],
      };
    }),
  );

describe('assembleRows', () => {
  it('holds the rows filed in the window, by time and then in the order of the symbols', () => {
    fc.assert(
      fc.property(
        symbolTables,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 30 }),
        fc.boolean(),
        (symbols, start, length, withTarget) => {
          const selection = { startMs: start * MINUTE, endMs: (start + length) * MINUTE, withTarget };
          const expected = symbols
            .flatMap(({ tables }, symbol) =>
              tables.flatMap(({ columns }) =>
                [...(columns.get('timestamp') as { values: Float64Array }).values].map((ms) => ({
                  minute: ms / MINUTE,
                  symbol,
                })),
              ),
            )
            .filter(({ minute }) => minute + 1 >= start && minute + 1 < start + length)
            .filter(({ minute }) => !withTarget || minute % 5 !== 0)
            .sort((left, right) => left.minute - right.minute || left.symbol - right.symbol);
          const rows = assembleRows(symbols, LAYOUT, selection);
          expect(rows.rows).toBe(expected.length);
          expected.forEach(({ minute, symbol }, row) => {
            expect(rows.timestampMs[row]).toBe(minute * MINUTE);
            expect(rows.symbolIndex[row]).toBe(symbol);
            expect(rows.matrix[row * 2]).toBe((65 + symbol) * 1000 + minute);
            expect(rows.matrix[row * 2 + 1]).toBeNaN();
            expect(rows.target[row]).toBe(minute % 5 === 0 ? NaN : minute / 100);
          });
        },
      ),
    );
  });

  it('writes into a buffer that is large enough, and leaves one that is not', () => {
    const symbols = [{ symbol: 'A', tables: [tableOf('A', [1, 2, 3])] }];
    const selection = { startMs: 0, endMs: Infinity, withTarget: false };
    const large = new SharedArrayBuffer(1000);
    expect(assembleRows(symbols, LAYOUT, selection, large).matrix.buffer).toBe(large);
    const small = new SharedArrayBuffer(8);
    expect(assembleRows(symbols, LAYOUT, selection, small).matrix.buffer).not.toBe(small);
  });

  it('refuses a table without a column, and times out of order', () => {
    const selection = { startMs: 0, endMs: Infinity, withTarget: false };
    const without = { ...LAYOUT, columns: ['f', 'h'] };
    const symbols = [{ symbol: 'A', tables: [tableOf('A', [1, 2])] }];
    expect(() => assembleRows(symbols, without, selection)).toThrow(
      /no column h of numbers; it has symbol, timestamp/,
    );
    expect(() => assembleRows(symbols, { ...LAYOUT, targetName: 'symbol' }, selection)).toThrow(DataError);
    const twice = [{ symbol: 'A', tables: [tableOf('A', [1, 2]), tableOf('A', [2, 3])] }];
    expect(() => assembleRows(twice, LAYOUT, selection)).toThrow(
      expect.objectContaining({ code: 'TIMES_NOT_ASCENDING' }),
    );
  });
});

describe('mergeByTime', () => {
  it('gives every row of every stream its own place', () => {
    const order = mergeByTime([Float64Array.of(1, 3, 5), new Float64Array(0), Float64Array.of(1, 2, 5)]);
    expect(order.rows).toBe(6);
    expect(order.places.map((places) => [...places])).toEqual([[0, 3, 4], [], [1, 2, 5]]);
  });
});

describe('groupByTime', () => {
  const file = (symbol: number, firstMs: number, lastMs: number, rows = 1) => ({
    file: `${symbol}-${firstMs}`,
    symbol,
    rows,
    firstMs,
    lastMs,
  });
  const names = (files: ReturnType<typeof file>[]) =>
    groupByTime(files).map((group) => group.map((each) => each.file));

  it('puts the same month of all symbols together', () => {
    const files = [file(0, 0, 9), file(0, 10, 19), file(1, 2, 8), file(1, 10, 12)];
    expect(names(files)).toEqual([
      ['0-0', '1-2'],
      ['0-10', '1-10'],
    ]);
  });

  it('keeps files together that a third one overlaps, and leaves empty ones out', () => {
    const files = [file(0, 0, 4), file(1, 3, 12), file(0, 10, 19), file(2, 0, 0, 0), file(0, 20, 29)];
    expect(names(files)).toEqual([['0-0', '1-3', '0-10'], ['0-20']]);
  });
});
