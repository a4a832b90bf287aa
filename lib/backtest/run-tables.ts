/** The tables of a backtest; their column `scope` says of which rule a row is. Pure. */
import { constantColumn, numberColumn, timeColumn, type Column, type Table } from '../store/table.js';
import type { BacktestRun } from './backtest.js';
import { scopeLabel } from './rule.js';
import { tradesTable } from './trades-table.js';

/** The trades of the headline's rule, then those of the rule that looks ahead where one was run. */
export function ledgerTable({ headline, exPost }: BacktestRun): Table {
  const runs = exPost === null ? [headline] : [headline, exPost];
  return tradesTable(runs.map(({ result, trades }) => ({ scope: scopeLabel(result.rule), trades })));
}

/** The series by bar: `timestamp`, `scope` of the headline's rule, and the columns of {@link BacktestRun}. */
export function equityTable({ series, headline }: BacktestRun): Table {
  const rows = series.timesMs.length;
  const columns = new Map<string, Column>([
    ['timestamp', timeColumn(series.timesMs)],
    ['scope', constantColumn(scopeLabel(headline.result.rule), rows)],
  ]);
  for (const [name, values] of series.columns) columns.set(name, numberColumn(values));
  return { rows, columns };
}
