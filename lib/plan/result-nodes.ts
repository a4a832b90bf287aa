/** The nodes of evaluate, backtest and report. */
import { DAY_MS, isoOf, monthOf, monthStartMs } from '../bars/interval.js';
import type { EvaluateConfig, Scope } from '../config/types.js';
import { lookBackMs, nodeBase, type GraphInput } from './graph-input.js';
import { partitionsIn } from './market-nodes.js';
import { foldLabel, foldText, modelId } from './model-nodes.js';
import type { JsonObject, NodeInput, PlanNode } from './node.js';

export const EVALUATE_ID = 'evaluate';
export const BACKTEST_ID = 'backtest';
export const REPORT_ID = 'report/page';

/** Evaluation, backtest, their figures and the page; none where no fold predicts. */
export function resultNodes(
  input: GraphInput,
  market: readonly PlanNode[],
  model: readonly PlanNode[],
): PlanNode[] {
  if (model.length === 0) return [];
  // In the order of the stages, which counts by stage then keep.
  return [
    evaluateNode(input, market),
    backtestNode(input, market),
    figureNode(input, 'quantileFigures', 'report/quantiles', [evaluationInput]),
    figureNode(input, 'backtestFigures', 'report/equity', backtestInputs),
    pageNode(input, market),
  ];
}

/** The symbols that are judged and traded: all predicted ones, or those the run asks for. */
export function targetSymbols(input: GraphInput): string[] {
  const wanted = input.options.symbols;
  return [...input.config.symbols].sort().filter((symbol) => wanted === null || wanted.includes(symbol));
}

/** `ALL` for several symbols, else the symbol: how artifacts and titles name the target. */
export function targetLabel(input: GraphInput): string {
  const symbols = targetSymbols(input);
  return symbols.length === 1 ? symbols[0]! : 'ALL';
}

/**
 * The scope in force: the configured one, else `timestamp` for several symbols whose bars end together
 * and `date` for one, or for volume bars.
 */
export function scopeOf(input: GraphInput, config: EvaluateConfig): Scope {
  const endTogether = targetSymbols(input).length > 1 && input.config.volumeBarSizes === null;
  return config.scope ?? (endTogether ? 'timestamp' : 'date');
}

const evaluationInput: NodeInput = {
  name: 'evaluation',
  nodes: [EVALUATE_ID],
  output: 'evaluation',
  window: null,
};

const backtestInputs: NodeInput[] = [
  { name: 'backtest', nodes: [BACKTEST_ID], output: 'backtest', window: null },
  { name: 'equity', nodes: [BACKTEST_ID], output: 'equity', window: null },
];

function evaluateNode(input: GraphInput, market: readonly PlanNode[]): PlanNode {
  const judged = judgedInputs(input, market, 'evaluate');
  return {
    id: EVALUATE_ID,
    program: 'evaluate',
    params: judgedParams(input, 'evaluate'),
    hints: {},
    inputs: [...judged, ...judged.flatMap(qualityInput), foldInput(input, 'importance', 'summary')],
    ...nodeBase(input, 'evaluate'),
  };
}

/** What is known about the months of a symbol's judged bars. */
function qualityInput({ name, nodes, output }: NodeInput): NodeInput[] {
  if (output !== 'bars') return [];
  return [{ name: name.replace('bars/', 'quality/'), nodes, output: 'quality', window: null }];
}

function backtestNode(input: GraphInput, market: readonly PlanNode[]): PlanNode {
  const { backtest } = input.config;
  return {
    id: BACKTEST_ID,
    program: 'backtest',
    params: {
      ...judgedParams(input, 'backtest'),
      quantile: backtest.quantile,
      side: backtest.side,
      feeFrac: backtest.feeFrac,
      delayBars: backtest.delayBars,
      halfSpreadBp: backtest.halfSpreadBp,
      trials: backtest.trials,
      funding: input.funding?.digest ?? null,
    },
    hints: input.funding === null ? {} : { fundingPath: input.funding.path },
    inputs: judgedInputs(input, market, 'backtest'),
    ...nodeBase(input, 'backtest'),
  };
}

