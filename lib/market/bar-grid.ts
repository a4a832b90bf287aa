/** The bars of a range on their grid of opens: filled from several sources, the most trusted first. */
import { allocateBars, BAR_COLUMNS, type BarTable } from '../bars/bar-table.js';
import type { Hole } from '../bars/segments.js';

export const BAR_SOURCES = ['monthly', 'daily', 'rest'] as const;
export type BarSource = (typeof BAR_SOURCES)[number];

/** What was wrong with rows that sources sent; all counts are rows. */
export interface RowFaults {
  /** Equal to a row already there of the same archives. */
  duplicates: number;
  /** Same open as another row of the same source, other values: neither is used. */
  conflicts: number;
  /** Before the row sent ahead of it. */
  disorder: number;
  /** Open not on the interval's grid: not used. */
  offGrid: number;
  /** A number missing, not finite or negative, or the close of another interval: not used. */
  unusable: number;
}

const EMPTY = 0;
const REST = 1 + BAR_SOURCES.indexOf('rest');
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
    const usable = usableRows(rows, this.range.intervalMs);
    const { startMs, endMs, intervalMs } = this.range;
    let previousMs = Number.NEGATIVE_INFINITY;
    // Rows that follow each other into empty slots, the rule, are copied as a block.
    let run = { row: 0, slot: 0, length: 0 };
    for (let row = 0; row < rows.length; row++) {
      const openMs = rows.openTimeMs[row]!;
      if (openMs < previousMs) this.faults.disorder++;
      previousMs = openMs;
      if (openMs < startMs || openMs >= endMs) continue;
      const slot = (openMs - startMs) / intervalMs;
      if (!Number.isInteger(slot)) this.faults.offGrid++;
      else if (usable[row] === 0) this.faults.unusable++;
      else if (this.sources[slot] === EMPTY && !refused.has(slot)) {
        const follows = row === run.row + run.length && slot === run.slot + run.length;
        if (!follows) {
          this.copy(rows, run);
          run = { row, slot, length: 0 };
        }
        run.length++;
        this.sources[slot] = mark;
        this.filled++;
      } else {
        this.copy(rows, run);
        run = { row: row + 1, slot: 0, length: 0 };
        this.compare(rows, row, { slot, mark, refused });
      }
    }
    this.copy(rows, run);
  }

  private copy(rows: BarTable, { row, slot, length }: { row: number; slot: number; length: number }): void {
    if (length === 0) return;
    for (const name of BAR_COLUMNS) this.slots[name].set(rows[name].subarray(row, row + length), slot);
  }

  /** A row for a slot that is taken: nothing new, a duplicate, or a conflict. */
  private compare(
    rows: BarTable,
    row: number,
    { slot, mark, refused }: { slot: number; mark: number; refused: Set<number> },
  ): void {
    // REST is asked for a bar again with the holes around it, and refuses pages with a bar twice by itself.
    if (mark === REST || refused.has(slot) || this.sources[slot] !== mark) return;
    if (BAR_COLUMNS.every((name) => this.slots[name][slot] === rows[name][row])) this.faults.duplicates++;
    else {
      // Which of the two is right cannot be known here; the next source decides.
      this.faults.conflicts += 2;
      this.sources[slot] = EMPTY;
      this.filled--;
      refused.add(slot);
    }
  }

  /** Runs of empty slots, ascending. */
  holes(): Hole[] {
    if (this.filled === this.sources.length) return [];
    return this.runs()
      .filter(({ mark }) => mark === EMPTY)
      .map(({ startMs, endMs, bars }) => ({ startMs, endMs, bars }));
  }

  /** Runs of bars of one source, ascending. */
  sourceRuns(): { source: BarSource; startMs: number; endMs: number; bars: number }[] {
    return this.runs()
      .filter(({ mark }) => mark !== EMPTY)
      .map(({ mark, ...run }) => ({ source: BAR_SOURCES[mark - 1]!, ...run }));
  }

  private runs(): { mark: number; startMs: number; endMs: number; bars: number }[] {
    const runs: { mark: number; startMs: number; endMs: number; bars: number }[] = [];
    const { sources } = this;
    const { startMs, intervalMs } = this.range;
    for (let slot = 0; slot < sources.length;) {
      const mark = sources[slot]!;
      let end = slot + 1;
      while (end < sources.length && sources[end] === mark) end++;
      const [fromMs, endMs] = [startMs + slot * intervalMs, startMs + end * intervalMs];
      runs.push({ mark, startMs: fromMs, endMs, bars: end - slot });
      slot = end;
    }
    return runs;
  }

  /** The bars of some sources, ascending; the grid's own memory where that is all there is, else allocates. */
  barsOf(sources: readonly BarSource[]): BarTable {
    const wanted = this.sourceRuns().filter(({ source }) => sources.includes(source));
    const length = wanted.reduce((sum, { bars }) => sum + bars, 0);
    if (length === this.slots.length) return this.slots;
    const bars = allocateBars(length);
    let row = 0;
    for (const run of wanted) {
      const slot = (run.startMs - this.range.startMs) / this.range.intervalMs;
      for (const name of BAR_COLUMNS) bars[name].set(this.slots[name].subarray(slot, slot + run.bars), row);
      row += run.bars;
    }
    return bars;
  }

  /** The bars there are, ascending; the grid's own memory where no slot is empty, else allocates. */
  toBars(): BarTable {
    return this.barsOf(BAR_SOURCES);
  }
}

/**
 * 1 for each row with prices above zero, amounts not below it, everything finite, trades whole, and closed
 * within its interval. Column by column, which is several times faster than row by row.
 */
function usableRows(rows: BarTable, intervalMs: number): Uint8Array {
  const usable = new Uint8Array(rows.length).fill(1);
  for (const name of POSITIVE) {
    const values = rows[name];
    for (let row = 0; row < usable.length; row++) {
      if (!(values[row]! > 0 && values[row]! < Number.POSITIVE_INFINITY)) usable[row] = 0;
    }
  }
  for (const name of NOT_NEGATIVE) {
    const values = rows[name];
    for (let row = 0; row < usable.length; row++) {
      if (!(values[row]! >= 0 && values[row]! < Number.POSITIVE_INFINITY)) usable[row] = 0;
    }
  }
  const { trades, closeTimeMs, openTimeMs } = rows;
  for (let row = 0; row < usable.length; row++) {
    // Before a halt a bar closes early (2023-03-24 12:39), never late.
    const ageMs = closeTimeMs[row]! - openTimeMs[row]!;
    if (!(Math.floor(trades[row]!) === trades[row] && ageMs >= 0 && ageMs < intervalMs)) usable[row] = 0;
  }
  return usable;
}
