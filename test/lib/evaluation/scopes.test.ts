import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchTimes, type Judged, type JudgedSymbol } from '../../../lib/evaluation/judged.js';
import { binRows, EX_POST, type ScopeOptions } from '../../../lib/evaluation/scopes.js';
import type { ScopeName } from '../../../lib/evaluation/types.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Hourly predictions of a few symbols, some missing, some equal, in two folds with validation rows before. */
const judgedMarkets = fc
  .record({
    symbols: fc.integer({ min: 1, max: 3 }),
    values: fc.array(fc.oneof(fc.integer({ min: -6, max: 6 }), fc.constant(Number.NaN)), {
      minLength: 60,
      maxLength: 160,
    }),
    holes: fc.array(fc.nat(200), { maxLength: 6 }),
    switchAt: fc.integer({ min: 1, max: 100 }),
  })
  .map(({ symbols, values, holes, switchAt }): Judged => {
    const rowsOf = (symbol: number): JudgedSymbol => {
      const own = values
        .map((value, row) => ({ value: value * (1 + symbol) - symbol, time: row * HOUR }))
        .filter((_, row) => !holes.includes(row + symbol));
      const validation = own.slice(0, 30);
      const test = own.slice(30);
      const column = (rows: typeof own, of: (row: (typeof own)[number]) => number): Float64Array =>
        Float64Array.from(rows, of);
      const part = {
        timeMs: column(validation, ({ time }) => time),
        prediction: column(validation, ({ value }) => value),
      };
      const timeMs = column(test, ({ time }) => time);
      return {
        symbol: `S${symbol}`,
        timeMs,
        prediction: column(test, ({ value }) => value),
        target: timeMs.map((time) => Math.sin(time)),
        fold: Int32Array.from(test, (_, row) => (row < switchAt ? 0 : 1)),
        barRow: matchTimes(timeMs, timeMs),
        bars: { openTimeMs: timeMs, open: timeMs, close: timeMs },
        validation: [part, { timeMs: part.timeMs, prediction: part.prediction.map((value) => -value) }],
      };
    };
    return {
      intervalMs: HOUR,
      folds: ['a', 'b'],
      symbols: Array.from({ length: symbols }, (_, index) => rowsOf(index)),
    };
  });

const options = (scope: ScopeName, bins: number): ScopeOptions => ({ scope, bins, trailingDays: 2 });

/** The rule of the bins, written out for one row against a list of values. */
function naiveBin(value: number, among: readonly number[], bins: number): number {
  const n = among.length;
  if (n === 0 || (among.every((other) => other === among[0]) && among[0] === value)) return 0;
  const less = among.filter((other) => other < value).length;
  const equal = among.filter((other) => other === value).length;
  return Math.min(bins, 1 + Math.floor((bins * (less + equal / 2)) / n));
}

/** Every row ranked against the rows that `shares` its group, coarser where the group is small. */
function naiveTogether(judged: Judged, bins: number, groupOf: (timeMs: number) => number): number[][] {
  const rows = judged.symbols.flatMap(({ timeMs, prediction }) =>
    [...timeMs].map((time, row) => ({ time, value: prediction[row]! })),
  );
  return judged.symbols.map(({ timeMs, prediction }) =>
    [...prediction].map((value, row) => {
      if (Number.isNaN(value)) return 0;
      const among = rows
        .filter(({ time, value: other }) => groupOf(time) === groupOf(timeMs[row]!) && !Number.isNaN(other))
        .map((each) => each.value);
      const coarse = Math.min(bins, among.length);
      const bin = naiveBin(value, among, coarse);
      return bin === 0 || coarse === bins ? bin : 1 + Math.round(((bin - 1) * (bins - 1)) / (coarse - 1));
    }),
  );
}

function naiveTrailing(judged: Judged, bins: number): number[][] {
  return judged.symbols.map(({ timeMs, prediction, fold, validation }) =>
    [...prediction].map((value, row) => {
      if (Number.isNaN(value)) return 0;
      const past = [...validation[fold[row]!]!.timeMs].map((time, at) => ({
        time,
        value: validation[fold[row]!]!.prediction[at]!,
      }));
      for (let before = 0; before < row; before++)
        if (fold[before] === fold[row]) past.push({ time: timeMs[before]!, value: prediction[before]! });
      const known = past.filter((each) => !Number.isNaN(each.value));
      const least = Math.max(24, bins);
      if (known.length < least) return 0;
      const recent = known.filter(({ time }) => time >= timeMs[row]! - 2 * DAY);
      const window = recent.length >= least ? recent : known.slice(-least);
      return naiveBin(
        value,
        window.map((each) => each.value),
        bins,
      );
    }),
  );
}