type Judging = 'evaluate' | 'backtest';

/** Leaves that evaluation and backtest have in common, each from its own part of the config. */
function judgedParams(input: GraphInput, stage: Judging): JsonObject {
  const config = input.config[stage];
  return {
    interval: input.config.interval,
    intervalMs: input.config.intervalMs,
    symbols: targetSymbols(input),
    bins: config.bins,
    scope: scopeOf(input, config),
    trailingDays: config.trailingDays,
    signal: config.signal,
    definition: input.signals[stage]?.definition ?? null,
    ...volumeBarSizes(input),
    folds: input.folds.map((fold) => ({
      label: foldLabel(fold),
      testStart: isoOf(fold.testStartMs),
      testEnd: isoOf(fold.testEndMs),
    })),
  };
}

/** Sizes of the target symbols' volume bars; none where rows are time bars. */
function volumeBarSizes(input: GraphInput): JsonObject {
  if (input.config.volumeBarSizes === null) return {};
  const sizes = targetSymbols(input).map((symbol) => [symbol, input.config.volumeBarSizes![symbol]!]);
  return { volumeBarSizes: Object.fromEntries(sizes) as JsonObject };
}

function judgedInputs(input: GraphInput, market: readonly PlanNode[], stage: Judging): NodeInput[] {
  const predictions: NodeInput = {
    name: 'predictions',
    nodes: input.folds.map((fold) => `predict/${foldLabel(fold)}`),
    output: 'predictions',
    window: null,
  };
  return [predictions, foldInput(input, 'validation', 'validation'), ...barInputs(input, market, stage)];
}

function foldInput(input: GraphInput, name: string, output: string): NodeInput {
  return { name, nodes: input.folds.map((fold) => modelId(input, fold)), output, window: null };
}

/**
 * The target symbols' bars to the end of the tests: from the day before the first test, because its first
 * row is of the bar before the window; for a signal, from the look-back before the first validation month.
 */
function barInputs(input: GraphInput, market: readonly PlanNode[], stage: Judging): NodeInput[] {
  const signal = input.signals[stage];
  const firstTestMs = Math.min(...input.folds.map((fold) => fold.testStartMs));
  const firstValidMs = Math.min(...input.folds.map((fold) => fold.validStartMs));
  const startMs =
    signal === null
      ? firstTestMs - DAY_MS
      : monthStartMs(monthOf(firstValidMs)) - lookBackMs(signal, input.config.intervalMs);
  const endMs = Math.max(...input.folds.map((fold) => fold.testEndMs));
  return targetSymbols(input).flatMap((symbol) => {
    const nodes = partitionsIn(market, 'klines', symbol, [startMs, endMs]);
    if (nodes.length === 0) return [];
    return [{ name: `bars/${symbol}`, nodes, output: 'bars', window: [startMs, endMs] as const }];
  });
}

/** What figures and page are told: the target and the folds' windows. */
function reportParams(input: GraphInput): JsonObject {
  return {
    symbol: targetLabel(input),
    interval: input.config.interval,
    ...volumeBarSizes(input),
    folds: input.folds.map((fold) => ({ label: foldLabel(fold), ...foldText(fold) })),
  };
}

function figureNode(
  input: GraphInput,
  program: 'quantileFigures' | 'backtestFigures',
  id: string,
  inputs: readonly NodeInput[],
): PlanNode {
  return { id, program, params: reportParams(input), hints: {}, inputs, ...nodeBase(input, 'report') };
}

function pageNode(input: GraphInput, market: readonly PlanNode[]): PlanNode {
  const all = (stage: string, output: string): NodeInput => ({
    name: output,
    nodes: market.filter(({ program }) => program === stage).map(({ id }) => id),
    output,
    window: null,
  });
  return {
    id: REPORT_ID,
    program: 'reportPage',
    params: reportParams(input),
    hints: {},
    inputs: [
      evaluationInput,
      ...backtestInputs,
      { ...foldInput(input, 'folds', 'summary') },
      { ...all('klines', 'quality'), name: 'quality' },
    ],
    ...nodeBase(input, 'report'),
  };
}
