/** raw config -> checked -> with defaults -> compiled. Pure. */
import { z } from 'zod';
import { HOUR_MS, INTERVALS_MS, type Interval } from '../bars/interval.js';
import { DEFAULTS, LIGHTGBM_DEFAULTS } from './defaults.js';
import { formatDuration, parseDuration, roughMs, type Duration } from '../bars/duration.js';
import { compileVolumeBars, volumeBarProblems } from './volume-bars.js';
import { canonicalName } from './lightgbm-names.js';
import { lightgbmProblems } from './lightgbm-problems.js';
import { problemsOf, refuseProblems, type Problem } from './problems.js';
import { configSchema, optionsSchema, type RawConfig, type RawOptions } from './schema.js';
import type {
  BacktestConfig,
  EvaluateConfig,
  FoldsConfig,
  LightgbmConfig,
  PathsConfig,
  PipelineConfig,
  RunOptions,
} from './types.js';

/**
 * Compiles the content of `config.json`.
 * @throws ConfigError CONFIG_INVALID listing every problem with its path and fix
 */
export function compileConfig(input: unknown): PipelineConfig {
  const raw = parse(configSchema, input, { subject: 'The config', relations: relationProblems });
  const interval = raw.candle_interval ?? DEFAULTS.interval;
  const market = raw.market ?? DEFAULTS.market;
  const trainSymbols = raw.train_symbols ?? raw.symbols ?? [];
  const inferenceSymbol = raw.inference_symbol ?? trainSymbols[0]!;
  return {
    interval,
    intervalMs: INTERVALS_MS[interval],
    volumeBarSizes: compileVolumeBars(raw),
    trainSymbols,
    inferenceSymbol,
    symbols: [...new Set([...trainSymbols, inferenceSymbol])],
    startMs: dateMs(raw.start_date ?? DEFAULTS.startDate),
    endMs: raw.end_date === undefined ? null : dateMs(raw.end_date),
    market: {
      market,
      restUrl: withoutSlash(raw.binance_base_url ?? DEFAULTS.restUrls[market]),
      archiveUrl: withoutSlash(raw.binance_archive_url ?? DEFAULTS.archiveUrl),
      requestDelayMs: Math.round((raw.request_delay ?? DEFAULTS.requestDelayS) * 1000),
      maxKlinesPerRequest: raw.max_klines_per_request ?? DEFAULTS.maxKlinesPerRequest,
    },
    features: {
      flags: raw.feature_flags ?? {},
      expressions: raw.expressions ?? {},
      indicators: (raw.indicators ?? []).map(({ name, params, as }) => ({
        name,
        params: params ?? {},
        as: as ?? null,
      })),
      lossBudgetFrac: raw.loss_budget ?? DEFAULTS.lossBudgetFrac,
    },
    folds: compileFolds(raw),
    lightgbm: compileLightgbm(raw),
    evaluate: compileEvaluate(raw.evaluate ?? {}),
    backtest: compileBacktest(raw.backtest ?? {}),
    paths: compilePaths(raw),
    salt: raw.salt ?? {},
  };
}

/**
 * Compiles the run options, the workflow's second argument.
 * @throws ConfigError CONFIG_INVALID
 */
export function compileOptions(input: unknown): RunOptions {
  const raw: RawOptions = parse(optionsSchema, input ?? {}, {
    subject: 'The run options',
    relations: () => [],
  });
  return {
    until: raw.until ?? 'report',
    symbols: raw.symbols ?? null,
    force: raw.force ?? [],
    continueRounds: raw.continueRounds ?? null,
    recheck: raw.recheck ?? false,
    plan: raw.plan ?? false,
    explain: raw.explain ?? null,
  };
}

interface Checks<Raw> {
  readonly subject: string;
  /** Problems that only several keys together show. */
  relations(raw: Raw): Problem[];
}

