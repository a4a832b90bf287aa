/** What a record tells of a table: rows, time range and one digest for each UTC day. Pure. */
import { createHash } from 'node:crypto';
import { lowerBound } from '../bars/bar-table.js';
import { DAY_MS, dayOf } from '../bars/interval.js';
import { VALUE_BYTES, wordBytes, type EncodedColumns } from './column-bytes.js';
import type { Table, TimeColumn } from './table.js';

export interface DayDigest {
  /** UTC day of the rows, `2023-03-24`. */
  readonly day: string;
  /** `sha256:<hex>` over the names, kinds and values of the day's rows. */
  readonly digest: string;
  readonly rows: number;
}

export interface TableSummary {
  readonly rows: number;
  /** Least and greatest time of the first time column, UTC ms; null in a table without rows or times. */
  readonly tMinMs: number | null;
  readonly tMaxMs: number | null;
  /** By day, ascending; empty when the rows are not in order of time. */
  readonly days: readonly DayDigest[];
}

export interface SummaryOptions {
  /** Added to a row's time before its day is taken: rows filed later than their time. */
  readonly dayOffsetMs?: number;
  /** Time column, ascending like the first one, that decides a row's day; the first one where left out. */
  readonly dayColumn?: string;
}

/** Summarises a table, whose bytes are `encoded`, by its first time column. */
export function summarizeTable(
  table: Table,
  encoded: EncodedColumns,
  { dayOffsetMs = 0, dayColumn }: SummaryOptions,
): TableSummary {
  const times = firstTimeColumn(table);
  if (times === null || table.rows === 0) return { rows: table.rows, tMinMs: null, tMaxMs: null, days: [] };
  const ascending = isAscending(times);
  const filedMs = dayTimes(table, dayColumn) ?? times;
  return {
    rows: table.rows,
    tMinMs: ascending ? times[0]! : times.reduce((least, time) => Math.min(least, time)),
    tMaxMs: ascending ? times[times.length - 1]! : times.reduce((most, time) => Math.max(most, time)),
    days: ascending && isAscending(filedMs) ? dayDigests(table, encoded, filedMs, dayOffsetMs) : [],
  };
}

function firstTimeColumn(table: Table): Float64Array | null {
  const column = [...table.columns.values()].find((each): each is TimeColumn => each.kind === 'time');
  return column?.values ?? null;
}

function dayTimes(table: Table, name: string | undefined): Float64Array | null {
  const column = name === undefined ? undefined : table.columns.get(name);
  return column?.kind === 'time' ? column.values : null;
}

function isAscending(times: Float64Array): boolean {
  for (let row = 1; row < times.length; row++) if (times[row]! < times[row - 1]!) return false;
  return true;
}

function dayDigests(
  table: Table,
  encoded: EncodedColumns,
  times: Float64Array,
  dayOffsetMs: number,
): DayDigest[] {
  const days: DayDigest[] = [];
  for (let start = 0; start < table.rows;) {
    const dayMs = Math.floor((times[start]! + dayOffsetMs) / DAY_MS) * DAY_MS;
    const end = lowerBound(times, dayMs + DAY_MS - dayOffsetMs);
    const digest = rowsDigest(table, encoded, start, end);
    days.push({ day: dayOf(dayMs), digest, rows: end - start });
    start = end;
  }
  return days;
}

/** Digest of rows [start, end): every part with its length, so that no two tables read the same. */
function rowsDigest(table: Table, encoded: EncodedColumns, start: number, end: number): string {
  const hash = createHash('sha256');
  for (const [name, column] of table.columns) {
    const bytes =
      column.kind === 'string'
        ? wordBytes(column, start, end)
        : encoded.get(name)!.subarray(VALUE_BYTES * start, VALUE_BYTES * end);
    hash.update(JSON.stringify([name, column.kind, end - start, bytes.length]));
    hash.update(bytes);
  }
  return `sha256:${hash.digest('hex')}`;
}
