import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barsFromTable, KLINES_COLUMNS, tableFromBars } from '../../../lib/bars/bar-file.js';
import {
  allocateBars,
  BAR_COLUMNS,
  concatBars,
  lowerBound,
  sliceBars,
  type BarTable,
} from '../../../lib/bars/bar-table.js';
import {
  addMonths,
  dayOf,
  isoOf,
  monthEndMs,
  monthOf,
  monthsBetween,
  monthStartMs,
  targetName,
} from '../../../lib/bars/interval.js';
import { findHoles, findSegments } from '../../../lib/bars/segments.js';
import { numberColumn } from '../../../lib/store/table.js';

const MINUTE = 60_000;

function barsAt(minutes: readonly number[]): BarTable {
  const bars = allocateBars(minutes.length);
  minutes.forEach((minute, row) => {
    for (const name of BAR_COLUMNS) bars[name][row] = minute * 10 + BAR_COLUMNS.indexOf(name);
    bars.openTimeMs[row] = minute * MINUTE;
  });
  return bars;
}

const minutes = fc
  .uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 120 })
  .map((list) => list.sort((a, b) => a - b));

describe('segments and holes', () => {
  it('split the rows exactly where a bar is missing', () => {
    fc.assert(
      fc.property(minutes, (list) => {
        const segments = findSegments(barsAt(list).openTimeMs, MINUTE);
        expect(segments.flatMap(({ start, end }) => list.slice(start, end))).toEqual(list);
        for (const { start, end } of segments) expect(list[end - 1]! - list[start]!).toBe(end - 1 - start);
        for (let at = 1; at < segments.length; at++) {
          expect(list[segments[at]!.start]! - list[segments[at - 1]!.end - 1]!).toBeGreaterThan(1);
        }
      }),
    );
  });

  it('cover, with the bars, the whole range once', () => {
    fc.assert(
      fc.property(minutes, (list) => {
        const holes = findHoles(barsAt(list), MINUTE, 0, 201 * MINUTE);
        const missing = holes.flatMap(({ startMs, bars }) =>
          Array.from({ length: bars }, (_, at) => startMs / MINUTE + at),
        );
        expect([...list, ...missing].sort((a, b) => a - b)).toEqual(
          Array.from({ length: 201 }, (_, minute) => minute),
        );
      }),
    );
  });
});

describe('bar tables', () => {
  it('come back from their file columns as they were', () => {
    const bars = barsAt([3, 4, 9]);
    const table = tableFromBars(bars);
    expect([...table.columns.keys()]).toEqual(BAR_COLUMNS.map((name) => KLINES_COLUMNS[name]));
    expect(barsFromTable(table)).toEqual(bars);
  });

  it('say which column a file lacks', () => {
    const table = { rows: 1, columns: new Map([['timestamp', numberColumn(new Float64Array(1))]]) };
    expect(() => barsFromTable(table)).toThrow(/open/);
  });

  it('are cut and joined without change', () => {
    const bars = barsAt([1, 2, 3, 7]);
    expect(concatBars([sliceBars(bars, 0, 2), sliceBars(bars, 2, 4)])).toEqual(bars);
    expect(concatBars([]).length).toBe(0);
  });

  it('are searched for the first row at or after a time', () => {
    fc.assert(
      fc.property(minutes, fc.integer({ min: -1, max: 202 }), (list, minute) => {
        const expected = list.findIndex((each) => each >= minute);
        expect(lowerBound(barsAt(list).openTimeMs, minute * MINUTE)).toBe(
          expected < 0 ? list.length : expected,
        );
      }),
    );
  });
});

describe('the calendar', () => {
  it('joins months end to start', () => {
    for (const month of monthsBetween(Date.UTC(2019, 10, 5), Date.UTC(2020, 3, 1))) {
      expect(monthOf(monthStartMs(month))).toBe(month);
      expect(monthOf(monthEndMs(month) - 1)).toBe(month);
    }
    expect(monthsBetween(Date.UTC(2019, 10, 5), Date.UTC(2020, 2, 1))).toEqual([
      '2019-11',
      '2019-12',
      '2020-01',
      '2020-02',
    ]);
    expect(monthsBetween(5, 5)).toEqual([]);
  });

  it('clamps the day of month, leap years included', () => {
    const at = (text: string): number => Date.parse(`${text}Z`);
    expect(addMonths(at('2020-01-31T07:30'), 1)).toBe(at('2020-02-29T07:30'));
    expect(addMonths(at('2021-03-31T00:00'), -1)).toBe(at('2021-02-28T00:00'));
    expect(addMonths(at('2021-12-15T00:00'), 13)).toBe(at('2023-01-15T00:00'));
  });

  it('writes midnights as dates and other moments with their time', () => {
    expect(isoOf(Date.UTC(2023, 2, 1))).toBe('2023-03-01');
    expect(isoOf(Date.UTC(2023, 2, 1, 12, 39))).toBe('2023-03-01T12:39:00Z');
    expect(dayOf(Date.UTC(2023, 2, 1, 23, 59))).toBe('2023-03-01');
  });

  it('names the target by the minutes of the interval', () => {
    expect([targetName('1m'), targetName('5m'), targetName('1h')]).toEqual([
      'fwd1min',
      'fwd5min',
      'fwd60min',
    ]);
  });
});
