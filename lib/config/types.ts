/** The compiled configuration: every default applied, every unit in its name. */
import type { Duration } from '../bars/duration.js';
import type { Interval } from '../bars/interval.js';

export const STAGES = ['klines', 'features', 'fold', 'predict', 'evaluate', 'backtest', 'report'] as const;

/** The stages in the order in which a run passes them. */
export type Stage = (typeof STAGES)[number];

export const SCOPES = ['timestamp', 'date', 'global', 'trailing', 'validation'] as const;
export type Scope = (typeof SCOPES)[number];

export type Side = 'long' | 'short' | 'longshort';

export const MARKETS = ['um', 'cm', 'spot'] as const;

/** USDT-M futures, coin-margined futures, spot. */
export type Market = (typeof MARKETS)[number];

export interface MarketConfig {
  readonly market: Market;
  readonly restUrl: string;
  readonly archiveUrl: string;
  /** Least gap between two REST requests; archives are not slowed by it. */
  readonly requestDelayMs: number;
  /** Ceiling of `limit` in a klines request. */
  readonly maxKlinesPerRequest: number;
}

export interface IndicatorConfig {
  readonly name: string;
  readonly params: Readonly<Record<string, number>>;
  /** Column prefix instead of the indicator's name; null for the name. */
  readonly as: string | null;
}

export interface FeaturesConfig {
  readonly flags: Readonly<Record<string, boolean>>;
  readonly expressions: Readonly<Record<string, string>>;
  readonly indicators: readonly IndicatorConfig[];
  /** Largest share of rows, beyond warm-up, that may be lost. */
  readonly lossBudgetFrac: number;
}

export interface FoldsConfig {
  readonly train: Duration;
  readonly valid: Duration;
  readonly test: Duration;
  readonly step: Duration;
  readonly embargoBars: number;
}

export interface LightgbmConfig {
  readonly rounds: number;
  readonly earlyStoppingRounds: number;
  /** `ic`, a LightGBM metric, or `none` for a fixed number of rounds. */
  readonly earlyStoppingMetric: string;
  /** Parameters as given to LightGBM, by their own names. */
  readonly params: Readonly<Record<string, number | string | boolean>>;
}

export interface EvaluateConfig {
  readonly bins: number;
  /** Null: `timestamp` for several symbols, `date` for one. */
  readonly scope: Scope | null;
  readonly trailingDays: number;
  /** An expression of features to judge instead of the model's prediction; null for the model. */
  readonly signal: string | null;
}

export interface BacktestConfig extends EvaluateConfig {
  /** The bin that is traded, 1..bins. */
  readonly quantile: number;
  readonly side: Side;
  /** Fee per side as a fraction of the traded value. */
  readonly feeFrac: number;
  /** Bars between the decision and the fill, beyond the next open. */
  readonly delayBars: number;
  readonly halfSpreadBp: number;
  /** Number of strategies tried, for the deflated Sharpe ratio. */
  readonly trials: number;
  /** CSV file of funding rates as written in the config; null to charge none. */
  readonly funding: string | null;
}

/** Folders of the artifacts, as written in the config: relative ones start at MINUTE_ALPHA_HOME. */
export interface PathsConfig {
  readonly klines: string;
  readonly processed: string;
  readonly predictions: string;
  readonly evaluation: string;
  readonly models: string;
  readonly plots: string;
  readonly report: string;
}

export interface PipelineConfig {
  /** Length of the bars that are downloaded. */
  readonly interval: Interval;
  readonly intervalMs: number;
  /** By symbol, the volume that completes a volume bar; null where rows are time bars. */
  readonly volumeBarSizes: Readonly<Record<string, number>> | null;
  /** Symbols whose rows train the model, in the config's order. */
  readonly trainSymbols: readonly string[];
  /** The symbol that `--single` means; predicted also when it is not trained on. */
  readonly inferenceSymbol: string;
  /** `trainSymbols`, then the inference symbol if it is not among them. */
  readonly symbols: readonly string[];
  readonly startMs: number;
  /** End of the bars, exclusive; null for all that the exchange has closed. */
  readonly endMs: number | null;
  readonly market: MarketConfig;
  readonly features: FeaturesConfig;
  readonly folds: FoldsConfig;
  readonly lightgbm: LightgbmConfig;
  readonly evaluate: EvaluateConfig;
  readonly backtest: BacktestConfig;
  readonly paths: PathsConfig;
  /** Per stage, a word that revokes what was cached under another word. */
  readonly salt: Readonly<Partial<Record<Stage, string>>>;
}

/** Options of one run, the optional second argument of the `pipeline` workflow. */
export interface RunOptions {
  /** Last stage to run. */
  readonly until: Stage;
  /** The symbols wanted at that stage; null for all. */
  readonly symbols: readonly string[] | null;
  /** Stages to compute again though their results are stored. */
  readonly force: readonly Stage[];
  /** Rounds to add to each fold's model; null for a fresh fit. */
  readonly continueRounds: number | null;
  /** Ask the exchange again about closed months. */
  readonly recheck: boolean;
  /** Tell what would run, and run nothing. */
  readonly plan: boolean;
  /** Explain this node and run nothing; null for a run. */
  readonly explain: string | null;
}
