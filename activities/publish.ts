/** The end of a run: its record, and its artifacts under human paths. Uncached and idempotent. */
import path from 'node:path';
import { compileConfig } from '../lib/config/compile.js';
import type { Stage } from '../lib/config/types.js';
import { artifactsOf, type Artifact, type FinishedRun } from '../lib/plan/artifacts.js';
import { stageOf, type PlanNode } from '../lib/plan/node.js';
import type { ActionRecord, Store } from '../lib/store/index.js';
import type { Headline, PublishRequest, RunResult, StageCounts } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';
import { currentRun } from './host/current-run.js';
import { foldTable } from './fold-table.js';
import { loadPlan, type LoadedPlan } from './load-plan.js';
import { withHeartbeat } from './with-heartbeat.js';

/** More outputs than this travel as a digest. */
const MOST_OUTPUTS = 5000;

type RunRecords = ReadonlyMap<string, ActionRecord>;

/** Writes the run's record and links its artifacts; answers the result of the run. */
export function createPublish(
  dependencies: ActivityDependencies,
): (request: PublishRequest) => Promise<RunResult> {
  return (request) => withHeartbeat(() => publishRun(dependencies, request));
}

async function publishRun(dependencies: ActivityDependencies, request: PublishRequest): Promise<RunResult> {
  const { store } = dependencies;
  const plan = await loadPlan(store, request.plan);
  const records = await finishedRecords(store, plan, request);
  const outputs = outputDigests(records);
  const artifacts =
    request.status === 'completed' ? await linkArtifacts(dependencies, request, plan, records) : {};
  const result: RunResult = {
    runId: currentRun().runId,
    config: request.configDigest,
    stages: stageCounts(plan, request),
    ...(await outputsOrReference(store, outputs)),
    headline: headlineOf(records),
    artifacts,
    runsInStore: (await store.countRuns()) + 1,
  };
  await writeRunRecord(store, request, plan, result);
  return result;
}

async function finishedRecords(store: Store, plan: LoadedPlan, request: PublishRequest): Promise<RunRecords> {
  const records = new Map<string, ActionRecord>();
  for (const node of plan.nodes) {
    const key = request.outcomes[node.id]?.key ?? null;
    if (key === null) continue;
    const found = await store.lookup(node.program, key);
    if (found.state === 'hit') records.set(node.id, found.record);
  }
  return records;
}

/** The digest of each node's first output, the one it is made for. */
function outputDigests(records: RunRecords): Record<string, string> {
  return Object.fromEntries([...records].map(([id, { outputs }]) => [id, outputs[0]!.digest]));
}

async function outputsOrReference(
  store: Store,
  outputs: Record<string, string>,
): Promise<Pick<RunResult, 'outputs' | 'outputsRef'>> {
  if (Object.keys(outputs).length <= MOST_OUTPUTS) return { outputs };
  return { outputsRef: await store.putBytes(Buffer.from(JSON.stringify(outputs))) };
}

function stageCounts(plan: LoadedPlan, request: PublishRequest): RunResult['stages'] {
  const counts: Partial<Record<Stage, StageCounts>> = {};
  for (const node of plan.nodes) {
    const stage = stageOf(node);
    const before = counts[stage] ?? { nodes: 0, hit: 0, ran: 0, failed: 0, wallMs: 0 };
    const outcome = request.outcomes[node.id];
    counts[stage] = {
      nodes: before.nodes + 1,
      hit: before.hit + Number(outcome?.status === 'hit'),
      ran: before.ran + Number(outcome?.status === 'ran'),
      failed: before.failed + Number(outcome?.status === 'failed' || outcome?.status === 'blocked'),
      wallMs: before.wallMs + (outcome?.status === 'ran' ? outcome.wallMs : 0),
    };
  }
  return counts;
}

function headlineOf(records: RunRecords): Headline {
  const evaluated = records.get('evaluate')?.facts ?? {};
  const traded = records.get('backtest')?.facts ?? {};
  const fact = <T>(facts: Record<string, unknown>, name: string): T | null =>
    (facts[name] ?? null) as T | null;
  return {
    ic: fact(evaluated, 'ic'),
    icT: fact(evaluated, 'icT'),
    icDelay1: fact(evaluated, 'icDelay1'),
    days: fact(evaluated, 'days'),
    breakEvenFeeBp: fact(traded, 'breakEvenFeeBp'),
    breakEvenFeeBp95: fact(traded, 'breakEvenFeeBp95'),
    breakEvenFeeBpDelay1: fact(traded, 'breakEvenFeeBpDelay1'),
    breakEvenFeeBpDelay1At95: fact(traded, 'breakEvenFeeBpDelay1At95'),
    sharpe: fact(traded, 'sharpe'),
    scope: fact(traded, 'scope'),
    exPost: fact(traded, 'exPost'),
    exPostRule: fact(traded, 'exPostRule'),
  };
}

async function linkArtifacts(
  { store, home }: ActivityDependencies,
  request: PublishRequest,
  plan: LoadedPlan,
  records: RunRecords,
): Promise<Record<string, string>> {
  const config = compileConfig(request.config);
  const run: FinishedRun = { config, nodes: plan.nodes, records, folds: plan.folds };
  const paths: Record<string, string> = {};
  for (const artifact of artifactsOf(run)) {
    const target = path.resolve(home, artifact.path);
    await linkArtifact(store, artifact, target, () => foldTable(store, run, records));
    paths[artifact.name] = target;
  }
  return paths;
}

async function linkArtifact(
  store: Store,
  artifact: Artifact,
  target: string,
  table: () => Promise<string>,
): Promise<void> {
  if (artifact.kind === 'file') return store.linkFile(artifact.digest, target);
  const extra = artifact.name === 'models' ? [{ relativePath: 'folds.json', digest: await table() }] : [];
  return store.linkTree([...artifact.files, ...extra], target);
}

async function writeRunRecord(
  store: Store,
  request: PublishRequest,
  plan: LoadedPlan,
  result: RunResult,
): Promise<void> {
  const { workflowId, runId } = currentRun();
  const nodes = Object.fromEntries(
    plan.nodes.map((node: PlanNode) => {
      const outcome = request.outcomes[node.id];
      return [
        node.id,
        { stage: node.program, key: outcome?.key ?? null, status: outcome?.status ?? 'blocked' },
      ];
    }),
  );
  await store.writeRun({
    runId,
    workflowId,
    finishedAt: new Date().toISOString(),
    status: request.status,
    configDigest: request.configDigest,
    config: request.config,
    plan: request.plan,
    nodes,
    totals: result.stages,
  });
}
