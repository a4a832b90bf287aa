import { STAGES, type RunOptions } from '../config/types.js';
import { dependenciesOf, stageOf, type PlanNode } from './node.js';

/** Stage at which a program's node is wanted: figures are wanted with the numbers they draw. */
function wantedWith(node: PlanNode): string {
  if (node.program === 'quantileFigures') return 'evaluate';
  if (node.program === 'backtestFigures') return 'backtest';
  return stageOf(node);
}

/**
 * The nodes that a run until a stage is about: those of that stage and of the ones before it, and
 * whatever they read; with `symbols`, the partitions of other symbols only as far as they are read.
 */
export function selectNodes(nodes: readonly PlanNode[], options: RunOptions): PlanNode[] {
  const last = STAGES.indexOf(options.until);
  const wanted = new Set<string>();
  for (const node of [...nodes].reverse()) {
    const stage = wantedWith(node);
    const reached = STAGES.indexOf(stage as (typeof STAGES)[number]) <= last;
    if (reached && !isForeignPartition(node, options)) wanted.add(node.id);
    if (wanted.has(node.id)) for (const id of dependenciesOf(node)) wanted.add(id);
  }
  return nodes.filter(({ id }) => wanted.has(id));
}

function isForeignPartition(node: PlanNode, options: RunOptions): boolean {
  if (options.symbols === null) return false;
  if (node.program !== 'klines' && node.program !== 'features') return false;
  return !options.symbols.includes(String(node.params.symbol));
}
