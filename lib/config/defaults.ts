/** The only place where a default lives. */
import type { LightgbmConfig } from './types.js';

export const DEFAULTS = {
  interval: '1m',
  restUrl: 'https://fapi.binance.com',
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

const THREADS = 'leave it out: the worker decides, and trees do not depend on it';
const ALWAYS_TRUE = 'leave it out: deterministic and force_col_wise are always true';
const NO_FILES = 'leave it out: rows and columns come from the features stage';
const NO_SIDE_FILE = 'leave it out: the content of a file would not be part of the cache key';
const ONE_MACHINE = 'leave it out: folds are distributed over workers, rows are not';

/** LightGBM parameters that the pipeline sets itself or has no use for, by LightGBM's own name, with what to do. */
export const RESERVED_LIGHTGBM: Readonly<Record<string, string>> = {
  num_iterations: 'set lightgbm.rounds',
  early_stopping_round: 'set lightgbm.early_stopping_rounds',
  early_stopping_min_delta: 'leave it out: any strict improvement counts',
  first_metric_only: 'set lightgbm.early_stopping_metric',
  num_threads: THREADS,
  deterministic: ALWAYS_TRUE,
  force_col_wise: ALWAYS_TRUE,
  force_row_wise: ALWAYS_TRUE,
  verbosity: 'leave it out: the log is captured',
  metric_freq: 'leave it out: every round is measured',
  is_provide_training_metric: 'leave it out: training rows decide nothing',
  device_type: 'leave it out: the CPU is used',
  input_model: 'use --continue-rounds',
  categorical_feature: 'leave it out: each feature says whether it is categorical',
  task: NO_FILES,
  config: NO_FILES,
  data: NO_FILES,
  valid: NO_FILES,
  header: NO_FILES,
  label_column: NO_FILES,
  weight_column: NO_FILES,
  group_column: NO_FILES,
  ignore_column: NO_FILES,
  two_round: NO_FILES,
  parser_config_file: NO_FILES,
  save_binary: NO_FILES,
  snapshot_freq: NO_FILES,
  output_model: 'set models_dir',
  output_result: 'set predictions_dir',
  convert_model: NO_FILES,
  convert_model_language: NO_FILES,
  forcedsplits_filename: NO_SIDE_FILE,
  forcedbins_filename: NO_SIDE_FILE,
  num_machines: ONE_MACHINE,
  machines: ONE_MACHINE,
  machine_list_filename: ONE_MACHINE,
  local_listen_port: ONE_MACHINE,
  time_out: ONE_MACHINE,
  tree_learner: ONE_MACHINE,
  pre_partition: ONE_MACHINE,
};