function naiveValidation(judged: Judged, bins: number): number[][] {
  return judged.symbols.map(({ prediction, fold, validation }) =>
    [...prediction].map((value, row) => {
      const among = [...validation[fold[row]!]!.prediction].filter((each) => !Number.isNaN(each));
      const constant = among.every((each) => each === among[0]);
      return Number.isNaN(value) || among.length < bins || constant ? 0 : naiveBin(value, among, bins);
    }),
  );
}

const naive: Record<ScopeName, (judged: Judged, bins: number) => number[][]> = {
  timestamp: (judged, bins) => naiveTogether(judged, bins, (time) => time),
  date: (judged, bins) => naiveTogether(judged, bins, (time) => Math.floor((time + HOUR) / DAY)),
  global: (judged, bins) => naiveTogether(judged, bins, () => 0),
  trailing: naiveTrailing,
  validation: naiveValidation,
};

describe.each(Object.keys(naive) as ScopeName[])('the scope %s', (scope) => {
  it('agrees with its definition written out row by row', () => {
    fc.assert(
      fc.property(judgedMarkets, fc.constantFrom(2, 5, 30), (judged, bins) => {
        const { bins: found, grid } = binRows(judged, options(scope, bins));
        const expected = naive[scope](judged, bins);
        found.forEach((own, symbol) => expect([...own]).toEqual(expected[symbol]));
        expect(grid.rowsWithoutBin).toBe(expected.flat().filter((bin) => bin === 0).length);
      }),
      { numRuns: 60 },
    );
  });

  it('looks ahead exactly if it says so', () => {
    let moved = false;
    fc.assert(
      fc.property(judgedMarkets, fc.nat(), (judged, at) => {
        const cut = Math.floor((at % judged.symbols[0]!.timeMs.length) / 2) + 1;
        const cutMs = judged.symbols[0]!.timeMs[cut]!;
        const poisoned: Judged = {
          ...judged,
          symbols: judged.symbols.map((symbol) => ({
            ...symbol,
            prediction: symbol.prediction.map((value, row) =>
              symbol.timeMs[row]! > cutMs ? 100 - value : value,
            ),
          })),
        };
        const [before, after] = [judged, poisoned].map((each) => binRows(each, options(scope, 5)).bins);
        judged.symbols.forEach(({ timeMs }, symbol) => {
          timeMs.forEach((time, row) => {
            if (time > cutMs || before![symbol]![row] === after![symbol]![row]) return;
            moved = true;
            expect(
              EX_POST[scope],
              `a later prediction moved the bin of ${new Date(time).toISOString()}`,
            ).toBe(true);
          });
        });
      }),
      { numRuns: 60 },
    );
    expect(moved).toBe(EX_POST[scope]);
  });
});

describe('coarser grids', () => {
  it('reach from 1 to the last bin and are told', () => {
    const timeMs = Float64Array.from({ length: 24 }, (_, row) => row * HOUR - HOUR);
    const symbol: JudgedSymbol = {
      symbol: 'X',
      timeMs,
      prediction: timeMs.map((time) => -time),
      target: timeMs,
      fold: new Int32Array(24),
      barRow: new Int32Array(24),
      bars: { openTimeMs: timeMs, open: timeMs, close: timeMs },
      validation: [{ timeMs: new Float64Array(), prediction: new Float64Array() }],
    };
    const { bins, grid } = binRows(
      { intervalMs: HOUR, folds: ['a'], symbols: [symbol] },
      options('date', 5000),
    );
    expect(bins[0]![0]).toBe(5000);
    expect(bins[0]![23]).toBe(1);
    expect(grid).toMatchObject({ coarserGroups: 1, fewestBins: 24 });
    expect(grid.note).toMatch(/as fine as the rows.*known only when the day is over/);
  });
});