/** Parses the whole or throws one error with every problem, those between sound keys included. */
function parse<S extends z.ZodObject>(schema: S, input: unknown, checks: Checks<z.infer<S>>): z.infer<S> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) {
    refuseProblems(checks.subject, checks.relations(parsed.data));
    return parsed.data;
  }
  const problems = problemsOf(parsed.error, (path) => knownKeys(schema, path));
  refuseProblems(checks.subject, [
    ...problems,
    ...relationsOfTheRest(schema, { input, broken: brokenKeys(parsed.error) }, checks),
  ]);
  throw parsed.error;
}

/** The top-level keys in which a parse found something wrong. */
function brokenKeys(error: z.ZodError): Set<string> {
  return new Set(
    error.issues.flatMap((issue) =>
      issue.path.length > 0 ? [String(issue.path[0])] : issue.code === 'unrecognized_keys' ? issue.keys : [],
    ),
  );
}

/** What is wrong between the keys that are sound, told together with what is wrong with the others. */
function relationsOfTheRest<S extends z.ZodObject>(
  schema: S,
  { input, broken }: { input: unknown; broken: ReadonlySet<string> },
  checks: Checks<z.infer<S>>,
): Problem[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [];
  const sound = Object.entries(input).filter(([key]) => !broken.has(key));
  const rest = schema.safeParse(Object.fromEntries(sound));
  if (!rest.success) return [];
  return checks.relations(rest.data).filter(({ path }) => !broken.has(path.split(/[.[]/)[0]!));
}

function knownKeys(schema: z.ZodObject, path: PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const part of path) {
    const shape = shapeOf(at);
    if (shape === null) break;
    at = typeof part === 'number' ? at : shape[String(part)];
  }
  return keysOfRecord(at) ?? Object.keys(shapeOf(at) ?? schema.shape);
}

/** The keys of a record whose keys are an enumeration; null for any other schema. */
function keysOfRecord(schema: unknown): readonly string[] | null {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodRecord && inner.keyType instanceof z.ZodEnum
    ? inner.keyType.options.map(String)
    : null;
}

function shapeOf(schema: unknown): Record<string, unknown> | null {
  let at = schema as
    { shape?: Record<string, unknown>; unwrap?: () => unknown; element?: unknown } | undefined;
  while (at !== undefined && at.shape === undefined) {
    at = (at.element ?? at.unwrap?.()) as typeof at;
  }
  return at?.shape ?? null;
}

/** Problems that only several keys together show. */
function relationProblems(raw: RawConfig): Problem[] {
  const problems: Problem[] = [];
  if (raw.train_symbols === undefined && raw.symbols === undefined) {
    problems.push({
      path: 'train_symbols',
      text: 'is missing: name the symbols to train on, like ["BTCUSDT"]',
    });
  }
  const listed = raw.train_symbols ?? raw.symbols ?? [];
  const twice = listed.find((symbol, index) => listed.indexOf(symbol) !== index);
  if (twice !== undefined)
    problems.push({ path: 'train_symbols', text: `names ${twice} twice: name it once` });
  if (raw.end_date !== undefined && dateMs(raw.end_date) <= dateMs(raw.start_date ?? DEFAULTS.startDate)) {
    problems.push({
      path: 'end_date',
      text: `"${raw.end_date}" is not after start_date; the end is exclusive`,
    });
  }
  const { bins, quantile } = raw.backtest ?? {};
  if (quantile !== undefined && quantile > (bins ?? DEFAULTS.bins)) {
    problems.push({
      path: 'backtest.quantile',
      text: `${quantile} is outside the ${bins ?? DEFAULTS.bins} bins: choose 1..${bins ?? DEFAULTS.bins}`,
    });
  }
  return [
    ...problems,
    ...foldProblems(raw),
    ...lightgbmProblems(raw.lightgbm ?? {}),
    ...volumeBarProblems(raw),
  ];
}

