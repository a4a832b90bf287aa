import type { QuantileRow } from './types.js';

/** `quantile,avg_return,cum_return,count,std_error,t` as fractions; empty where undefined. */
export function quantileCsv(rows: readonly QuantileRow[]): string {
  const text = (value: number | null): string => (value === null ? '' : String(value));
  const fraction = (bp: number | null): string => (bp === null ? '' : String(bp / 1e4));
  const lines = rows.map((row) =>
    [
      row.quantile,
      fraction(row.meanBp),
      text(row.cumReturn),
      row.count,
      fraction(row.standardErrorBp),
      text(row.t),
    ].join(','),
  );
  return `quantile,avg_return,cum_return,count,std_error,t\n${lines.join('\n')}\n`;
}
