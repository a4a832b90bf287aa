import type { Evaluation } from './types.js';

/**
 * `quantile,avg_return,cum_return,count,std_error,t,scope` as fractions; empty where undefined. The scope
 * says `ex post` where it looks ahead, so that the label stays with every row that is copied.
 */
export function quantileCsv({
  quantiles,
  scope,
  exPost,
}: Pick<Evaluation, 'quantiles' | 'scope' | 'exPost'>): string {
  const text = (value: number | null): string => (value === null ? '' : String(value));
  const fraction = (bp: number | null): string => (bp === null ? '' : String(bp / 1e4));
  const label = exPost ? `${scope} (ex post)` : scope;
  const lines = quantiles.map((row) =>
    [
      row.quantile,
      fraction(row.meanBp),
      text(row.cumReturn),
      row.count,
      fraction(row.standardErrorBp),
      text(row.t),
      label,
    ].join(','),
  );
  return `quantile,avg_return,cum_return,count,std_error,t,scope\n${lines.join('\n')}\n`;
}
