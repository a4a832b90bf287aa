/** Starts the `pipeline` workflow, follows it and prints how it ended. */
import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { RunResult } from '../activities/contract.js';
import { compileConfig, compileOptions } from '../lib/config/compile.js';
import { TASK_QUEUES } from '../lib/config/task-queues.js';
import type { RawOptions } from '../lib/config/schema.js';
import { ConfigError } from '../lib/errors.js';
import type { Explanation } from '../lib/plan/explain.js';
import { unpackPlan, type PackedPlan, type PlanResult } from '../lib/plan/plan-result.js';
import { readConfig } from './config-file.js';
import { connectClient, storeFolder } from './environment.js';
import { followRun } from './follow.js';
import { renderRun } from './render-run.js';
import { printResult } from './output.js';
import { withStoredOutputs } from './stored-outputs.js';

/** Flags that every command which runs the pipeline has. */
export interface CommonFlags {
  readonly config: string;
  readonly set: readonly string[];
  readonly json?: boolean;
  readonly workflowId?: string;
  readonly wait?: boolean;
}

export const DEFAULT_WORKFLOW_ID = 'minute-alpha';

/** Workflows that only answer a question have ids of this kind: they are no runs. */
export const QUESTION_ID_PREFIX = `${DEFAULT_WORKFLOW_ID}-plan-`;

/** What a command asks for: changes of the config and run options. */
export interface PipelineRequest {
  readonly flags: CommonFlags;
  readonly options: RawOptions;
  /** Applied to the config's content after `--set`. */
  readonly change?: (config: Record<string, unknown>) => void;
  /** Text after the run's own; not with `--json`. */
  readonly tables?: (result: RunResult) => string;
}

/** Runs the pipeline as asked, follows it to its end and prints the result; null where it does not wait. */
export async function runPipeline(request: PipelineRequest): Promise<RunResult | null> {
  const { flags } = request;
  const client = await checkedClient(request);
  const handle = await startPipeline(client, request, flags.workflowId ?? DEFAULT_WORKFLOW_ID);
  if (flags.wait === false) {
    const started = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    printResult(flags.json === true, started, () => `Started ${started.workflowId} (run ${started.runId}).`);
    return null;
  }
  const result = await withStoredOutputs((await followRun(client, handle)) as RunResult, storeFolder());
  printResult(flags.json === true, result, () => `${renderRun(result)}${request.tables?.(result) ?? ''}`);
  return result;
}

/** Asks what a run would do; it writes nothing. */
export async function planPipeline(request: PipelineRequest): Promise<PlanResult> {
  return unpackPlan((await ask(request, { plan: true })) as PackedPlan);
}

/** Asks for everything in one node's key; it writes nothing. */
export async function explainNode(request: PipelineRequest, node: string): Promise<Explanation> {
  return (await ask(request, { explain: node })) as Explanation;
}

async function ask(request: PipelineRequest, question: RawOptions): Promise<unknown> {
  const client = await checkedClient(request);
  const options = { ...request.options, ...question };
  const id = `${QUESTION_ID_PREFIX}${randomUUID().slice(0, 8)}`;
  return followRun(client, await startPipeline(client, { ...request, options }, id));
}

/** Checks the config before anything is asked of the server, so that its errors come at once. */
async function checkedClient(request: PipelineRequest): Promise<Client> {
  compileConfig(configOf(request));
  compileOptions(request.options);
  return connectClient();
}

function configOf({ flags, change }: PipelineRequest): Record<string, unknown> {
  const config = readConfig(flags.config, flags.set);
  change?.(config);
  return config;
}

type PipelineHandle = WorkflowHandle & { readonly firstExecutionRunId: string };

async function startPipeline(
  client: Client,
  request: PipelineRequest,
  workflowId: string,
): Promise<PipelineHandle> {
  try {
    return await client.workflow.start('pipeline', {
      taskQueue: TASK_QUEUES.planning,
      workflowId,
      args: [configOf(request), request.options],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: summaryOf(request.options),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new ConfigError('ALREADY_RUNNING', {
      what: `A run with the workflow id "${workflowId}" is going on.`,
      fix:
        'Follow it with `npx minute-alpha status --follow`, cancel it with `temporal workflow cancel -w ' +
        workflowId +
        '`, or start another with --workflow-id ID.',
      cause: error,
    });
  }
}

function summaryOf(options: RawOptions): string {
  const parts = [
    options.explain
      ? `explain ${options.explain}`
      : options.plan
        ? 'plan'
        : `until ${options.until ?? 'report'}`,
    ...(options.symbols ? [`symbols ${options.symbols.join(' ')}`] : []),
    ...(options.force?.length ? [`forced ${options.force.join(' ')}`] : []),
    ...(options.continueRounds ? [`+${options.continueRounds} rounds`] : []),
    ...(options.recheck ? ['recheck'] : []),
  ];
  return parts.join(', ').slice(0, 190);
}
