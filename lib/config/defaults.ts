/** The only place where a default lives. */
import type { LightgbmConfig } from './types.js';

export const DEFAULTS = {
  interval: '1m',
  market: 'um',
  restUrls: {
    um: 'https://fapi.binance.com',
    cm: 'https://dapi.binance.com',
    spot: 'https://api.binance.com',
  },
  archiveUrl: 'https://data.binance.vision',
  requestDelayS: 0.3,
  maxKlinesPerRequest: 1500,
  startDate: '2018-01-01',
  dataDir: 'data',
  modelsDir: 'models',
  plotDir: 'plot',
  reportDir: 'report',
  lossBudgetFrac: 0.02,
  folds: { train: '12mo', valid: '1mo', test: '1mo', embargoBars: 0 },
  bins: 10,
  trailingDays: 7,
  backtest: {
    side: 'long',
    /** The regular tier's taker fee of USDT-M futures. */
    feeFrac: 0.0005,
    delayBars: 0,
    halfSpreadBp: 0,
    trials: 1,
  },
} as const;

/** Training defaults; why these rounds and this metric: docs/methodology.md. */
export const LIGHTGBM_DEFAULTS: LightgbmConfig = {
  rounds: 250,
  earlyStoppingRounds: 250,
  earlyStoppingMetric: 'ic',
  params: {
    objective: 'regression',
    metric: 'rmse',
    num_leaves: 16,
    min_data_in_leaf: 500,
    feature_fraction: 0.8,
    learning_rate: 0.1,
    seed: 42,
  },
};

/** LightGBM parameters that the pipeline sets itself, each with what to use instead. */
export const RESERVED_LIGHTGBM: Readonly<Record<string, string>> = {
  num_iterations: 'set lightgbm.rounds',
  num_iteration: 'set lightgbm.rounds',
  n_iter: 'set lightgbm.rounds',
  num_tree: 'set lightgbm.rounds',
  num_trees: 'set lightgbm.rounds',
  num_round: 'set lightgbm.rounds',
  num_rounds: 'set lightgbm.rounds',
  num_boost_round: 'set lightgbm.rounds',
  nrounds: 'set lightgbm.rounds',
  n_estimators: 'set lightgbm.rounds',
  max_iter: 'set lightgbm.rounds',
  early_stopping_round: 'set lightgbm.early_stopping_rounds',
  early_stopping: 'set lightgbm.early_stopping_rounds',
  n_iter_no_change: 'set lightgbm.early_stopping_rounds',
  num_threads: 'leave it out: the worker decides, and trees do not depend on it',
  num_thread: 'leave it out: the worker decides, and trees do not depend on it',
  nthread: 'leave it out: the worker decides, and trees do not depend on it',
  nthreads: 'leave it out: the worker decides, and trees do not depend on it',
  n_jobs: 'leave it out: the worker decides, and trees do not depend on it',
  deterministic: 'leave it out: it is always true',
  force_col_wise: 'leave it out: it is always true',
  force_row_wise: 'leave it out: force_col_wise is always true',
  verbosity: 'leave it out: the log is captured',
  verbose: 'leave it out: the log is captured',
  device: 'leave it out: the CPU is used',
  device_type: 'leave it out: the CPU is used',
  input_model: 'use --continue-rounds',
  model_in: 'use --continue-rounds',
};
