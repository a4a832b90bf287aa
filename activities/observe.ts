/** What the exchange has: listings, archives, the last closed day. Never cached, never counted as run. */
import { DAY_MS, dayStartMs, isoOf, monthEndMs, monthStartMs } from '../lib/bars/interval.js';
import { compileConfig, compileOptions } from '../lib/config/compile.js';
import { STAGES, type PipelineConfig, type RunOptions } from '../lib/config/types.js';
import { ConfigError } from '../lib/errors.js';
import { compileFeatures, refuseCodeClash, SYMBOL_CODE_COLUMN } from '../lib/features/index.js';
import { checkTraining } from '../lib/model/check-training.js';
import { exchangeTimeMs, observeSymbol } from '../lib/market/index.js';
import type { Observation, SymbolObservation } from '../lib/plan/graph-input.js';
import type { Storage } from '../lib/store/index.js';
import type { RunInput } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';
import { currentRun } from './host/current-run.js';
import { mapAtOnce, ObservedMemory } from './host/observed-memory.js';
import { keepMarks, knownMarks, recheck, type RecheckedExchange } from './recheck.js';
import { openLightgbm } from './programs/model-data.js';
import type { ProgramHost } from './programs/program.js';
import { withHeartbeat } from './with-heartbeat.js';

/** Listings are asked for side by side; REST takes its turns by the budget. */
const SYMBOLS_AT_ONCE = 6;

/** Asks the exchange about every symbol of the run; a config that cannot work is refused before that. */
export function createObserve(
  dependencies: ActivityDependencies,
): (request: RunInput) => Promise<Observation> {
  return (request) => withHeartbeat((signal, tell) => observeRun(dependencies, request, { signal, tell }));
}

async function observeRun(
  { host, store }: ActivityDependencies,
  request: RunInput,
  { signal, tell }: { signal: AbortSignal; tell: (detail: object) => void },
): Promise<Observation> {
  const config = compileConfig(request.config);
  const options = compileOptions(request.options);
  refuseForeignSymbols(config, options.symbols);
  await refuseImpossibleTraining(config, options, host);
  const { market } = config;
  const exchange: RecheckedExchange = {
    restUrl: market.restUrl,
    archiveUrl: market.archiveUrl,
    market: market.market,
    interval: config.interval,
    budgetDir: host.budgetDir,
    requestDelayMs: market.requestDelayMs,
    signal,
  };
  const { runId, activityId, attempt } = currentRun();
  // Once: the next attempt goes on from what this one was told.
  const isRecheck = options.recheck && attempt === 1;
  const attempts = `${runId} ${activityId}`;
  const memory = new ObservedMemory<SymbolObservation>(host.budgetDir, attempts);
  const clock = new ObservedMemory<number>(host.budgetDir, `${attempts} clock`);
  // Asked once in all attempts: with a long request_delay nothing else would ever be asked.
  const aheadMs = await clock.get('aheadMs', async () => (await exchangeTimeMs(exchange)) - Date.now());
  const nowMs = Date.now() + aheadMs;
  const neededEndMs = Math.min(dayStartMs(nowMs), config.endMs ?? Number.POSITIVE_INFINITY);
  let observed = 0;
  const symbols = await mapAtOnce(config.symbols, SYMBOLS_AT_ONCE, async (symbol) => {
    const found = await memory.get(symbol, async () =>
      relevantPart(await observeSymbol({ ...exchange, symbol, neededEndMs, isRecheck }), config),
    );
    tell({ observed: ++observed, symbols: config.symbols.length });
    return found;
  });
  refuseEmptyRange(config, symbols, dayStartMs(nowMs));
  const rechecked = await recheckedPartitions(store, exchange, { options, symbols, nowMs });
  for (const each of [memory, clock]) each.forget();
  return { closedEndMs: dayStartMs(nowMs), symbols, rechecked };
}

/** Features, and where the run trains also LightGBM's parameters, are tried before anything is asked or computed. */
async function refuseImpossibleTraining(
  config: PipelineConfig,
  options: RunOptions,
  host: ProgramHost,
): Promise<void> {
  const { columns, categorical } = await compileFeatures(config.features);
  if (categorical.includes(SYMBOL_CODE_COLUMN)) refuseCodeClash(config.symbols);
  if (STAGES.indexOf(options.until) < STAGES.indexOf('fold')) return;
  openLightgbm(host);
  await checkTraining(config.lightgbm, { columns, categorical });
}

/** What this or an earlier run's `--recheck` found; a plan keeps nothing of it. */
async function recheckedPartitions(
  store: Storage,
  exchange: RecheckedExchange,
  { options, symbols, nowMs }: { options: RunOptions; symbols: SymbolObservation[]; nowMs: number },
): Promise<Observation['rechecked']> {
  if (!options.recheck) return knownMarks(store, exchange);
  const found = await recheck(store, exchange, { symbols, nowMs });
  if (!options.plan) await keepMarks(store, exchange, found);
  return found;
}

/** Listings outside the configured range are not worth carrying through the workflow. */
function relevantPart(observed: SymbolObservation, config: PipelineConfig): SymbolObservation {
  const endMs = config.endMs ?? Number.POSITIVE_INFINITY;
  const inRange = (startMs: number, untilMs: number): boolean => startMs < endMs && untilMs > config.startMs;
  return {
    ...observed,
    monthlyArchives: observed.monthlyArchives.filter((month) =>
      inRange(monthStartMs(month), monthEndMs(month)),
    ),
    dailyArchives: observed.dailyArchives.filter((day) => {
      const startMs = Date.parse(`${day}T00:00:00Z`);
      return inRange(monthStartMs(day.slice(0, 7)), startMs + DAY_MS) && startMs < endMs;
    }),
  };
}

/** `symbols` of the options name what is wanted at the end of this config's run, not other symbols. */
function refuseForeignSymbols(config: PipelineConfig, wanted: readonly string[] | null): void {
  const foreign = (wanted ?? []).filter((symbol) => !config.symbols.includes(symbol));
  if (foreign.length === 0) return;
  throw new ConfigError('SYMBOL_NOT_CONFIGURED', {
    what: `${foreign.join(', ')} is not among the symbols of the config: ${config.symbols.join(', ')}.`,
    fix: 'Add it to train_symbols, or make it the inference_symbol.',
  });
}

function refuseEmptyRange(
  config: PipelineConfig,
  symbols: readonly SymbolObservation[],
  closedEndMs: number,
): void {
  const endMs = Math.min(config.endMs ?? closedEndMs, closedEndMs);
  const has = symbols.some(({ firstBarMs, lastBarMs }) => firstBarMs < endMs && lastBarMs >= config.startMs);
  if (has && config.startMs < endMs) return;
  const known = symbols.map(
    ({ symbol, firstBarMs, lastBarMs }) => `${symbol} ${isoOf(firstBarMs)} to ${isoOf(lastBarMs)}`,
  );
  throw new ConfigError('NO_BARS_IN_RANGE', {
    what: `The exchange has no closed day of any symbol between start_date ${isoOf(config.startMs)} and ${isoOf(endMs)}; it has ${known.join('; ')}.`,
    fix: 'Move start_date or end_date.',
  });
}
