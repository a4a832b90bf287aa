import type { Evaluation, IcDecay, IcGroup } from './types.js';

const HEAD = 'kind,label,symbol,n,ic,std_error,t';

type Row = readonly [kind: string, label: string, symbol: string, n: number, ...numbers: (number | null)[]];

/**
 * Every IC as `kind,label,symbol,n,ic,std_error,t`, kinds `all`, `fold`, `month`, `day`, `hour`, `horizon` and
 * `delay` (labels in bars), and `inside_day (ex post)`, which has no t; empty where undefined.
 */
export function informationCsv({ ic, horizons, delays, rowsWithTarget }: Evaluation): string {
  const error = ic.daily?.standardError ?? null;
  const averaged = ic.byFold.reduce((sum, fold) => sum + (fold.ic === null ? 0 : fold.n), 0);
  const group = (kind: string, { label, n, ic: value, standardError, t }: IcGroup): Row =>
    [kind, label, '', n, value, standardError, t] as const;
  const decay = (kind: string, { bars, n, ic: value, standardError }: IcDecay): Row =>
    [kind, String(bars), '', n, value, standardError, ratioOf(value, standardError)] as const;
  const rows: Row[] = [
    ['all', 'mean', '', averaged, ic.ic, error, ic.daily?.t ?? null],
    ['all', 'pooled', '', rowsWithTarget, ic.pooled, null, null],
    ...ic.byFold.map((fold): Row => [
      'fold',
      fold.fold,
      fold.symbol,
      fold.n,
      fold.ic,
      fold.standardError,
      fold.t,
    ]),
    ...ic.byMonth.map((month) => group('month', month)),
    ...ic.byDay.map(({ label, n, ic: value }): Row => ['day', label, '', n, value, null, null]),
    ...ic.byHour.map((hour) => group('hour', hour)),
    ...horizons.map((horizon) => decay('horizon', horizon)),
    ...delays.map((delay) => decay('delay', delay)),
    ['inside_day (ex post)', 'mean', '', rowsWithTarget, ic.insideDayExPost, null, null],
  ];
  return `${[HEAD, ...rows.map((row) => row.map((cell) => cell ?? '').join(','))].join('\n')}\n`;
}

function ratioOf(value: number | null, error: number | null): number | null {
  return value === null || error === null ? null : value / error;
}

/** `fold,feature,gain,split`, a row for each feature of each fold's model. */
export function importanceCsv({ importance }: Pick<Evaluation, 'importance'>): string {
  const rows = importance.flatMap(({ fold, features }) =>
    features.map(({ feature, gain, split }) => `${fold},${feature},${gain},${split}`),
  );
  return `${['fold,feature,gain,split', ...rows].join('\n')}\n`;
}
