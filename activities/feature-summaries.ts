/** What a run that ends with the features tells of them, by symbol. */
import { joinSummaries, type RowsSummary } from '../lib/features/summary.js';
import type { PlanNode } from '../lib/plan/node.js';
import type { ActionRecord, Storage } from '../lib/store/index.js';
import type { RunResult } from './contract.js';

/** More numbers than this travel as a digest. */
const MOST_COLUMNS = 5000;

/** Rows, dropped rows by reason, and the missing share and range of every column. */
export async function featureSummaries(
  store: Storage,
  nodes: readonly PlanNode[],
  records: ReadonlyMap<string, ActionRecord>,
): Promise<Pick<RunResult, 'features' | 'featuresRef'>> {
  const bySymbol = new Map<string, RowsSummary[]>();
  for (const { id, program, params } of nodes) {
    const digest = records.get(id)?.outputs.find(({ name }) => name === 'summary')?.digest;
    if (program !== 'features' || digest === undefined) continue;
    const summary = JSON.parse((await store.readBlob(digest)).toString('utf8')) as RowsSummary;
    const symbol = String(params.symbol);
    bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), summary]);
  }
  const features = Object.fromEntries([...bySymbol].map(([symbol, parts]) => [symbol, joinSummaries(parts)]));
  const columns = Object.values(features).reduce((sum, each) => sum + Object.keys(each.columns).length, 0);
  if (columns <= MOST_COLUMNS) return { features };
  return { featuresRef: await store.putBytes(Buffer.from(JSON.stringify(features))) };
}
