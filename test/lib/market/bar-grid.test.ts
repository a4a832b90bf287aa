/** The grid of a range: which rows find a slot, which do not, and why. */
import { describe, expect, it } from 'vitest';
import { allocateBars, BAR_COLUMNS, type BarTable } from '../../../lib/bars/bar-table.js';
import { BarGrid, type RowFaults } from '../../../lib/market/bar-grid.js';

const INTERVAL_MS = 60_000;
const START_MS = Date.UTC(2023, 2, 1);
const END_MS = START_MS + 5 * INTERVAL_MS;
const NO_FAULTS: RowFaults = { duplicates: 0, conflicts: 0, disorder: 0, offGrid: 0, unusable: 0 };

/** Rows by their opens in ms after the start; all other numbers are 1 unless given. */
function rowsAt(opens: readonly number[], values: Partial<Record<keyof BarTable, number>> = {}): BarTable {
  const rows = allocateBars(opens.length);
  for (const name of BAR_COLUMNS) rows[name].fill((values[name] as number | undefined) ?? 1);
  rows.openTimeMs.set(opens.map((ms) => START_MS + ms));
  rows.closeTimeMs.set(opens.map((ms) => START_MS + ms + INTERVAL_MS - 1));
  return rows;
}

function gridOf(...parts: BarTable[]): BarGrid {
  const grid = new BarGrid({ startMs: START_MS, endMs: END_MS, intervalMs: INTERVAL_MS });
  for (const part of parts) grid.add(part, 'monthly');
  return grid;
}

const minutes = (grid: BarGrid): number[] =>
  Array.from(grid.toBars().openTimeMs, (openMs) => (openMs - START_MS) / INTERVAL_MS);

describe('an open off the grid is not used, and counted', () => {
  it.each([1, 999, 1000, 30_000, INTERVAL_MS - 1])('%i ms after a slot', (ms) => {
    const grid = gridOf(rowsAt([0, INTERVAL_MS + ms, 2 * INTERVAL_MS]));
    expect(minutes(grid)).toEqual([0, 2]);
    expect(grid.faults).toEqual({ ...NO_FAULTS, offGrid: 1 });
    expect(grid.holes().map(({ bars }) => bars)).toEqual([1, 2]);
  });

  it('a fraction of a millisecond', () => {
    expect(gridOf(rowsAt([0.5, INTERVAL_MS])).faults.offGrid).toBe(1);
  });

  it('also where the range begins off the grid of the day', () => {
    const startMs = START_MS + 30_000;
    const grid = new BarGrid({ startMs, endMs: END_MS, intervalMs: INTERVAL_MS });
    grid.add(rowsAt([30_000, INTERVAL_MS]), 'rest');
    expect(grid.faults.offGrid).toBe(1);
    expect(Array.from(grid.toBars().openTimeMs)).toEqual([startMs]);
  });

  it('not outside the range, where nothing is of interest', () => {
    const grid = gridOf(rowsAt([-INTERVAL_MS, -1, 0, 5 * INTERVAL_MS, 5 * INTERVAL_MS + 1]));
    expect(minutes(grid)).toEqual([0]);
    expect(grid.faults).toEqual(NO_FAULTS);
  });

  it('and leaves the slots around it to other rows', () => {
    const grid = gridOf(rowsAt([0, INTERVAL_MS + 1]), rowsAt([INTERVAL_MS]));
    expect(minutes(grid)).toEqual([0, 1]);
  });
});

describe('a row that is no bar is not used', () => {
  it.each([
    ['open', 0],
    ['high', Number.NaN],
    ['low', Number.POSITIVE_INFINITY],
    ['close', -1],
    ['volume', -1],
    ['quoteVolume', Number.NaN],
    ['trades', 0.5],
    ['takerBuyVolume', Number.POSITIVE_INFINITY],
  ] as const)('%s %d', (name, value) => {
    const grid = gridOf(rowsAt([0], { [name]: value }));
    expect(minutes(grid)).toEqual([]);
    expect(grid.faults).toEqual({ ...NO_FAULTS, unusable: 1 });
  });

  it('a bar without volume and trades is one', () => {
    expect(minutes(gridOf(rowsAt([0], { volume: 0, trades: 0 })))).toEqual([0]);
  });
});

describe('two rows for one slot', () => {
  it('are a duplicate where they are equal, within a file and between two of one source', () => {
    const grid = gridOf(rowsAt([0, 0, INTERVAL_MS]), rowsAt([INTERVAL_MS]));
    expect(minutes(grid)).toEqual([0, 1]);
    expect(grid.faults).toEqual({ ...NO_FAULTS, duplicates: 2 });
  });

  it('are a conflict where they differ: neither is used, also no third one of that file', () => {
    const rows = rowsAt([0, INTERVAL_MS, INTERVAL_MS, INTERVAL_MS, 2 * INTERVAL_MS]);
    rows.close[2] = 2;
    const grid = gridOf(rows);
    expect(minutes(grid)).toEqual([0, 2]);
    expect(grid.faults).toEqual({ ...NO_FAULTS, conflicts: 2 });
    grid.add(rowsAt([INTERVAL_MS], { close: 3 }), 'daily');
    expect(minutes(grid)).toEqual([0, 1, 2]);
    expect(grid.toBars().close[1]).toBe(3);
  });

  it('of sources that are trusted less change nothing', () => {
    const grid = gridOf(rowsAt([0]));
    grid.add(rowsAt([0, INTERVAL_MS], { close: 2 }), 'daily');
    expect(Array.from(grid.toBars().close)).toEqual([1, 2]);
    expect(grid.faults).toEqual(NO_FAULTS);
  });
});

it('rows out of order find their slots', () => {
  const grid = gridOf(rowsAt([3, 1, 2, 0].map((minute) => minute * INTERVAL_MS)));
  expect(minutes(grid)).toEqual([0, 1, 2, 3]);
  expect(grid.faults).toEqual({ ...NO_FAULTS, disorder: 2 });
});
