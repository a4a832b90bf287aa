/** The rows of a klines answer as bars. Pure. */
import { allocateBars, BAR_COLUMNS, sliceBars, type BarTable } from '../bars/bar-table.js';
import { malformedError } from './answer-errors.js';
import { decimalNumber } from './decimal.js';

const FIELDS = BAR_COLUMNS.length + 1;

/**
 * Columns of a klines answer, in the order sent; only bars closed at `nowMs` (the exchange's clock).
 * Twelve fields a row, numbers or their decimal text; the twelfth is unused.
 * @throws ExchangeError EXCHANGE_MALFORMED when a row is no row of numbers
 */
export function readKlineRows(
  url: string,
  json: unknown,
  { intervalMs, nowMs }: { intervalMs: number; nowMs: number },
): BarTable {
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
  return sliceBars(bars, 0, rows);
}

function toNumber(url: string, field: unknown): number {
  const value = typeof field === 'string' ? decimalNumber(field) : field;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw malformedError(url, `with ${JSON.stringify(field)} in place of a number`);
}
