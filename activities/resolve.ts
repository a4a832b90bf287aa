/** What is stale, and why: the plan of a run. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { compileConfig, compileOptions } from '../lib/config/compile.js';
import { STAGES, type PipelineConfig, type RunOptions, type Stage } from '../lib/config/types.js';
import { compileFeatures, volumeLookBackDays, type FeatureSet } from '../lib/features/index.js';
import { planFolds } from '../lib/model/folds.js';
import { refuseWarmUp } from '../lib/model/refuse-warm-up.js';
import { explainNode } from '../lib/plan/explain.js';
import { buildGraph } from '../lib/plan/graph.js';
import {
  barRange,
  readRange,
  type FoldWindow,
  type GraphInput,
  type Observation,
  type SignalPlan,
} from '../lib/plan/graph-input.js';
import { splitWork } from '../lib/plan/groups.js';
import { foldText } from '../lib/plan/model-nodes.js';
import { refuseTargets } from '../lib/plan/refuse-targets.js';
import type { JsonObject, PlanNode } from '../lib/plan/node.js';
import { causesOf, packPlan, planResultOf } from '../lib/plan/plan-result.js';
import { resolvePlan, type Resolution, type ResolvedNode, type ResolveSources } from '../lib/plan/resolve.js';
import { actionKey, canonicalJson, type Preimage } from '../lib/store/index.js';
import type { ResolveAnswer, ResolvedWork, ResolveRequest } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';
import { currentRun } from './host/current-run.js';
import type { StoredPlan } from './load-plan.js';
import { fundingFile } from './programs/funding-input.js';
import { SIGNAL_COLUMN } from './programs/judged-input.js';
import { previousRuns } from './previous-runs.js';
import { withHeartbeat } from './with-heartbeat.js';

/** Causes that a run carries along; a plan tells all. */
const MOST_CAUSES = 50;

/** Resolves a run's plan against the store; with `plan: true` or `explain` it writes nothing. */
export function createResolve(
  dependencies: ActivityDependencies,
): (request: ResolveRequest) => Promise<ResolveAnswer> {
  return (request) => withHeartbeat(() => resolveRun(dependencies, request));
}

async function resolveRun(
  dependencies: ActivityDependencies,
  request: ResolveRequest,
): Promise<ResolveAnswer> {
  const config = compileConfig(request.config);
  const options = compileOptions(request.options);
  const input = await graphInput({ config, options }, request.observation, dependencies.home);
  refuseTargets(input);
  const nodes = buildGraph(input);
  const past = previousRuns(dependencies.store);
  const resolution = await resolvePlan(nodes, sourcesOf(dependencies, past));
  if (options.explain !== null) {
    const sources = { nodes, resolved: resolution.nodes, records: resolution.records };
    const { codeOf } = dependencies;
    const known = { past: await past(options.explain), codeOf };
    return { kind: 'explanation', explanation: explainNode(options.explain, { ...sources, ...known }) };
  }
  const configDigest = digestOfConfig(request.config);
  if (options.plan) {
    const plan = planResultOf(configDigest, resolution.nodes, input.folds.map(foldText));
    return { kind: 'plan', plan: packPlan(plan) };
  }
  return resolvedWork(dependencies, { nodes, resolution, folds: input.folds, configDigest });
}

interface Resolved {
  readonly nodes: readonly PlanNode[];
  readonly resolution: Resolution;
  readonly folds: readonly FoldWindow[];
  readonly configDigest: string;
}

/** Stores the plan, says that the run goes on, and answers what there is to do. */
async function resolvedWork(
  { store, mostInlineNodes, codeOf }: ActivityDependencies,
  { nodes, resolution, folds, configDigest }: Resolved,
): Promise<ResolveAnswer> {
  const { work, groups, members } = splitWork(nodes, resolution.nodes, mostInlineNodes);
  const toRun = resolution.nodes.filter(({ state }) => state !== 'HIT');
  const causes = causesOf(toRun);
  const stored: StoredPlan = {
    nodes,
    folds,
    keys: Object.fromEntries([...resolution.records].map(([id, { key }]) => [id, key])),
    why: Object.fromEntries(toRun.map(({ id, reason, cause }) => [id, { reason, cause }])),
    causes: causes.slice(0, MOST_CAUSES),
    causesLeftOut: Math.max(0, causes.length - MOST_CAUSES),
    groups: members,
    code: Object.fromEntries(nodes.map(({ program }) => [program, codeOf(program)])),
  };
  // A lost preimage would never come back: nothing that is found is computed again.
  for (const preimage of resolution.preimages) await store.keepPreimage(preimage as Preimage);
  const plan = await store.putBytes(Buffer.from(JSON.stringify(stored)));
  const { workflowId, runId } = currentRun();
  await store.beginRun({ workflowId, runId, plan, sinceMs: Date.now() });
  const counts = countHits(resolution.nodes);
  return { kind: 'work', plan, configDigest, counts, work, groups, folds: folds.map(foldText) };
}

