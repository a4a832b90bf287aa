/** How a workflow has nodes computed: one activity a node, on the queue of its stage. */
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
} from '@temporalio/workflow';
import type {
  NodeFailure,
  ObservingActivities,
  PlanningActivities,
  StageActivities,
  StageAnswer,
} from '../activities/contract.js';
import { TASK_QUEUES } from '../lib/config/task-queues.js';
import type { Stage } from '../lib/config/types.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';
import type { ExecutionHost } from './execute-plan.js';
import { activitySummary } from './run-tables.js';

const RETRY = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** A dead worker is noticed after the heartbeat timeout; bans last days, so no limit over all attempts. */
const STAGE_OPTIONS: ActivityOptions = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10s',
  retry: RETRY,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
};

export const market = proxyActivities<ObservingActivities & Pick<StageActivities, 'klines'>>({
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
export const planning = proxyActivities<PlanningActivities>({
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

/** What a node needs beside itself: the stored plan, and outcomes of other workflows of the run. */
export interface NodeContext {
  readonly plan: string;
  readonly pages: readonly string[];
  readonly keys: Readonly<Record<string, string>>;
}

/** Has one node computed. */
export function computeNode(node: ResolvedNode, { plan, pages, keys }: NodeContext): Promise<StageAnswer> {
  // Only a hit's or a certain node's key is known before; the activity recomputes and compares it.
  const plannedKey = node.state === 'STALE' || node.state === 'FAILED' ? node.key : null;
  const request = { plan, node: node.id, keys, pages, plannedKey };
  return stageActivities[node.stage].executeWithOptions({ summary: activitySummary(node) }, [request]);
}

/** The part of an execution host that reads failures. */
export const readFailures: Pick<ExecutionHost, 'describeFailure' | 'brokenInput' | 'isBlocked'> = {
  describeFailure,
  brokenInput: (thrown) => {
    const failure = applicationFailure(thrown);
    if (failure?.type !== 'StoreIntegrityError') return null;
    const { node, stage } = (failure.details?.[0] ?? {}) as { node?: string; stage?: Stage };
    return node === undefined || stage === undefined ? null : { node, stage };
  },
  isBlocked: (thrown) => applicationFailure(thrown)?.type === 'InputFailed',
};

/** The nodes whose results were there in this run and are lost by now; none for any other failure. */
export function lostOutputs(thrown: unknown): { readonly node: string; readonly stage: Stage }[] {
  const failure = applicationFailure(thrown);
  if (failure?.type !== 'StoreIntegrityError') return [];
  const { lost = [] } = (failure.details?.[0] ?? {}) as { lost?: { node: string; stage: Stage }[] };
  return lost;
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
  const { key } = (failure?.details?.[0] ?? {}) as { key?: string | null };
  return {
    node: node.id,
    type: failure?.type ?? (cause instanceof Error ? cause.name : 'Error'),
    message: cause instanceof Error ? cause.message : String(cause),
    key: key ?? null,
  };
}
