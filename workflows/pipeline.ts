/** The pipeline: observe the exchange, resolve the plan, run what is stale, publish the artifacts. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  type ActivityInterfaceFor,
  type ActivityOptions,
} from '@temporalio/workflow';
import type {
  DownloadTotals,
  NodeFailure,
  ObservingActivities,
  PlanningActivities,
  PlanResult,
  ResolveAnswer,
  RunProgress,
  RunResult,
  StageActivities,
  StageAnswer,
} from '../activities/contract.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';
import { executePlan, type Execution, type ExecutionHost } from './execute-plan.js';
import { activitySummary, countStages, planResult, stageTable, withDownload } from './run-tables.js';
import { TASK_QUEUES } from '../lib/config/task-queues.js';

/** How far the run is. */
export const progressQuery = defineQuery<RunProgress>('progress');

const RETRY = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** A dead worker is noticed after the heartbeat timeout; bans last days, so no limit over all attempts. */
const STAGE_OPTIONS: ActivityOptions = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10s',
  retry: RETRY,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
};

const market = proxyActivities<ObservingActivities & Pick<StageActivities, 'klines'>>({
  ...STAGE_OPTIONS,
  taskQueue: TASK_QUEUES.market,
});
const compute = proxyActivities<Omit<StageActivities, 'klines' | 'report'>>({
  ...STAGE_OPTIONS,
  taskQueue: TASK_QUEUES.compute,
});
const render = proxyActivities<Pick<StageActivities, 'report'>>({
  ...STAGE_OPTIONS,
  taskQueue: TASK_QUEUES.render,
});
const planning = proxyActivities<PlanningActivities>({
  ...STAGE_OPTIONS,
  startToCloseTimeout: '1 hour',
});

const stageActivities: ActivityInterfaceFor<StageActivities> = {
  klines: market.klines,
  features: compute.features,
  fold: compute.fold,
  predict: compute.predict,
  evaluate: compute.evaluate,
  backtest: compute.backtest,
  report: render.report,
};

/**
 * Runs what is stale of the pipeline.
 * @param config the content of `config.json`
 * @param options run options: `until symbols force continueRounds recheck plan`, all optional
 * @returns the result of the run, or with `plan: true` what would run
 */
export async function pipeline(config: unknown, options?: unknown): Promise<RunResult | PlanResult> {
  const run = new PipelineRun({ config, options: options ?? {} });
  setHandler(progressQuery, () => run.progress());
  return run.execute();
}

class PipelineRun {
  private phase: RunProgress['phase'] = 'observing';
  private nodes: readonly ResolvedNode[] = [];
  private download: DownloadTotals = { months: 0, bytes: 0, bars: 0, weightUsed: 0 };
  private readonly execution: Execution = { outcomes: new Map(), running: new Set(), failures: [] };

  constructor(private readonly input: { config: unknown; options: unknown }) {}

  progress(): RunProgress {
    return {
      phase: this.phase,
      stages: countStages(this.nodes, this.execution),
      download: this.download,
      running: [...this.execution.running],
      failures: this.execution.failures,
    };
  }

  async execute(): Promise<RunResult | PlanResult> {
    const observation = await market.observe.executeWithOptions({ summary: 'what the exchange has' }, [
      this.input,
    ]);
    this.phase = 'resolving';
    const resolved = await planning.resolve.executeWithOptions({ summary: 'what is stale, and why' }, [
      { ...this.input, observation },
    ]);
    this.nodes = resolved.nodes;
    if (resolved.plan === null) return planResult(resolved);
    this.phase = 'running';
    try {
      await executePlan(resolved.nodes, this.host(resolved.plan), this.execution);
    } catch (thrown) {
      if (isCancellation(thrown)) {
        await CancellationScope.nonCancellable(() => this.publish(resolved, 'cancelled'));
      }
      throw thrown;
    }
    return this.finish(resolved);
  }

  private async finish(resolved: ResolveAnswer): Promise<RunResult> {
    this.phase = 'publishing';
    const { failures } = this.execution;
    const result = await this.publish(resolved, failures.length === 0 ? 'completed' : 'failed');
    this.phase = 'done';
    if (failures.length > 0) throw failureOf(failures, result);
    return result;
  }

  private publish(resolved: ResolveAnswer, status: 'completed' | 'failed' | 'cancelled'): Promise<RunResult> {
    return planning.publish.executeWithOptions({ summary: `artifacts and record of a ${status} run` }, [
      {
        ...this.input,
        plan: resolved.plan as string,
        configDigest: resolved.configDigest,
        status,
        outcomes: Object.fromEntries(this.execution.outcomes),
        failures: this.execution.failures,
      },
    ]);
  }

  private host(plan: string): ExecutionHost {
    return {
      compute: async (node, keys) => {
        const answer = await computeNode(plan, node, keys);
        if (node.stage === 'klines') this.download = withDownload(this.download, answer);
        return answer;
      },
      describeFailure,
      brokenInput,
      changed: () => setCurrentDetails(stageTable(countStages(this.nodes, this.execution))),
    };
  }
}

function computeNode(
  plan: string,
  node: ResolvedNode,
  keys: Readonly<Record<string, string>>,
): Promise<StageAnswer> {
  const request = { plan, node: node.id, keys, plannedKey: node.state === 'STALE' ? node.key : null };
  return stageActivities[node.stage].executeWithOptions({ summary: activitySummary(node) }, [request]);
}

/** The typed failure an activity ended with; null where it did not. */
function applicationFailure(thrown: unknown): ApplicationFailure | null {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : thrown;
  return cause instanceof ApplicationFailure ? cause : null;
}

function describeFailure(node: ResolvedNode, thrown: unknown): NodeFailure | null {
  if (isCancellation(thrown)) return null;
  const failure = applicationFailure(thrown);
  const cause = failure ?? (thrown instanceof ActivityFailure ? thrown.cause : thrown);
  return {
    node: node.id,
    type: failure?.type ?? (cause instanceof Error ? cause.name : 'Error'),
    message: cause instanceof Error ? cause.message : String(cause),
  };
}

function brokenInput(thrown: unknown): string | null {
  const failure = applicationFailure(thrown);
  if (failure?.type !== 'StoreIntegrityError') return null;
  const details = failure.details?.[0] as { node?: string } | undefined;
  return details?.node ?? null;
}

/** One failure that names every failed node; equal messages are told once. */
function failureOf(failures: readonly NodeFailure[], result: RunResult): ApplicationFailure {
  const byMessage = new Map<string, string[]>();
  for (const { node, message } of failures) byMessage.set(message, [...(byMessage.get(message) ?? []), node]);
  const lines = [...byMessage].map(([message, nodes]) => {
    const more = nodes.length > 3 ? ` and ${nodes.length - 3} more` : '';
    return `${nodes.slice(0, 3).join(', ')}${more}: ${message}`;
  });
  return ApplicationFailure.create({
    message: lines.join('\n'),
    type: failures[0]?.type ?? 'Error',
    nonRetryable: true,
    details: [{ failures: failures.slice(0, 20), stages: result.stages }],
  });
}
