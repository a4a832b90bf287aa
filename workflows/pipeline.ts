/** The pipeline: observe the exchange, resolve the plan, run what is stale, publish the artifacts. */
import {
  CancellationScope,
  defineQuery,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  DownloadTotals,
  GroupAnswer,
  NodeFailure,
  ResolvedWork,
  RunProgress,
  RunResult,
  StageAnswer,
} from '../activities/contract.js';
import type { Explanation } from '../lib/plan/explain.js';
import type { WorkGroup } from '../lib/plan/groups.js';
import type { PackedPlan } from '../lib/plan/plan-result.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';
import { executePlan, foundBroken, type Execution, type ExecutionHost } from './execute-plan.js';
import { nodeGroup } from './node-group.js';
import { failureOf } from './run-failure.js';
import { countNodes, countRun, nodeTable, stageTable, withDownload, type StageTally } from './run-tables.js';
import { Slots } from './slots.js';
import { computeNode, lostOutputs, market, planning, readFailures, type NodeContext } from './stage-host.js';

const NO_DOWNLOAD: DownloadTotals = { months: 0, bytes: 0, bars: 0, weightUsed: 0 };

/** How far the run is. */
export const progressQuery = defineQuery<RunProgress>('progress');

/** Child workflows at a time: each keeps its queue busy, and more would only wait. */
const MOST_GROUPS_AT_ONCE = 6;
/** Nodes that a progress answer names. */
const MOST_RUNNING = 200;
/** Times that results which were lost before the end are made again. */
const MOST_MENDINGS = 3;

interface RunInput {
  readonly config: unknown;
  readonly options: unknown;
}

/**
 * Runs what is stale of the pipeline.
 * @param config the content of `config.json`
 * @param options run options: `until symbols force continueRounds recheck plan explain`, all optional
 * @returns the result of the run; with `plan: true` what would run; with `explain` one node's key
 */
export async function pipeline(
  config: unknown,
  options?: unknown,
): Promise<RunResult | PackedPlan | Explanation> {
  const input: RunInput = { config, options: options ?? {} };
  let run: PipelineRun | null = null;
  let phase: RunProgress['phase'] = 'observing';
  const before = { stages: {}, download: NO_DOWNLOAD, running: [], failures: [] };
  setHandler(progressQuery, () => run?.progress() ?? { phase, ...before });
  const observation = await market.observe.executeWithOptions({ summary: 'what the exchange has' }, [input]);
  phase = 'resolving';
  const resolved = await planning.resolve.executeWithOptions({ summary: 'what is stale, and why' }, [
    { ...input, observation },
  ]);
  if (resolved.kind === 'plan') return resolved.plan;
  if (resolved.kind === 'explanation') return resolved.explanation;
  run = new PipelineRun(input, resolved);
  return run.execute();
}

class PipelineRun {
  private phase: RunProgress['phase'] = 'running';
  private download: DownloadTotals = NO_DOWNLOAD;
  private readonly execution: Execution = { outcomes: new Map(), running: new Set(), failures: [] };
  private readonly groupSlots = new Slots(MOST_GROUPS_AT_ONCE);
  private readonly groups: ReadonlyMap<string, WorkGroup>;
  private readonly ended = new Map<string, GroupAnswer>();

  constructor(
    private readonly input: RunInput,
    private readonly resolved: ResolvedWork,
  ) {
    this.groups = new Map(resolved.groups.map((group) => [`group:${group.name}`, group]));
  }

  progress(): RunProgress {
    return {
      phase: this.phase,
      stages: this.stages(),
      download: this.download,
      running: [...this.execution.running].slice(0, MOST_RUNNING),
      failures: this.failures().slice(0, MOST_RUNNING),
    };
  }

  async execute(): Promise<RunResult> {
    const groups = [...this.groups].map(([id, group]) => groupNode(id, group));
    try {
      await executePlan([...groups, ...this.resolved.work], this.host(), this.execution);
    } catch (thrown) {
      if (isCancellation(thrown)) await CancellationScope.nonCancellable(() => this.publish('cancelled'));
      throw thrown;
    }
    this.phase = 'publishing';
    const result = await this.publishMending();
    const failures = this.failures();
    this.phase = 'done';
    if (failures.length > 0) throw failureOf(failures, result);
    return result;
  }

