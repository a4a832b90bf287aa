/** What the graph is built from, and the leaves that every node shares. */
import { DAY_MS, monthOf, monthStartMs } from '../bars/interval.js';
import type { PipelineConfig, RunOptions, Stage } from '../config/types.js';
import type { JsonObject } from './node.js';

/** What one symbol has at the exchange. */
export interface SymbolObservation {
  readonly symbol: string;
  /** Open of the first and of the last bar it has, UTC ms; the last is closed. */
  readonly firstBarMs: number;
  readonly lastBarMs: number;
  /** `2023-03` of each monthly archive listed. */
  readonly monthlyArchives: readonly string[];
  /** `2023-03-24` of each daily archive listed in a month without a monthly one. */
  readonly dailyArchives: readonly string[];
}

/** Bars of an earlier download: their digest and the range that was asked for, UTC ms. */
export interface PreviousBars {
  readonly digest: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface RecheckedPartition {
  /** Why: `archive <hash>` where files were replaced, `again <time>` for holes and what REST alone had. */
  readonly mark: string;
  /** The bars before; null where they are not known. */
  readonly previous: PreviousBars | null;
}

/** What `observe` found; bars at or after `closedEndMs` (the last closed UTC day) are not used. */
export interface Observation {
  readonly closedEndMs: number;
  readonly symbols: readonly SymbolObservation[];
  /** Partitions that `--recheck` found worth asking for again, `BTCUSDT/2023-03`; kept from run to run. */
  readonly rechecked: Readonly<Record<string, RecheckedPartition>>;
}

/** One fold's windows, UTC ms, rows filed by decision time. */
export interface FoldWindow {
  readonly number: number;
  readonly trainStartMs: number;
  readonly validStartMs: number;
  readonly testStartMs: number;
  readonly testEndMs: number;
}

/** A fold's windows as a plan, `folds.json` and the page show them: UTC, ISO. */
export interface FoldText {
  readonly number: number;
  readonly trainStart: string;
  readonly validStart: string;
  readonly testStart: string;
  readonly testEnd: string;
}

/** The compiled features, as far as the plan needs them. */
export interface FeatureColumns {
  readonly columns: readonly string[];
  readonly categorical: readonly string[];
  readonly lookBackBars: number;
  /** Days read before a month where bars have no fixed length; absent for time bars. */
  readonly lookBackDays?: number;
}

/** A signal expression as one more column of the features. */
export interface SignalPlan extends Pick<FeatureColumns, 'lookBackBars' | 'lookBackDays'> {
  readonly definition: JsonObject;
}

/** The file of funding rates that the backtest charges. */
export interface FundingFile {
  readonly path: string;
  readonly digest: string;
}

export interface GraphInput {
  readonly config: PipelineConfig;
  readonly options: RunOptions;
  readonly observation: Observation;
  readonly folds: readonly FoldWindow[];
  readonly features: FeatureColumns;
  /** Where a signal is judged instead of the model: the features with it, and their look-back. */
  readonly signals: { readonly evaluate: SignalPlan | null; readonly backtest: SignalPlan | null };
  /** Null where none is charged, or the run does not reach the backtest. */
  readonly funding: FundingFile | null;
}

/** Range of bars a symbol contributes, [startMs, endMs); empty when it has none in the configured range. */
export function barRange(input: GraphInput, observed: SymbolObservation): { startMs: number; endMs: number } {
  const { config, observation } = input;
  const startMs = Math.max(config.startMs, observed.firstBarMs);
  const endMs = Math.min(
    observation.closedEndMs,
    observed.lastBarMs + config.intervalMs,
    config.endMs ?? Number.POSITIVE_INFINITY,
  );
  return { startMs, endMs: Math.max(startMs, endMs) };
}

/**
 * The bars of a symbol that features are computed from: {@link barRange} from the start of its first month, where the
 * symbol was listed by then, because a partition of klines is a whole month.
 */
export function readRange(
  input: GraphInput,
  observed: SymbolObservation,
): { startMs: number; endMs: number } {
  const { startMs, endMs } = barRange(input, observed);
  return { startMs: Math.max(monthStartMs(monthOf(startMs)), observed.firstBarMs), endMs };
}

/** How far before a month its features read; a row is filed one interval after its bar's open. */
export function lookBackMs(
  { lookBackBars, lookBackDays }: Pick<FeatureColumns, 'lookBackBars' | 'lookBackDays'>,
  intervalMs: number,
): number {
  return lookBackDays === undefined ? (lookBackBars + 1) * intervalMs : lookBackDays * DAY_MS;
}

/** Leaves of the nodes that read rows of one symbol; none where rows are time bars. */
export function volumeBarLeaves({ config }: GraphInput, symbol: string): { volumeBarSize?: number } {
  const size = config.volumeBarSizes?.[symbol];
  return size === undefined ? {} : { volumeBarSize: size };
}

/** Shared leaves of every node. */
export function nodeBase(input: GraphInput, stage: Stage): { salt: string; forced: boolean } {
  return {
    salt: input.config.salt[stage] ?? '',
    forced: input.options.force.includes(stage),
  };
}
