/** The end of a run: its record, and its artifacts under human paths. Uncached and idempotent. */
import path from 'node:path';
import { compileConfig, compileOptions } from '../lib/config/compile.js';
import type { Stage } from '../lib/config/types.js';
import { artifactsOf, type Artifact, type FinishedRun } from '../lib/plan/artifacts.js';
import { stageOf, type PlanNode } from '../lib/plan/node.js';
import type { RunFile, RunNode, Storage } from '../lib/store/index.js';
import type { Headline, PublishRequest, RanNode, RunResult, StageCounts } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';
import { endedNodes, type RunOutcomes, type RunRecords } from './ended-nodes.js';
import { currentRun } from './host/current-run.js';
import { featureSummaries } from './feature-summaries.js';
import { foldTable } from './fold-table.js';
import { loadPlan, type LoadedPlan } from './load-plan.js';
import { qualityFiles, restatedMonths, unusableArchives } from './market-outcome.js';
import { withHeartbeat } from './with-heartbeat.js';

/** More outputs than this travel as a digest. */
const MOST_OUTPUTS = 5000;

/** Nodes listed in the result with their reasons. */
const MOST_RAN = 500;

/** Writes the run's record and links its artifacts; answers the result of the run. */
export function createPublish(
  dependencies: ActivityDependencies,
): (request: PublishRequest) => Promise<RunResult> {
  return (request) => withHeartbeat(() => publishRun(dependencies, request));
}

async function publishRun(dependencies: ActivityDependencies, request: PublishRequest): Promise<RunResult> {
  const { store } = dependencies;
  const plan = await loadPlan(store, request.plan);
  const { outcomes, records } = await endedNodes(store, plan, request);
  const restated = restatedMonths(records, outcomes);
  const unusable = unusableArchives(records, outcomes);
  const ran = ranNodes(plan, outcomes);
  const leftOut = { ran: Math.max(0, ran.length - MOST_RAN), causes: plan.causesLeftOut };
  const artifacts =
    request.status === 'completed' ? await linkArtifacts(dependencies, request, plan, records) : {};
  const result: RunResult = {
    runId: currentRun().runId,
    config: request.configDigest,
    stages: stageCounts(plan, outcomes),
    ...(await outputsOrReference(store, outputDigests(records))),
    ...(restated.length > 0 ? { restated } : {}),
    ...(unusable.length > 0 ? { unusableArchives: unusable } : {}),
    ran: ran.slice(0, MOST_RAN),
    ...(leftOut.ran + leftOut.causes > 0 ? { leftOut } : {}),
    causes: plan.causes,
    diverged: plan.nodes.filter(({ id }) => outcomes.get(id)?.diverged).map(({ id }) => id),
    headline: headlineOf(records),
    ...(compileOptions(request.options).until === 'features'
      ? await featureSummaries(store, plan.nodes, records)
      : {}),
    artifacts,
    runsInStore: (await store.countRuns()) + 1,
  };
  await store.writeRun(runFile({ request, plan, outcomes, records, result }));
  return result;
}

/** Why a node ran that was a hit when the run was planned. */
const FOUND_BROKEN = { reason: 'OBJECT_CORRUPT', cause: 'found broken in this run' } as const;

function ranNodes(plan: LoadedPlan, outcomes: RunOutcomes): RanNode[] {
  return plan.nodes.flatMap(({ id }) => {
    const outcome = outcomes.get(id);
    if (outcome?.status !== 'ran' || outcome.key === null) return [];
    return [{ node: id, ...(plan.why[id] ?? FOUND_BROKEN), key: outcome.key, wallMs: outcome.wallMs }];
  });
}

/** The digest of each node's first output, the one it is made for. */
function outputDigests(records: RunRecords): Record<string, string> {
  return Object.fromEntries([...records].map(([id, { outputs }]) => [id, outputs[0]!.digest]));
}

async function outputsOrReference(
  store: Storage,
  outputs: Record<string, string>,
): Promise<Pick<RunResult, 'outputs' | 'outputsRef'>> {
  if (Object.keys(outputs).length <= MOST_OUTPUTS) return { outputs };
  return { outputsRef: await store.putBytes(Buffer.from(JSON.stringify(outputs))) };
}

function stageCounts(plan: LoadedPlan, outcomes: RunOutcomes): RunResult['stages'] {
  const counts: Partial<Record<Stage, StageCounts>> = {};
  for (const node of plan.nodes) {
    const stage = stageOf(node);
    const before = counts[stage] ?? { nodes: 0, hit: 0, ran: 0, failed: 0, wallMs: 0 };
    const outcome = outcomes.get(node.id);
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
    icSignal: fact(evaluated, 'signal'),
    ic: fact(evaluated, 'ic'),
    icT: fact(evaluated, 'icT'),
    icDelay1: fact(evaluated, 'icDelay1'),
    days: fact(evaluated, 'days'),
    signal: fact(traded, 'signal'),
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
  const run = { config, nodes: plan.nodes, records, folds: plan.folds } satisfies FinishedRun;
  const paths: Record<string, string> = {};
  for (const artifact of artifactsOf(run)) {
    const target = path.resolve(home, artifact.path);
    await linkArtifact(store, artifact, target, () => foldTable(store, run, records));
    paths[artifact.name] = target;
  }
  for (const { symbol, path: place, digest } of await qualityFiles(store, config, run)) {
    paths[`quality/${symbol}`] = path.resolve(home, place);
    await store.linkFile(digest, paths[`quality/${symbol}`]!);
  }
  return paths;
}

async function linkArtifact(
  store: Storage,
  artifact: Artifact,
  target: string,
  table: () => Promise<string>,
): Promise<void> {
  if (artifact.kind === 'file') return store.linkFile(artifact.digest, target);
  const extra = artifact.name === 'models' ? [{ relativePath: 'folds.json', digest: await table() }] : [];
  return store.linkTree([...artifact.files, ...extra], target);
}

interface EndedRun {
  readonly request: PublishRequest;
  readonly plan: LoadedPlan;
  readonly outcomes: RunOutcomes;
  readonly records: RunRecords;
  readonly result: RunResult;
}

function runFile({ request, plan, outcomes, records, result }: EndedRun): RunFile {
  const { workflowId, runId } = currentRun();
  const nodeOf = ({ id, program }: PlanNode): RunNode => {
    const outcome = outcomes.get(id);
    const unplanned = outcome?.status === 'ran' ? FOUND_BROKEN : { reason: null, cause: null };
    const { reason, cause } = plan.why[id] ?? unplanned;
    const outputs = records.get(id)?.outputs ?? [];
    return {
      stage: program,
      key: outcome?.key ?? null,
      status: outcome?.status ?? 'blocked',
      reason,
      cause,
      error: outcome?.error ?? null,
      outputs: Object.fromEntries(outputs.map(({ name, digest }) => [name, digest])),
    };
  };
  return {
    runId,
    workflowId,
    finishedAt: new Date().toISOString(),
    status: request.status,
    configDigest: request.configDigest,
    config: request.config,
    plan: request.plan,
    ...(result.outputsRef === undefined ? {} : { outputsRef: result.outputsRef }),
    nodes: Object.fromEntries(plan.nodes.map((node) => [node.id, nodeOf(node)])),
    totals: result.stages,
  };
}
