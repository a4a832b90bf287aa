/** What changed between two downloads of the same month. Pure. */
import { BAR_COLUMNS, type BarTable } from '../bars/bar-table.js';
import { isoOf } from '../bars/interval.js';

/** Rows by their open: in both with other values, only in the new one, only in the old one. */
export interface Restatement {
  readonly changedRows: number;
  readonly addedRows: number;
  readonly removedRows: number;
  /** Open of the first and last of them. */
  readonly first: string;
  readonly last: string;
}

/** The difference of two tables, both ascending; null when they are equal. */
export function restatement(before: BarTable, after: BarTable): Restatement | null {
  const counts = { changedRows: 0, addedRows: 0, removedRows: 0 };
  const touched: number[] = [];
  let [old, now] = [0, 0];
  while (old < before.length || now < after.length) {
    const oldMs = before.openTimeMs[old] ?? Number.POSITIVE_INFINITY;
    const nowMs = after.openTimeMs[now] ?? Number.POSITIVE_INFINITY;
    const kind =
      oldMs < nowMs ? 'removedRows' : oldMs > nowMs ? 'addedRows' : rowChange(before, after, old, now);
    if (kind !== null) {
      counts[kind]++;
      touched.push(Math.min(oldMs, nowMs));
    }
    if (oldMs <= nowMs) old++;
    if (nowMs <= oldMs) now++;
  }
  const [first, last] = [touched[0], touched.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { ...counts, first: isoOf(first), last: isoOf(last) };
}

function rowChange(before: BarTable, after: BarTable, old: number, now: number): 'changedRows' | null {
  return BAR_COLUMNS.every((name) => before[name][old] === after[name][now]) ? null : 'changedRows';
}
