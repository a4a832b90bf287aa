/** What is stale, and why: the plan of a run. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { compileConfig, compileOptions } from '../lib/config/compile.js';
import { STAGES, type PipelineConfig, type RunOptions, type Stage } from '../lib/config/types.js';
import { compileFeatures } from '../lib/features/index.js';
import { planFolds } from '../lib/model/folds.js';
import { buildGraph } from '../lib/plan/graph.js';
import {
  barRange,
  type FoldWindow,
  type GraphInput,
  type Observation,
  type SignalPlan,
} from '../lib/plan/graph-input.js';
import { foldText } from '../lib/plan/model-nodes.js';
import { refuseTargets } from '../lib/plan/refuse-targets.js';
import type { JsonObject, PlanNode } from '../lib/plan/node.js';
import { resolvePlan, type ResolveSources } from '../lib/plan/resolve.js';
import { actionKey, canonicalJson, type Preimage } from '../lib/store/index.js';
import type { ResolveAnswer, ResolveRequest } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';
import type { StoredPlan } from './load-plan.js';
import { fundingFile } from './programs/funding-input.js';
import { SIGNAL_COLUMN } from './programs/judged-input.js';
import { previousRuns } from './previous-runs.js';
import { withHeartbeat } from './with-heartbeat.js';

/** Resolves a run's plan against the store; with `plan: true` it writes nothing. */
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
  const resolution = await resolvePlan(nodes, sourcesOf(dependencies));
  const configDigest = digestOfConfig(request.config);
  const answer = { configDigest, nodes: resolution.nodes, folds: input.folds.map(foldText) };
  if (options.plan) return { plan: null, ...answer };
  const keys = Object.fromEntries([...resolution.records].map(([id, { key }]) => [id, key]));
  const plan = await storePlan(dependencies, { nodes, keys, folds: input.folds });
  return { plan, ...answer };
}

/** Everything the graph is built from; folds only where the run reaches them. */
async function graphInput(
  { config, options }: { config: PipelineConfig; options: RunOptions },
  observation: Observation,
  home: string,
): Promise<GraphInput> {
  const features = await compileFeatures(config.features);
  const signals = {
    evaluate: await signalPlan(config, config.evaluate.signal),
    backtest: await signalPlan(config, config.backtest.signal),
  };
  const reaches = (stage: Stage): boolean => STAGES.indexOf(options.until) >= STAGES.indexOf(stage);
  const { funding: file } = config.backtest;
  const funding = file !== null && reaches('backtest') ? fundingFile(path.resolve(home, file)) : null;
  const input: GraphInput = { config, options, observation, features, folds: [], signals, funding };
  return reaches('fold') ? { ...input, folds: foldWindows(input) } : input;
}

/** The features with the signal as one more expression; refuses a signal that is no formula. */
async function signalPlan(config: PipelineConfig, signal: string | null): Promise<SignalPlan | null> {
  if (signal === null) return null;
  const { flags, expressions, indicators } = config.features;
  const definition = { flags, expressions: { ...expressions, [SIGNAL_COLUMN]: signal }, indicators };
  const { lookBackBars } = await compileFeatures(definition);
  return { definition: JSON.parse(JSON.stringify(definition)) as JsonObject, lookBackBars };
}

/** The folds of all trained symbols together. */
function foldWindows(input: GraphInput): FoldWindow[] {
  const { config, observation } = input;
  const coverage = observation.symbols
    .filter(({ symbol }) => config.trainSymbols.includes(symbol))
    .map((observed) => [barRange(input, observed)]);
  return planFolds({
    ...config.folds,
    startMs: config.startMs,
    endMs: Math.max(...coverage.map(([range]) => range!.endMs)),
    intervalMs: config.intervalMs,
    coverage,
  });
}

function sourcesOf({ store, codeOf }: ActivityDependencies): ResolveSources {
  const previous = previousRuns(store);
  return {
    codeOf,
    keyOf: (preimage) => actionKey(preimage as Preimage),
    lookup: (program, key) => store.lookup(program, key),
    previous,
  };
}

async function storePlan({ store }: ActivityDependencies, plan: StoredPlan): Promise<string> {
  return store.putBytes(Buffer.from(JSON.stringify(plan satisfies { nodes: readonly PlanNode[] })));
}

/** Digest of the config as a value: order of keys and white space do not count. */
export function digestOfConfig(config: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(config)).digest('hex')}`;
}
