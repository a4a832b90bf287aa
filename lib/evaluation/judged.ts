/** What is judged: per symbol, predictions with their targets, fold by fold, and the bars behind them. */

/** The bars of a symbol as far as they are needed; rows ascending. */
export interface JudgedBars {
  /** One interval before the bar's end: its open, or for a volume bar that of its last time bar. */
  readonly openTimeMs: Float64Array;
  readonly open: Float64Array;
  readonly close: Float64Array;
  /** Where bars have no fixed length, so that times do not tell which follow each other; else absent. */
  readonly volumeBars?: {
    /** Time of each bar's `open`, UTC ms. */
    readonly fillTimeMs: Float64Array;
    /** Equal for bars without a hole between them. */
    readonly run: Int32Array;
  };
}

/** True where bar `to` comes `bars` bars after bar `from` and no hole is between them. */
export function followsAfter(
  judged: JudgedBars,
  rows: { readonly from: number; readonly to: number },
  bars: number,
  intervalMs: number,
): boolean {
  const { from, to } = rows;
  if (from < 0 || to >= judged.openTimeMs.length) return false;
  const { openTimeMs, volumeBars } = judged;
  if (volumeBars === undefined) return openTimeMs[to]! - openTimeMs[from]! === bars * intervalMs;
  return to - from === bars && volumeBars.run[from] === volumeBars.run[to];
}

/** A model's predictions of its validation window, of one symbol, ascending in time. */
export interface ValidationRows {
  readonly timeMs: Float64Array;
  readonly prediction: Float64Array;
}

/** One symbol's test rows of all folds, ascending in time. */
export interface JudgedSymbol {
  readonly symbol: string;
  /** As the bars' `openTimeMs` of the bar whose features predict; the decision falls one interval later. */
  readonly timeMs: Float64Array;
  /** NaN where missing. */
  readonly prediction: Float64Array;
  /** NaN where the next bar is missing. */
  readonly target: Float64Array;
  /** Index into the folds. */
  readonly fold: Int32Array;
  /** Row of `bars` with the same open; -1 where there is none. */
  readonly barRow: Int32Array;
  readonly bars: JudgedBars;
  /** By fold. */
  readonly validation: readonly ValidationRows[];
}

export interface Judged {
  readonly intervalMs: number;
  /** Labels of the folds, in time order. */
  readonly folds: readonly string[];
  readonly symbols: readonly JudgedSymbol[];
}

/** For each of the ascending `timesMs` the row of `among` with that time, -1 where there is none. */
export function matchTimes(timesMs: Float64Array, among: Float64Array): Int32Array {
  const rows = new Int32Array(timesMs.length).fill(-1);
  for (let row = 0, at = 0; row < timesMs.length; row++) {
    while (at < among.length && among[at]! < timesMs[row]!) at++;
    if (at < among.length && among[at] === timesMs[row]) rows[row] = at;
  }
  return rows;
}
