/** The graph of many symbols and months. */
import { buildGraph } from '../../../lib/plan/graph.js';
import type { FoldWindow } from '../../../lib/plan/graph-input.js';
import type { PlanNode } from '../../../lib/plan/node.js';
import { DAY, graphInput, observed } from './fixtures.js';

export interface LargeGraph {
  readonly symbols: number;
  readonly months: number;
  readonly folds: number;
}

/** All nodes; a fold trains on a year, is validated on a month and tested on the next. */
export function largeGraph({ symbols, months, folds }: LargeGraph): PlanNode[] {
  const names = Array.from({ length: symbols }, (_, index) => `S${String(index).padStart(3, '0')}USDT`);
  const monthMs = (month: number): number => Date.UTC(2018, month, 1);
  const windows = Array.from({ length: folds }, (_, index): FoldWindow => ({
    number: index + 1,
    trainStartMs: monthMs(index),
    validStartMs: monthMs(index + 10),
    testStartMs: monthMs(index + 11),
    testEndMs: monthMs(index + 12),
  }));
  const through = new Date(monthMs(months) - DAY).toISOString().slice(0, 10);
  return buildGraph(
    graphInput({
      config: { train_symbols: names, start_date: '2018-01-01' },
      input: {
        folds: windows,
        observation: {
          closedEndMs: monthMs(months),
          symbols: names.map((name) => observed(name, '2017-01-01', through)),
          recheck: null,
        },
      },
    }),
  );
}
