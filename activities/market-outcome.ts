/** What a run found out about the market: restated months, and one quality record a symbol. */
import { symbolQuality, type MonthQuality, type Restatement } from '../lib/market/index.js';
import type { PipelineConfig } from '../lib/config/types.js';
import type { PlanNode } from '../lib/plan/node.js';
import type { ActionRecord, Storage } from '../lib/store/index.js';
import type { NodeOutcome, RestatedMonth, UnusableArchive } from './contract.js';

type Records = ReadonlyMap<string, ActionRecord>;

/** Closed months that this run asked for again and found changed. */
export function restatedMonths(
  records: Records,
  outcomes: ReadonlyMap<string, NodeOutcome>,
): RestatedMonth[] {
  return [...records].flatMap(([node, { facts }]) => {
    const restated = facts.restated as Restatement | undefined;
    if (restated === undefined || outcomes.get(node)?.status !== 'ran') return [];
    const { changedRows, addedRows, removedRows } = restated;
    return changedRows + addedRows + removedRows === 0 ? [] : [{ node, changedRows, addedRows, removedRows }];
  });
}

/** Archive files that this run fetched and found wrong: checksum, zip or content. */
export function unusableArchives(
  records: Records,
  outcomes: ReadonlyMap<string, NodeOutcome>,
): UnusableArchive[] {
  return [...records].flatMap(([node, { facts }]) => {
    if (outcomes.get(node)?.status !== 'ran') return [];
    const problems = (facts.archiveProblems ?? []) as readonly Omit<UnusableArchive, 'node'>[];
    return problems.map(({ file, problem }) => ({ node, file, problem }));
  });
}

export interface QualityFile {
  readonly symbol: string;
  /** As configured, `/` between parts. */
  readonly path: string;
  /** Of the JSON, which is in the store. */
  readonly digest: string;
}

/** The quality of each symbol whose months are all there, as JSON beside its klines. */
export async function qualityFiles(
  store: Storage,
  config: PipelineConfig,
  { nodes, records }: { nodes: readonly PlanNode[]; records: Records },
): Promise<QualityFile[]> {
  const klines = nodes.filter(({ program }) => program === 'klines');
  const files: QualityFile[] = [];
  for (const symbol of new Set(klines.map(({ params }) => String(params.symbol)))) {
    const months: MonthQuality[] = [];
    const own = klines.filter(({ params }) => params.symbol === symbol);
    for (const { id } of own) {
      const output = records.get(id)?.outputs.find(({ name }) => name === 'quality');
      if (output === undefined) break;
      months.push(JSON.parse((await store.readBlob(output.digest)).toString('utf8')) as MonthQuality);
    }
    if (months.length < own.length) continue;
    const digest = await store.putBytes(Buffer.from(`${JSON.stringify(symbolQuality(months), null, 2)}\n`));
    files.push({ symbol, path: `${config.paths.klines}/${symbol}_${config.interval}_quality.json`, digest });
  }
  return files;
}
