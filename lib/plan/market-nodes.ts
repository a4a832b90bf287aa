/** The nodes of klines and features: one a symbol and UTC month. */
import { monthEndMs, monthOf, monthsBetween, monthStartMs } from '../bars/interval.js';
import {
  barRange,
  lookBackMs,
  nodeBase,
  volumeBarLeaves,
  type GraphInput,
  type RecheckedPartition,
  type SymbolObservation,
} from './graph-input.js';
import type { JsonObject, PlanNode } from './node.js';

/** Klines and features partitions of all symbols; months before a symbol's listing are no nodes. */
export function marketNodes(input: GraphInput): PlanNode[] {
  return input.observation.symbols.flatMap((observed) => [
    ...klinesNodes(input, observed),
    ...featuresNodes(input, observed),
  ]);
}

/** Id of a partition's node. */
export function partitionId(stage: 'klines' | 'features', symbol: string, month: string): string {
  return `${stage}/${symbol}/${month}`;
}

/** The ids of a list of nodes, made once: every fold and symbol asks the same list again. */
const idsByList = new WeakMap<readonly PlanNode[], ReadonlySet<string>>();

function idsOf(nodes: readonly PlanNode[]): ReadonlySet<string> {
  let ids = idsByList.get(nodes);
  if (ids === undefined) {
    ids = new Set(nodes.map(({ id }) => id));
    idsByList.set(nodes, ids);
  }
  return ids;
}

/** Ids of the partitions of `symbol` that intersect [startMs, endMs), those that are nodes. */
export function partitionsIn(
  nodes: readonly PlanNode[],
  stage: 'klines' | 'features',
  symbol: string,
  window: readonly [startMs: number, endMs: number],
): string[] {
  const known = idsOf(nodes);
  return monthsBetween(window[0], window[1])
    .map((month) => partitionId(stage, symbol, month))
    .filter((id) => known.has(id));
}

/**
 * A kline partition is a whole month, bounded only by the listing and by what is closed: a later
 * `start_date` in the same month is served by the same partition.
 */
function klinesNodes(input: GraphInput, observed: SymbolObservation): PlanNode[] {
  const { config, observation } = input;
  const range = barRange(input, observed);
  return monthsBetween(range.startMs, range.endMs).map((month) => ({
    id: partitionId('klines', observed.symbol, month),
    program: 'klines',
    params: {
      restUrl: config.market.restUrl,
      archiveUrl: config.market.archiveUrl,
      market: config.market.market,
      symbol: observed.symbol,
      interval: config.interval,
      month,
      startMs: Math.max(monthStartMs(month), observed.firstBarMs),
      endMs: Math.min(monthEndMs(month), range.endMs),
      recheck: observation.rechecked[`${observed.symbol}/${month}`]?.mark ?? null,
    },
    hints: {
      previous: previousOf(observation.rechecked[`${observed.symbol}/${month}`]),
      monthlyArchive: observed.monthlyArchives.includes(month),
      dailyArchives: observed.dailyArchives.filter((day) => day.startsWith(month)),
      requestDelayMs: config.market.requestDelayMs,
      maxKlinesPerRequest: config.market.maxKlinesPerRequest,
    },
    inputs: [],
    ...nodeBase(input, 'klines'),
  }));
}

function previousOf(rechecked: RecheckedPartition | undefined): JsonObject | null {
  return rechecked?.previous ? { ...rechecked.previous } : null;
}

function featuresNodes(input: GraphInput, observed: SymbolObservation): PlanNode[] {
  const { config, features } = input;
  const range = barRange(input, observed);
  const firstMonth = monthOf(range.startMs);
  return monthsBetween(range.startMs, range.endMs).map((month) => {
    const readFromMs = monthStartMs(month) - lookBackMs(features, config.intervalMs);
    const fromMs = Math.max(monthStartMs(firstMonth), readFromMs);
    const throughMs = Math.min(monthEndMs(month), range.endMs);
    return {
      id: partitionId('features', observed.symbol, month),
      program: 'features',
      params: {
        symbol: observed.symbol,
        interval: config.interval,
        month,
        lookBackBars: features.lookBackBars,
        definition: definitionOf(input),
        lossBudgetFrac: config.features.lossBudgetFrac,
        throughMs,
        ...volumeBarLeaves(input, observed.symbol),
      },
      hints: {},
      inputs: [
        {
          name: 'bars',
          nodes: monthsBetween(fromMs, throughMs).map((each) => partitionId('klines', observed.symbol, each)),
          output: 'bars',
          window: [fromMs, throughMs],
        },
      ],
      ...nodeBase(input, 'features'),
    };
  });
}

/** The feature definition as plain JSON, absent keys left out. */
function definitionOf(input: GraphInput): JsonObject {
  const { flags, expressions, indicators } = input.config.features;
  return {
    flags: { ...flags },
    expressions: { ...expressions },
    indicators: indicators.map(({ name, params, as }) => ({
      name,
      params: { ...params },
      ...(as === null ? {} : { as }),
    })),
  };
}
