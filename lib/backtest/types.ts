/** The shape of backtest.json. Absent numbers are null; `reasons` says why, by path. */

export type TradeSide = 'long' | 'short' | 'longshort';

export interface RuleSummary {
  readonly scope: string;
  /** True where the positions were decided with later predictions: no trader could have had them. */
  readonly exPost: boolean;
  readonly bins: number;
  readonly quantile: number;
  readonly side: TradeSide;
  /** `long 10 of 10`. */
  readonly text: string;
}

export interface CostSummary {
  /** Per side, as a fraction of the traded value. */
  readonly feeFrac: number;
  readonly halfSpreadBp: number;
  readonly delayBars: number;
  /** Digest of the file of funding rates; null where none is charged. */
  readonly funding: string | null;
}

export interface BreakEven {
  /** Fee per side in bp at which the sum of daily returns is nothing. */
  readonly feeBp: number | null;
  /** 95 %, by resampling days. */
  readonly feeBp95: readonly [number, number] | null;
}

export interface Drawdown {
  /** Below 0, a fraction of the peak. */
  readonly depth: number;
  /** UTC days; recovered is null where it was not. */
  readonly peak: string;
  readonly trough: string;
  readonly recovered: string | null;
}

/** Statistics of UTC-day returns, annualised by sqrt(365), deviations with ddof 1. */
export interface DailyStatistics {
  readonly days: number;
  readonly totalReturn: number;
  readonly annualReturn: number | null;
  readonly annualVolatility: number | null;
  readonly sharpe: number | null;
  /** Stationary bootstrap, 95 %; null below 30 days. */
  readonly sharpe95: readonly [number, number] | null;
  readonly sortino: number | null;
  readonly calmar: number | null;
  readonly drawdown: Drawdown | null;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
  readonly probabilisticSharpe: number | null;
  readonly deflatedSharpe: readonly { readonly trials: number; readonly value: number | null }[];
}

export interface TradeStatistics {
  /** Entries. */
  readonly trades: number;
  /** Sides, entries and exits, over all accounts. */
  readonly sides: number;
  readonly winRate: number | null;
  /** Mean net return of a trade. */
  readonly meanTradeBp: number | null;
  readonly meanBarsHeld: number | null;
  /** Share of bars with a position, averaged over accounts. */
  readonly exposure: number;
  /** Sides a day and account. */
  readonly turnoverPerDay: number | null;
}

export interface FeePoint {
  readonly feeBp: number;
  readonly totalReturn: number;
  readonly sharpe: number | null;
  /** `maker` and `taker` of the exchange's regular tier; null otherwise. */
  readonly tier: 'maker' | 'taker' | null;
}

export interface FoldResult {
  readonly fold: string;
  readonly netReturn: number;
  readonly grossReturn: number;
  readonly trades: number;
}

export interface AccountResult {
  readonly symbol: string;
  readonly netReturn: number;
  readonly grossReturn: number;
  readonly trades: number;
  /** Funding paid, as a fraction of the account's capital at the start; below 0 received. */
  readonly fundingPaid: number;
  /** `(C_end / O_first - funding) (1-f)^2 - 1`. */
  readonly buyAndHold: number;
  readonly ruined: boolean;
}

/** One rule traded through the test windows. */
export interface RuleResult {
  readonly rule: RuleSummary;
  readonly breakEven: BreakEven;
  /** The same rule filled one bar later. */
  readonly breakEvenDelay1: BreakEven;
  readonly net: DailyStatistics;
  readonly gross: DailyStatistics;
  readonly trading: TradeStatistics;
  readonly feeSweep: readonly FeePoint[];
  readonly folds: readonly FoldResult[];
  readonly accounts: readonly AccountResult[];
  /** Rows that had a bin, and those that had none and were therefore flat. */
  readonly decisions: { readonly withBin: number; readonly withoutBin: number };
}

export interface Backtest {
  readonly symbols: readonly string[];
  readonly interval: string;
  readonly signal: string;
  readonly costs: CostSummary;
  /** First open traded and last close, UTC ms. */
  readonly startMs: number;
  readonly endMs: number;
  /** The rule that a trader could have followed: what the headline tells. */
  readonly headline: RuleResult;
  /** The rule asked for, where it looks ahead; null otherwise. */
  readonly exPost: RuleResult | null;
  readonly buyAndHold: DailyStatistics;
  readonly reasons: Readonly<Record<string, string>>;
}

/**
 * Columns of equity.parquet beside `timestamp` (a bar's open) and `scope` (of the headline's rule): portfolio values at the bar's close, start 1,
 * after costs and without any; falls of `equity` from its highest value (0 or below); the alpha factor (NaN
 * where unknown); and the ex-post rule's equity where one was run.
 */
export type EquityColumn =
  'equity' | 'gross_equity' | 'buy_and_hold' | 'drawdown' | 'alpha' | 'equity_ex_post';