function foldProblems(raw: RawConfig): Problem[] {
  const folds = compileFolds(raw);
  // Without a step of its own, a test that is too short is told once.
  const given = (['train', 'valid', 'test', 'step'] as const).filter(
    (name) => name !== 'step' || raw.folds?.step !== undefined,
  );
  const problems = given.flatMap((name) =>
    shortWindowProblems(name, folds[name], raw.candle_interval ?? DEFAULTS.interval),
  );
  if (roughMs(folds.valid) < roughMs(folds.train)) return problems;
  const text = 'is not shorter than folds.train, from which it is cut: shorten it';
  return [...problems, { path: 'folds.valid', text }];
}

/** A window shorter than a bar holds a decision or none, as it happens to lie. */
function shortWindowProblems(name: string, duration: Duration, interval: Interval): Problem[] {
  const barMs = INTERVALS_MS[interval];
  if (roughMs(duration) >= barMs) return [];
  const least = `make it at least "${barMs / HOUR_MS}h"`;
  const text = `"${formatDuration(duration)}" is shorter than a bar of ${interval}: ${least}`;
  return [{ path: `folds.${name}`, text }];
}

function compileFolds(raw: RawConfig): FoldsConfig {
  const { train, valid, test, step, embargo } = raw.folds ?? {};
  const testText = test ?? DEFAULTS.folds.test;
  return {
    train: parseDuration(train ?? DEFAULTS.folds.train),
    valid: parseDuration(valid ?? DEFAULTS.folds.valid),
    test: parseDuration(testText),
    step: parseDuration(step ?? testText),
    embargoBars: embargo ?? DEFAULTS.folds.embargoBars,
  };
}

function compileLightgbm(raw: RawConfig): LightgbmConfig {
  const { rounds, early_stopping_rounds, early_stopping_metric, ...params } = raw.lightgbm ?? {};
  return {
    rounds: rounds ?? LIGHTGBM_DEFAULTS.rounds,
    earlyStoppingRounds: early_stopping_rounds ?? LIGHTGBM_DEFAULTS.earlyStoppingRounds,
    earlyStoppingMetric: early_stopping_metric ?? LIGHTGBM_DEFAULTS.earlyStoppingMetric,
    params: { ...LIGHTGBM_DEFAULTS.params, ...underOwnNames(params) },
  };
}

/** `max_leaf` is `num_leaves`: LightGBM's other names become its own. */
function underOwnNames<Value>(params: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [canonicalName(name) ?? name, value]),
  );
}

function compileEvaluate(raw: NonNullable<RawConfig['evaluate']>): EvaluateConfig {
  return {
    bins: raw.bins ?? DEFAULTS.bins,
    scope: raw.quantile_scope ?? null,
    trailingDays: raw.trailing_days ?? DEFAULTS.trailingDays,
    signal: raw.signal ?? null,
  };
}

function compileBacktest(raw: NonNullable<RawConfig['backtest']>): BacktestConfig {
  const common = compileEvaluate(raw);
  return {
    ...common,
    quantile: raw.quantile ?? common.bins,
    side: raw.side ?? DEFAULTS.backtest.side,
    feeFrac: raw.fee ?? DEFAULTS.backtest.feeFrac,
    delayBars: raw.delay_bars ?? DEFAULTS.backtest.delayBars,
    halfSpreadBp: raw.half_spread_bp ?? DEFAULTS.backtest.halfSpreadBp,
    trials: raw.trials ?? DEFAULTS.backtest.trials,
    funding: raw.funding ?? null,
  };
}

function compilePaths(raw: RawConfig): PathsConfig {
  const data = raw.data_dir ?? DEFAULTS.dataDir;
  return {
    klines: raw.feather_dir ?? `${data}/feather`,
    processed: raw.processed_dir ?? `${data}/processed`,
    predictions: raw.predictions_dir ?? `${data}/predictions`,
    evaluation: raw.eval_dir ?? `${data}/eval`,
    models: raw.models_dir ?? DEFAULTS.modelsDir,
    plots: raw.plot_dir ?? DEFAULTS.plotDir,
    report: raw.report_dir ?? DEFAULTS.reportDir,
  };
}

function dateMs(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
