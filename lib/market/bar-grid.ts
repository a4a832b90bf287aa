/** The bars of a range on their grid of opens: filled from several sources, the most trusted first. */
import { allocateBars, BAR_COLUMNS, type BarTable } from '../bars/bar-table.js';
import type { Hole } from '../bars/segments.js';

export const BAR_SOURCES = ['monthly', 'daily', 'rest'] as const;
export type BarSource = (typeof BAR_SOURCES)[number];

/** What was wrong with rows that sources sent; all counts are rows. */
export interface RowFaults {
  /** Equal to a row already there. */
  duplicates: number;
  /** Same open as another row of the same source, other values: neither is used. */
  conflicts: number;
  /** Before the row sent ahead of it. */
  disorder: number;
  /** Open not on the interval's grid: not used. */
  offGrid: number;
  /** A number missing, not finite or negative: not used. */
  unusable: number;
}

const EMPTY = 0;
const POSITIVE = ['open', 'high', 'low', 'close'] as const;
const NOT_NEGATIVE = ['volume', 'quoteVolume', 'trades', 'takerBuyVolume', 'takerBuyQuoteVolume'] as const;

export interface GridRange {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly intervalMs: number;
}

export class BarGrid {
  readonly faults: RowFaults = { duplicates: 0, conflicts: 0, disorder: 0, offGrid: 0, unusable: 0 };
  filled = 0;
  private readonly slots: BarTable;
  /** 0 where empty, else 1 + index in BAR_SOURCES. */
  private readonly sources: Uint8Array;

  constructor(private readonly range: GridRange) {
    const length = Math.max(0, Math.ceil((range.endMs - range.startMs) / range.intervalMs));
    this.slots = allocateBars(length);
    this.sources = new Uint8Array(length);
  }

  /** Puts rows in any order into empty slots; rows outside the range are not of interest. */
  add(rows: BarTable, source: BarSource): void {
    const mark = 1 + BAR_SOURCES.indexOf(source);
    const refused = new Set<number>();
    let previousMs = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < rows.length; row++) {
      const openMs = rows.openTimeMs[row]!;
      if (openMs < previousMs) this.faults.disorder++;
      previousMs = openMs;
      if (openMs < this.range.startMs || openMs >= this.range.endMs) continue;
      const slot = (openMs - this.range.startMs) / this.range.intervalMs;
      if (!Number.isInteger(slot)) this.faults.offGrid++;
      else if (!isUsable(rows, row)) this.faults.unusable++;
      else this.put(rows, row, { slot, mark, refused });
    }
  }

  private put(
    rows: BarTable,
    row: number,
    { slot, mark, refused }: { slot: number; mark: number; refused: Set<number> },
  ): void {
    if (refused.has(slot)) return;
    const holder = this.sources[slot]!;
    if (holder === EMPTY) {
      for (const name of BAR_COLUMNS) this.slots[name][slot] = rows[name][row]!;
      this.sources[slot] = mark;
      this.filled++;
    } else if (holder === mark) {
      if (BAR_COLUMNS.every((name) => this.slots[name][slot] === rows[name][row])) this.faults.duplicates++;
      else {
        // Which of the two is right cannot be known here; the next source decides.
        this.faults.conflicts += 2;
        this.sources[slot] = EMPTY;
        this.filled--;
        refused.add(slot);
      }
    }
  }

  /** Runs of empty slots, ascending. */
  holes(): Hole[] {
    return this.runs((slot) => this.sources[slot] === EMPTY)
      .filter(({ value }) => value)
      .map(({ startMs, endMs, bars }) => ({ startMs, endMs, bars }));
  }

  /** Runs of bars of one source, ascending. */
  sourceRuns(): { source: BarSource; startMs: number; endMs: number; bars: number }[] {
    return this.runs((slot) => this.sources[slot]!)
      .filter(({ value }) => value !== EMPTY)
      .map(({ value, ...run }) => ({ source: BAR_SOURCES[value - 1]!, ...run }));
  }

  private runs<V>(
    valueOf: (slot: number) => V,
  ): { value: V; startMs: number; endMs: number; bars: number }[] {
    const runs: { value: V; startMs: number; endMs: number; bars: number }[] = [];
    const { startMs, intervalMs } = this.range;
    for (let slot = 0; slot < this.sources.length; slot++) {
      const value = valueOf(slot);
      const last = runs.at(-1);
      if (last?.value === value) {
        last.endMs += intervalMs;
        last.bars++;
      } else {
        const at = startMs + slot * intervalMs;
        runs.push({ value, startMs: at, endMs: at + intervalMs, bars: 1 });
      }
    }
    return runs;
  }

  /** The bars there are, ascending; allocates. */
  toBars(): BarTable {
    const bars = allocateBars(this.filled);
    let row = 0;
    for (let slot = 0; slot < this.sources.length; slot++) {
      if (this.sources[slot] === EMPTY) continue;
      for (const name of BAR_COLUMNS) bars[name][row] = this.slots[name][slot]!;
      row++;
    }
    return bars;
  }
}

/** Prices above zero, amounts not below it, everything finite, trades whole, closed after its open. */
function isUsable(rows: BarTable, row: number): boolean {
  for (const name of POSITIVE) {
    const value = rows[name][row]!;
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) return false;
  }
  for (const name of NOT_NEGATIVE) {
    const value = rows[name][row]!;
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return false;
  }
  return Number.isInteger(rows.trades[row]) && rows.closeTimeMs[row]! >= rows.openTimeMs[row]!;
}