  /** Publishes; results that were there and are lost by now are made again first. */
  private async publishMending(): Promise<RunResult> {
    for (let mendings = 0; ; mendings++) {
      try {
        return await this.publish(this.failures().length === 0 ? 'completed' : 'failed');
      } catch (thrown) {
        const lost = lostOutputs(thrown);
        if (lost.length === 0 || mendings >= MOST_MENDINGS) throw thrown;
        const work = new Map(this.resolved.work.map((node) => [node.id, node]));
        const again = lost.map((each) => work.get(each.node) ?? foundBroken(each));
        await executePlan(again, this.host(), this.execution);
      }
    }
  }

  private publish(status: 'completed' | 'failed' | 'cancelled'): Promise<RunResult> {
    const { plan, configDigest } = this.resolved;
    const outcomes = [...this.execution.outcomes].filter(([id]) => !this.groups.has(id));
    const pages = [...this.ended.values()].map(({ page }) => page);
    return planning.publish.executeWithOptions({ summary: `artifacts and record of a ${status} run` }, [
      { ...this.input, plan, configDigest, status, outcomes: Object.fromEntries(outcomes), pages },
    ]);
  }

  private host(): ExecutionHost {
    const { plan } = this.resolved;
    return {
      ...readFailures,
      compute: (node, keys) => {
        const group = this.groups.get(node.id);
        if (group !== undefined) return this.groupSlots.run(() => this.runGroup(node.id, group));
        return this.computeOne(node, { plan, keys, pages: this.pagesOf(node) });
      },
      changed: () =>
        setCurrentDetails(
          `${stageTable(this.stages())}\n${nodeTable(this.resolved.work, this.execution.outcomes)}`,
        ),
    };
  }

  private async computeOne(node: ResolvedNode, context: NodeContext): Promise<StageAnswer> {
    const answer = await computeNode(node, context);
    if (node.stage === 'klines') this.download = withDownload(this.download, answer);
    return answer;
  }

  private async runGroup(id: string, group: WorkGroup): Promise<StageAnswer> {
    const pages = group.deps.flatMap((name) => this.ended.get(`group:${name}`)?.page ?? []);
    const answer = await executeChild(nodeGroup, {
      workflowId: `${workflowInfo().workflowId}/${workflowInfo().runId.slice(0, 8)}/${group.name}`,
      args: [{ plan: this.resolved.plan, group: group.name, pages }],
      staticSummary: `${group.name} of ${workflowInfo().workflowId}`,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    });
    this.ended.set(id, answer);
    return { key: '', status: 'ran', diverged: false, facts: {}, wallMs: 0 };
  }

  /** Outcomes of the child workflows that a node reads from; a child's own node may read from any. */
  private pagesOf(node: ResolvedNode): string[] {
    if (!this.resolved.work.includes(node)) return [...this.ended.values()].map(({ page }) => page);
    return node.deps.flatMap((id) => this.ended.get(id)?.page ?? []);
  }

  private stages(): StageTally {
    const { counts, work } = this.resolved;
    const children = [...this.ended.values()].map(({ stages }) => stages);
    return countRun(counts, [countNodes(work, this.execution.outcomes), ...children]);
  }

  private failures(): NodeFailure[] {
    return [...this.execution.failures, ...[...this.ended.values()].flatMap(({ failures }) => failures)];
  }
}

/** A child workflow as a node, so that what reads it waits for it. */
function groupNode(id: string, { stages, deps }: WorkGroup): ResolvedNode {
  const [stage] = Object.keys(stages) as (keyof typeof stages)[];
  return {
    id,
    stage: stage!,
    deps: deps.map((name) => `group:${name}`),
    state: 'STALE',
    reason: null,
    cause: null,
    expectedMs: null,
    key: null,
  };
}
