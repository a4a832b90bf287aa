/** The shape of `config.json` and of the run options as a user writes them (snake_case, all strings checked). */
import { z } from 'zod';
import { INTERVALS_MS, type Interval } from '../bars/interval.js';
import { MARKETS, SCOPES, STAGES } from './types.js';

export const SYMBOL_PATTERN = /^[A-Z0-9_]{2,30}$/;
const NAME_PATTERN = /^[a-z][a-z0-9_]{0,63}$/;

const symbol = z
  .string()
  .regex(SYMBOL_PATTERN, 'is no symbol: write capitals, digits and _, like "BTCUSDT"')
  .meta({ description: 'A symbol of the exchange, such as BTCUSDT.' });

const date = z
  .string()
  .refine(isCalendarDate, 'is no date of the calendar: write it as "2023-04-30"')
  .meta({ description: 'A UTC date, YYYY-MM-DD.' });

const duration = z
  .string()
  .regex(/^[1-9]\d{0,4}(mo|d|h)$/, 'is no duration: write months, days or hours like "12mo", "60d", "36h"')
  .meta({ description: 'Months, days or hours: "12mo", "60d", "36h".' });

const url = z
  .url({ protocol: /^https?$/, error: 'is no URL: write it like "https://fapi.binance.com"' })
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment')
  .refine((text) => !/^https?:\/\/[^/]*@/i.test(text), 'must hold no user and password: they would be shown');

const folder = z
  .string()
  .min(1, 'is empty: name a folder')
  .refine((text) => !text.includes('\0'), 'holds a NUL');
const count = z.int().min(1);
const featureName = z
  .string()
  .regex(NAME_PATTERN, 'is no column name: write small letters, digits and _, like "mom30"');
const scope = z.enum(SCOPES);
const signal = z.string().min(1).max(10_000).nullable();

/** True for a real UTC date written YYYY-MM-DD. */
function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const timeMs = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(timeMs) && new Date(timeMs).toISOString().startsWith(text);
}

const folds = z.strictObject({
  train: duration.optional(),
  valid: duration.optional(),
  test: duration.optional(),
  step: duration.optional(),
  embargo: z.int().min(0).max(100_000).optional(),
});

const lightgbm = z
  .object({
    rounds: count.max(100_000).optional(),
    early_stopping_rounds: count.max(100_000).optional(),
    early_stopping_metric: z.string().min(1).optional(),
  })
  .catchall(z.union([z.number(), z.string(), z.boolean()]));

const evaluate = z.strictObject({
  bins: z.int().min(2).max(1_000_000).optional(),
  quantile_scope: scope.optional(),
  trailing_days: count.max(3660).optional(),
  signal: signal.optional(),
});

const backtest = evaluate.extend({
  quantile: count.optional(),
  side: z.enum(['long', 'short', 'longshort']).optional(),
  fee: z.number().min(0).max(1).optional(),
  delay_bars: z.int().min(0).max(10_000).optional(),
  half_spread_bp: z.number().min(0).max(10_000).optional(),
  trials: count.max(1_000_000_000).optional(),
  funding: z
    .string()
    .min(1, 'is empty: name a CSV file of funding rates, or leave the key out')
    .refine((text) => !text.includes('\0'), 'holds a NUL')
    .meta({
      description: 'A CSV of funding rates: symbol, timestamp (UTC ms), rate. None is charged without it.',
    })
    .optional(),
});

const volume = z.number().positive('must be above 0').finite();

const indicator = z.strictObject({
  name: z.string().min(1),
  params: z.record(z.string(), z.number()).optional(),
  as: featureName.optional(),
});

/** More than any model data needs; a list made by a program is refused before anything is compiled. */
const MAX_EXPRESSIONS = 1000;
const MAX_INDICATORS = 200;

const expressions = z
  .record(featureName, z.string().min(1).max(10_000))
  .refine((formulas) => Object.keys(formulas).length <= MAX_EXPRESSIONS, {
    error: ({ input }) =>
      `has ${Object.keys(input as object).length} expressions, ${MAX_EXPRESSIONS} at most: leave out what the model does not need`,
  })
  .meta({ maxProperties: MAX_EXPRESSIONS });

const indicators = z
  .array(indicator)
  .refine((requests) => requests.length <= MAX_INDICATORS, {
    error: ({ input }) =>
      `has ${(input as unknown[]).length} indicators, ${MAX_INDICATORS} at most: leave out what the model does not need`,
  })
  .meta({ maxItems: MAX_INDICATORS });

/** `config.json`. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  candle_interval: z.enum(Object.keys(INTERVALS_MS) as [Interval, ...Interval[]]).optional(),
  request_delay: z.number().min(0).max(3600).optional(),
  train_symbols: z.array(symbol).min(1, 'is empty: name at least one symbol, like ["BTCUSDT"]').optional(),
  symbols: z.array(symbol).min(1, 'is empty: name at least one symbol, like ["BTCUSDT"]').optional(),
  inference_symbol: symbol.optional(),
  start_date: date.optional(),
  end_date: date.optional(),
  market: z.enum(MARKETS).optional(),
  binance_base_url: url.optional(),
  binance_archive_url: url.optional(),
  max_klines_per_request: z.int().min(1).max(1500).optional(),
  feather_dir: folder.optional(),
  data_dir: folder.optional(),
  processed_dir: folder.optional(),
  predictions_dir: folder.optional(),
  eval_dir: folder.optional(),
  models_dir: folder.optional(),
  plot_dir: folder.optional(),
  report_dir: folder.optional(),
  feature_flags: z.record(z.string(), z.boolean()).optional(),
  expressions: expressions.optional(),
  indicators: indicators.optional(),
  folds: folds.optional(),
  lightgbm: lightgbm.optional(),
  evaluate: evaluate.optional(),
  backtest: backtest.optional(),
  bar_type: z.enum(['time', 'volume']).optional(),
  volume_bar_size: z.union([volume, z.record(symbol, volume)]).optional(),
  loss_budget: z.number().min(0).max(1).optional(),
  salt: z.partialRecord(z.enum(STAGES), z.string().max(200)).optional(),
});

export type RawConfig = z.infer<typeof configSchema>;

/** The second argument of the `pipeline` workflow. */
export const optionsSchema = z.strictObject({
  until: z.enum(STAGES).optional(),
  symbols: z.array(symbol).min(1).nullable().optional(),
  force: z.array(z.enum(STAGES)).optional(),
  continueRounds: count.max(100_000).nullable().optional(),
  recheck: z.boolean().optional(),
  plan: z.boolean().optional(),
  explain: z.string().min(1).max(200).nullable().optional(),
});

export type RawOptions = z.infer<typeof optionsSchema>;
