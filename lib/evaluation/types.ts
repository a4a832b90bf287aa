/** The shape of evaluation.json. Absent numbers are null; `reasons` says why, by path. */

export type ScopeName = 'timestamp' | 'date' | 'global' | 'trailing' | 'validation';

/** Spearman correlation of prediction and target in one fold and symbol. */
export interface FoldIc {
  readonly fold: string;
  readonly symbol: string;
  /** Rows with prediction and target. */
  readonly n: number;
  readonly ic: number | null;
  /** Newey-West over the fold's days; null below two of them. */
  readonly standardError: number | null;
  readonly t: number | null;
  /** Different predictions; an early-stopped model may have few. */
  readonly distinctPredictions: number;
}

/** Mean of the products of fold-standardised ranks over some rows. */
export interface IcMean {
  /** `2023-03-24`, `2023-03` or the hour of day `0`..`23`; rows by the moment of their decision, UTC. */
  readonly label: string;
  /** Rows of folds and symbols that have an IC. */
  readonly n: number;
  /** Null where there is no such row. */
  readonly ic: number | null;
}

/** The mean of some days' rows, with Newey-West's error over those days. */
export interface IcGroup extends IcMean {
  /** Those with an IC. */
  readonly days: number;
  /** Null below two days, or where their means do not vary. */
  readonly standardError: number | null;
  readonly t: number | null;
}

/** Newey-West of a series: Bartlett kernel, floor(4 (n/100)^(2/9)) lags, no small-sample correction. */
export interface NeweyWest {
  readonly n: number;
  readonly lags: number;
  readonly mean: number;
  readonly standardError: number | null;
  readonly t: number | null;
}

export interface IcSummary {
  /** Mean of the fold-and-symbol ICs that exist, weighted by rows, which is the mean of their rank products. */
  readonly ic: number | null;
  /** Spearman over all rows at once, which mixes the scales of models. */
  readonly pooled: number | null;
  readonly byFold: readonly FoldIc[];
  readonly byDay: readonly IcMean[];
  readonly byMonth: readonly IcGroup[];
  readonly byHour: readonly IcGroup[];
  /** Over the daily means: its t is `icT`. */
  readonly daily: NeweyWest | null;
  /** Spearman inside each UTC day, averaged: ranks against the day's future, so without a t. */
  readonly insideDayExPost: number | null;
  /** Spearman across symbols at each bar, averaged; null below the least breadth. */
  readonly crossSectional: {
    readonly breadth: number;
    readonly bars: number;
    readonly ic: number | null;
  } | null;
}

/** IC of the same prediction against another target. */
export interface IcDecay {
  readonly bars: number;
  /** Rows of folds and symbols that have an IC. */
  readonly n: number;
  readonly ic: number | null;
  readonly standardError: number | null;
}

export interface QuantileRow {
  /** 1 is the lowest prediction. */
  readonly quantile: number;
  readonly count: number;
  readonly meanBp: number | null;
  /** Clustered by UTC day. */
  readonly standardErrorBp: number | null;
  readonly t: number | null;
  /** Product over the bars of 1 + the mean return of the quantile's rows at that bar, less 1. */
  readonly cumReturn: number | null;
}

/** Cumulative return of a quantile at the end of each UTC day. */
export interface QuantileCurve {
  readonly quantile: number;
  readonly cumReturn: readonly (number | null)[];
}

export interface SpreadSummary {
  /** Mean daily top-minus-bottom return a bar, bp. */
  readonly meanBp: number | null;
  readonly standardErrorBp: number | null;
  readonly t: number | null;
  readonly interval95Bp: readonly [number, number] | null;
}

/** What the grid of bins turned out to be. */
export interface GridSummary {
  readonly bins: number;
  /** Groups (days, bars, ...) with fewer rows than bins: they have as many bins as rows. */
  readonly coarserGroups: number;
  readonly fewestBins: number;
  /** Groups whose predictions are all equal: their rows have no bin. */
  readonly constantGroups: number;
  readonly groups: number;
  /** Rows without a bin: too little history, constant group, missing prediction. */
  readonly rowsWithoutBin: number;
  /** In words, null where nothing needs saying. */
  readonly note: string | null;
}

/** Rows of the exchange that were wrong, in the months from which a symbol's judged bars come. */
export interface SourceRows {
  /** Equal to a row already there: used once. */
  readonly duplicates: number;
  /** Same open, other values: not used, the next source decides. */
  readonly conflicts: number;
  /** Sent after a later row: put in order. */
  readonly disorder: number;
  /** Opens that are none of the interval's: not used. */
  readonly offGrid: number;
  /** With a number that is missing, not finite or negative: not used. */
  readonly unusable: number;
  /** Bars whose high or low does not bound their open and close: kept as sent. */
  readonly ohlcViolations: number;
}

/** What was there to judge of one symbol, from its first to its last judged row. */
export interface JudgedDataSummary {
  readonly symbol: string;
  readonly source: SourceRows;
  readonly bars: number;
  /** Runs of bars without a hole. */
  readonly segments: number;
  readonly missingBars: number;
  readonly rows: number;
  /** Rows without a finite prediction, and rows whose next bar is missing. */
  readonly withoutPrediction: number;
  readonly withoutTarget: number;
}

export interface FeatureImportance {
  readonly feature: string;
  readonly gain: number;
  readonly split: number;
}

export interface Evaluation {
  readonly symbols: readonly string[];
  readonly interval: string;
  /** `model`, or the expression that was judged instead. */
  readonly signal: string;
  readonly scope: ScopeName;
  /** True where a bin is decided with later predictions: it describes and cannot be traded. */
  readonly exPost: boolean;
  readonly rows: number;
  readonly rowsWithTarget: number;
  /** Days with an IC: those behind `ic.daily`. */
  readonly days: number;
  readonly data: readonly JudgedDataSummary[];
  readonly grid: GridSummary;
  readonly ic: IcSummary;
  /** Against close[t+h]/open[t+1] - 1. */
  readonly horizons: readonly IcDecay[];
  /** Against the one-bar return that begins d bars later; delay 0 is the target itself. */
  readonly delays: readonly IcDecay[];
  readonly quantiles: readonly QuantileRow[];
  /** Ends of UTC days, ms, of the curves; at most 20 quantiles have one. */
  readonly curveTimesMs: readonly number[];
  readonly curves: readonly QuantileCurve[];
  readonly spread: SpreadSummary;
  /** Spearman of quantile number and its mean return; 1 is perfectly monotone. */
  readonly monotonicity: number | null;
  /** Share of bars at which a symbol's bin differs from the bar before. */
  readonly binTurnover: number | null;
  /** Correlation of a symbol's prediction ranks with those `bars` earlier, averaged over folds and symbols. */
  readonly rankAutocorrelation: readonly { readonly bars: number; readonly value: number | null }[];
  readonly importance: readonly { readonly fold: string; readonly features: readonly FeatureImportance[] }[];
  readonly reasons: Readonly<Record<string, string>>;
}