function countHits(nodes: readonly ResolvedNode[]): ResolvedWork['counts'] {
  const counts: Partial<Record<Stage, { nodes: number; hit: number }>> = {};
  for (const { stage, state } of nodes) {
    const before = counts[stage] ?? { nodes: 0, hit: 0 };
    counts[stage] = { nodes: before.nodes + 1, hit: before.hit + Number(state === 'HIT') };
  }
  return counts;
}

/** Everything the graph is built from; folds only where the run reaches them. */
async function graphInput(
  { config, options }: { config: PipelineConfig; options: RunOptions },
  observation: Observation,
  home: string,
): Promise<GraphInput> {
  const compiled = await compileFeatures(config.features);
  const features = { ...compiled, ...lookBackDays(config, compiled) };
  const signals = {
    evaluate: await signalPlan(config, config.evaluate.signal),
    backtest: await signalPlan(config, config.backtest.signal),
  };
  const reaches = (stage: Stage): boolean => STAGES.indexOf(options.until) >= STAGES.indexOf(stage);
  const { funding: file } = config.backtest;
  const funding = file !== null && reaches('backtest') ? fundingFile(path.resolve(home, file)) : null;
  const input: GraphInput = { config, options, observation, features, folds: [], signals, funding };
  return reaches('fold') ? { ...input, folds: foldWindows(input, features.warmUpBars) } : input;
}

/** The features with the signal as one more expression; refuses a signal that is no formula. */
async function signalPlan(config: PipelineConfig, signal: string | null): Promise<SignalPlan | null> {
  if (signal === null) return null;
  const { flags, expressions, indicators } = config.features;
  const definition = { flags, expressions: { ...expressions, [SIGNAL_COLUMN]: signal }, indicators };
  const compiled = await compileFeatures(definition);
  return {
    definition: JSON.parse(JSON.stringify(definition)) as JsonObject,
    lookBackBars: compiled.lookBackBars,
    ...lookBackDays(config, compiled),
  };
}

function lookBackDays(config: PipelineConfig, { lookBackBars }: FeatureSet): { lookBackDays?: number } {
  return config.volumeBarSizes === null ? {} : { lookBackDays: volumeLookBackDays(lookBackBars) };
}

/** The folds of all trained symbols together. */
function foldWindows(input: GraphInput, warmUpBars: number): FoldWindow[] {
  const { config, observation } = input;
  const { intervalMs } = config;
  const trained = observation.symbols.filter(({ symbol }) => config.trainSymbols.includes(symbol));
  const ranges = trained.map((observed) => barRange(input, observed));
  const folds = planFolds({
    ...config.folds,
    startMs: config.startMs,
    endMs: Math.max(...ranges.map(({ endMs }) => endMs)),
    intervalMs,
    coverage: ranges.map((range) => [range]),
  });
  // How long volume bars take is known when they are there.
  if (config.volumeBarSizes !== null) return folds;
  const bars = trained.map((observed) => readRange(input, observed));
  refuseWarmUp(folds[0]!, { embargoBars: config.folds.embargoBars, intervalMs, warmUpBars, bars });
  return folds;
}

function sourcesOf({ store, codeOf }: ActivityDependencies, past: ResolveSources['past']): ResolveSources {
  return {
    codeOf,
    past,
    keyOf: (preimage) => actionKey(preimage as Preimage),
    lookupMany: (wanted) => store.lookupMany(wanted),
  };
}

/** Digest of the config as a value: order of keys and white space do not count. */
export function digestOfConfig(config: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(config)).digest('hex')}`;
}
