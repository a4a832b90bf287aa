/** Small graphs for the tests of the plan. */
import { compileConfig, compileOptions } from '../../../lib/config/compile.js';
import type { RawConfig, RawOptions } from '../../../lib/config/schema.js';
import { buildGraph } from '../../../lib/plan/graph.js';
import type { FoldWindow, GraphInput, SymbolObservation } from '../../../lib/plan/graph-input.js';
import type { PlanNode } from '../../../lib/plan/node.js';

export const DAY = 86_400_000;

export function observed(symbol: string, from: string, through: string): SymbolObservation {
  return {
    symbol,
    firstBarMs: Date.parse(`${from}T00:00:00Z`),
    lastBarMs: Date.parse(`${through}T00:00:00Z`) + DAY - 60_000,
    monthlyArchives: [],
    dailyArchives: [],
  };
}

const at = (date: string): number => Date.parse(`${date}T00:00:00Z`);

export const twoFolds: FoldWindow[] = [
  {
    number: 1,
    trainStartMs: at('2023-03-01'),
    validStartMs: at('2023-03-25'),
    testStartMs: at('2023-04-01'),
    testEndMs: at('2023-04-11'),
  },
  {
    number: 2,
    trainStartMs: at('2023-03-11'),
    validStartMs: at('2023-04-04'),
    testStartMs: at('2023-04-11'),
    testEndMs: at('2023-04-21'),
  },
];

export interface GraphChange {
  config?: Partial<RawConfig>;
  options?: RawOptions;
  input?: Partial<GraphInput>;
}

export function graphInput({ config, options, input }: GraphChange = {}): GraphInput {
  return {
    config: compileConfig({ train_symbols: ['ETHUSDT', 'BTCUSDT'], start_date: '2023-03-01', ...config }),
    options: compileOptions(options),
    observation: {
      closedEndMs: at('2023-05-01'),
      symbols: [
        observed('ETHUSDT', '2022-01-01', '2023-04-30'),
        observed('BTCUSDT', '2022-01-01', '2023-04-30'),
      ],
      rechecked: {},
    },
    folds: twoFolds,
    signals: { evaluate: null, backtest: null },
    funding: null,
    features: { columns: ['ret1bar', 'rsi'], categorical: [], lookBackBars: 512 },
    ...input,
  };
}

export function graph(change: GraphChange = {}): PlanNode[] {
  return buildGraph(graphInput(change));
}

export function nodeOf(nodes: readonly PlanNode[], id: string): PlanNode {
  const node = nodes.find((each) => each.id === id);
  if (node === undefined) throw new Error(`no node ${id} among ${nodes.map((each) => each.id).join(' ')}`);
  return node;
}
