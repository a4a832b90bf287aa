/** The rows of a klines answer as bars. Pure. */
import { allocateBars, BAR_COLUMNS, sliceBars, type BarTable } from '../bars/bar-table.js';
import { isoOf } from '../bars/interval.js';
import { malformedError } from './answer-errors.js';
import { decimalNumber } from './decimal.js';

const FIELDS = BAR_COLUMNS.length + 1;

export interface RowClock {
  readonly intervalMs: number;
  /** The exchange's clock by the answer's head, UTC ms. */
  readonly nowMs: number;
  /** True where the time asked for is over: no bar can be open. */
  readonly isPast: boolean;
}

/**
 * Columns of a klines answer, in the order sent; only bars closed at `nowMs`. Twelve fields a row, numbers or their
 * decimal text; the twelfth is unused. But for the last bar of a time that goes on all are closed: where the clock says
 * otherwise it is wrong, and bars would be lost by it.
 * @throws ExchangeError EXCHANGE_MALFORMED when a row is no row of numbers, or the clock cannot be right
 */
export function readKlineRows(url: string, json: unknown, { intervalMs, nowMs, isPast }: RowClock): BarTable {
  if (!Array.isArray(json)) throw malformedError(url, 'without an array of bars');
  const bars = allocateBars(json.length);
  let rows = 0;
  for (const row of json as unknown[]) {
    if (!Array.isArray(row) || row.length < FIELDS) {
      throw malformedError(url, `with ${JSON.stringify(row).slice(0, 80)} in place of a bar`);
    }
    for (const [column, name] of BAR_COLUMNS.entries()) bars[name][rows] = toNumber(url, row[column]);
    if (bars.openTimeMs[rows]! + intervalMs <= nowMs) rows++;
  }
  const open = json.length - rows;
  if (open > (isPast ? 0 : 1)) {
    throw malformedError(
      url,
      `the clock in its head, ${isoOf(nowMs)}, is before the end of ${open} bars that it sends`,
    );
  }
  return sliceBars(bars, 0, rows);
}

function toNumber(url: string, field: unknown): number {
  const value = typeof field === 'string' ? decimalNumber(field) : field;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw malformedError(url, `with ${JSON.stringify(field)} in place of a number`);
}
