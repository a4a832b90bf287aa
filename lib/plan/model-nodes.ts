/** The nodes of fold and predict: one each a window of UTC time over all symbols. */
import { isoOf, targetName } from '../bars/interval.js';
import { nodeBase, type FoldText, type FoldWindow, type GraphInput } from './graph-input.js';
import { partitionsIn } from './market-nodes.js';
import type { JsonObject, NodeInput, PlanNode } from './node.js';

/** A fold's node and the node that predicts its test window, for every fold. */
export function modelNodes(input: GraphInput, market: readonly PlanNode[]): PlanNode[] {
  return input.folds.flatMap((fold) => [...foldNodes(input, market, fold), predictNode(input, market, fold)]);
}

/** Text that names a fold in ids, labels and the `fold` column: the start of its test window. */
export function foldLabel(fold: FoldWindow): string {
  return isoOf(fold.testStartMs);
}

/** A fold's windows as ISO texts. */
export function foldText(fold: FoldWindow): FoldText {
  return {
    number: fold.number,
    trainStart: isoOf(fold.trainStartMs),
    validStart: isoOf(fold.validStartMs),
    testStart: isoOf(fold.testStartMs),
    testEnd: isoOf(fold.testEndMs),
  };
}

/** Id of the node whose model serves the fold: the continued one where rounds were added. */
export function modelId(input: GraphInput, fold: FoldWindow): string {
  const rounds = input.options.continueRounds;
  return rounds === null ? `fold/${foldLabel(fold)}` : `fold/${foldLabel(fold)}+${rounds}`;
}

function foldNodes(input: GraphInput, market: readonly PlanNode[], fold: FoldWindow): PlanNode[] {
  const fresh = foldNode(input, market, fold);
  const rounds = input.options.continueRounds;
  if (rounds === null) return [fresh];
  const parent: NodeInput = { name: 'parent', nodes: [fresh.id], output: 'model', window: null };
  return [
    // The parent is what exists; only the added rounds can be forced.
    { ...fresh, forced: false },
    {
      ...fresh,
      id: modelId(input, fold),
      params: { ...fresh.params, continued: { rounds } },
      inputs: [...fresh.inputs, parent],
    },
  ];
}

function foldNode(input: GraphInput, market: readonly PlanNode[], fold: FoldWindow): PlanNode {
  const { config } = input;
  const window: [number, number] = [fold.trainStartMs, fold.testStartMs];
  const inputs = featureInputs(market, config.trainSymbols, window);
  return {
    id: `fold/${foldLabel(fold)}`,
    program: 'fold',
    params: {
      window: {
        trainStart: isoOf(fold.trainStartMs),
        validStart: isoOf(fold.validStartMs),
        testStart: isoOf(fold.testStartMs),
      },
      ...columnParams(input, inputs),
      embargoBars: config.folds.embargoBars,
      lightgbm: {
        rounds: config.lightgbm.rounds,
        earlyStoppingRounds: config.lightgbm.earlyStoppingRounds,
        earlyStoppingMetric: config.lightgbm.earlyStoppingMetric,
        params: { ...config.lightgbm.params },
      },
      continued: null,
    },
    hints: {},
    inputs,
    ...nodeBase(input, 'fold'),
  };
}

function predictNode(input: GraphInput, market: readonly PlanNode[], fold: FoldWindow): PlanNode {
  const window: [number, number] = [fold.testStartMs, fold.testEndMs];
  const inputs = featureInputs(market, input.config.symbols, window);
  return {
    id: `predict/${foldLabel(fold)}`,
    program: 'predict',
    params: {
      window: { testStart: isoOf(fold.testStartMs), testEnd: isoOf(fold.testEndMs) },
      ...columnParams(input, inputs),
      foldLabel: foldLabel(fold),
    },
    hints: {},
    inputs: [{ name: 'model', nodes: [modelId(input, fold)], output: 'model', window: null }, ...inputs],
    ...nodeBase(input, 'predict'),
  };
}

function columnParams(input: GraphInput, inputs: readonly NodeInput[]): JsonObject {
  const { config, features } = input;
  return {
    columns: [...features.columns],
    categorical: [...features.categorical],
    symbols: inputs.map(({ name }) => name.slice('features/'.length)),
    intervalMs: config.intervalMs,
    targetName: targetName(config.interval, config.volumeBarSizes !== null),
    ...(config.volumeBarSizes === null ? {} : { ofVolumeBars: true }),
  };
}

/**
 * The model-data partitions of each symbol in a window, symbols in order of name: the order of rows
 * at one time, and so the trees, must not depend on the order in the config.
 */
function featureInputs(
  market: readonly PlanNode[],
  symbols: readonly string[],
  window: readonly [number, number],
): NodeInput[] {
  return [...symbols].sort().flatMap((symbol) => {
    const nodes = partitionsIn(market, 'features', symbol, window);
    return nodes.length === 0 ? [] : [{ name: `features/${symbol}`, nodes, output: 'rows', window }];
  });
}
