import {
  integerColumn,
  numberColumn,
  timeColumn,
  type Column,
  type StringColumn,
  type Table,
} from '../store/table.js';
import type { Trade } from './account.js';

/** The trades of one rule, and the scope that its rows carry. */
export interface LedgerPart {
  readonly scope: string;
  readonly trades: readonly Trade[];
}

/**
 * The ledger as a table: `scope symbol side entry_time exit_time entry_price exit_price bars gross funding fees
 * net`, rule by rule in the order given, each by entry.
 */
export function tradesTable(parts: readonly LedgerPart[]): Table {
  const trades = parts.flatMap((part) => part.trades);
  const column = (valueOf: (trade: Trade) => number): Float64Array => {
    const values = new Float64Array(trades.length);
    for (let row = 0; row < trades.length; row++) values[row] = valueOf(trades[row]!);
    return values;
  };
  const columns: Table['columns'] = new Map<string, Column>([
    ['scope', stringColumn(parts.flatMap((part) => part.trades.map(() => part.scope)))],
    ['symbol', stringColumn(trades.map(({ symbol }) => symbol))],
    ['side', stringColumn(trades.map(({ side }) => (side === 1 ? 'long' : 'short')))],
    ['entry_time', timeColumn(column(({ entryMs }) => entryMs))],
    ['exit_time', timeColumn(column(({ exitMs }) => exitMs))],
    ['entry_price', numberColumn(column(({ entryPrice }) => entryPrice))],
    ['exit_price', numberColumn(column(({ exitPrice }) => exitPrice))],
    ['bars', integerColumn(column(({ bars }) => bars))],
    ['gross', numberColumn(column(({ gross }) => gross))],
    ['funding', numberColumn(column(({ funding }) => funding))],
    ['fees', numberColumn(column(({ gross, funding, net }) => gross - funding - net))],
    ['net', numberColumn(column(({ net }) => net))],
  ]);
  return { rows: trades.length, columns };
}

function stringColumn(words: readonly string[]): StringColumn {
  const dictionary = [...new Set(words)];
  const codeOf = new Map(dictionary.map((word, code) => [word, code]));
  return { kind: 'string', dictionary, codes: Int32Array.from(words, (word) => codeOf.get(word)!) };
}
