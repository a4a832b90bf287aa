/** From the compiled config and what the exchange has to the nodes of the DAG, in topological order. Pure. */
import type { GraphInput } from './graph-input.js';
import { marketNodes } from './market-nodes.js';
import { modelNodes } from './model-nodes.js';
import type { PlanNode } from './node.js';
import { resultNodes } from './result-nodes.js';
import { selectNodes } from './selection.js';

/** All nodes a run with these options is about: what it ends in and everything before that. */
export function buildGraph(input: GraphInput): PlanNode[] {
  const market = marketNodes(input);
  const model = modelNodes(input, market);
  const nodes = [...market, ...model, ...resultNodes(input, market, model)];
  return selectNodes(nodes, input.options);
}
