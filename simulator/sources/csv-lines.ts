/** Lines of Binance's CSV as REST rows, and as coarser bars. Pure. */
import { csvOfLines, KlinesText, toMs } from './klines-text.js';

export const CSV_HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';

/** A line as a row of the REST answer: times and trades numbers, the rest text; times always in ms. */
export function restRow(line: string): (number | string)[] {
  return line.split(',').map((field, column) => {
    if (column === 0 || column === 6) return toMs(Number(field));
    return column === 8 ? Number(field) : field;
  });
}

/**
 * Bars of a coarser interval: the first open, the highest high, the lowest low, the last close, sums of
 * the rest at the decimals of the finer bars. A coarse bar of which some minutes are missing is made of
 * those there are, as the exchange makes it of the trades there are.
 */
export function aggregate(bars: KlinesText, intervalMs: number): KlinesText {
  const groups = new Map<number, string[][]>();
  bars.lines().forEach((line, at) => {
    const openMs = Math.floor(bars.openTimeMs[at]! / intervalMs) * intervalMs;
    const group = groups.get(openMs);
    if (group === undefined) groups.set(openMs, [line.split(',')]);
    else group.push(line.split(','));
  });
  const lines = [...groups].map(([openMs, rows]) => joinGroup(rows, openMs, intervalMs));
  return new KlinesText(csvOfLines(lines));
}

function joinGroup(rows: readonly string[][], openMs: number, intervalMs: number): string {
  const column = (index: number): string[] => rows.map((row) => row[index]!);
  const extreme = (index: number, sign: 1 | -1): string =>
    column(index).reduce((best, text) => (sign * (Number(text) - Number(best)) > 0 ? text : best));
  const sum = (index: number): string => {
    const decimals = Math.max(...column(index).map((text) => text.length - 1 - (text + '.').indexOf('.')), 0);
    return column(index)
      .reduce((total, text) => total + Number(text), 0)
      .toFixed(decimals);
  };
  return [
    openMs,
    rows[0]![1],
    extreme(2, 1),
    extreme(3, -1),
    rows.at(-1)![4],
    sum(5),
    openMs + intervalMs - 1,
    ...[7, 8, 9, 10].map(sum),
    0,
  ].join(',');
}
