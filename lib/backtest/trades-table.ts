import { integerColumn, numberColumn, timeColumn, type StringColumn, type Table } from '../store/table.js';
import type { Trade } from './account.js';

/** The ledger as a table: `symbol side entry_time exit_time entry_price exit_price bars gross funding fees net`, by entry. */
export function tradesTable(trades: readonly Trade[]): Table {
  const column = (valueOf: (trade: Trade) => number): Float64Array => {
    const values = new Float64Array(trades.length);
    for (let row = 0; row < trades.length; row++) values[row] = valueOf(trades[row]!);
    return values;
  };
  const columns: Table['columns'] = new Map([
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
  ] as [string, StringColumn | ReturnType<typeof numberColumn>][]);
  return { rows: trades.length, columns };
}

function stringColumn(words: readonly string[]): StringColumn {
  const dictionary = [...new Set(words)];
  const codeOf = new Map(dictionary.map((word, code) => [word, code]));
  return { kind: 'string', dictionary, codes: Int32Array.from(words, (word) => codeOf.get(word)!) };
}
