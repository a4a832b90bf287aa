/** Bars as a table of the columns that klines files have. Pure. */
import { integerColumn, numberColumn, timeColumn, type Column, type Table } from '../store/table.js';
import { DataError } from '../errors.js';
import { BAR_COLUMNS, type BarColumn, type BarTable } from './bar-table.js';

/** Name of each column in a klines file, in the order of {@link BAR_COLUMNS}. */
export const KLINES_COLUMNS: Readonly<Record<BarColumn, string>> = {
  openTimeMs: 'timestamp',
  open: 'open',
  high: 'high',
  low: 'low',
  close: 'close',
  volume: 'volume',
  closeTimeMs: 'close_time',
  quoteVolume: 'quote_volume',
  trades: 'trades',
  takerBuyVolume: 'taker_buy_volume',
  takerBuyQuoteVolume: 'taker_buy_quote_volume',
};

/** The bars as a table: times UTC ms, trades whole, the rest doubles. Columns are views, nothing is copied. */
export function tableFromBars(bars: BarTable): Table {
  const columns = BAR_COLUMNS.map((name): [string, Column] => [KLINES_COLUMNS[name], columnOf(bars, name)]);
  return { rows: bars.length, columns: new Map(columns) };
}

function columnOf(bars: BarTable, name: BarColumn): Column {
  const values = bars[name];
  if (name === 'openTimeMs' || name === 'closeTimeMs') return timeColumn(values);
  return name === 'trades' ? integerColumn(values) : numberColumn(values);
}

/**
 * The bars of a klines table; columns beyond those of klines are passed over. Views, nothing is copied.
 * @param wanted columns to take; the others are empty
 * @throws DataError KLINES_COLUMN_MISSING when a column is missing or holds text
 */
export function barsFromTable(table: Table, wanted: readonly BarColumn[] = BAR_COLUMNS): BarTable {
  const columns = BAR_COLUMNS.map((name) => {
    if (!wanted.includes(name)) return [name, new Float64Array(0)];
    const column = table.columns.get(KLINES_COLUMNS[name]);
    if (column === undefined || column.kind === 'string') {
      throw new DataError('KLINES_COLUMN_MISSING', {
        what: `The klines table has no numbers under "${KLINES_COLUMNS[name]}", only ${[...table.columns.keys()].join(', ')}.`,
        fix: 'Read a klines file with all its columns.',
        details: { column: KLINES_COLUMNS[name] },
      });
    }
    return [name, column.values];
  });
  return { length: table.rows, ...Object.fromEntries(columns) } as unknown as BarTable;
}
