import type { Client, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import type { RunProgress, RunResult } from '../activities/contract.js';
import { ConfigError } from '../lib/errors.js';
import { connectClient } from './environment.js';
import { followRun } from './follow.js';
import { printResult, renderTable } from './output.js';
import { renderRun } from './render-run.js';
import { QUESTION_ID_PREFIX } from './start-pipeline.js';

interface StatusFlags {
  readonly workflowId?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

interface RunRow {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
  readonly started: string;
  readonly closed: string | null;
}

/** `status`: the newest run, or the one named, with its stages. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('the newest run and its stages')
    .option('--workflow-id <id>', 'another run')
    .option('--follow', 'follow it to its end')
    .option('--json', 'print one JSON object on stdout')
    .action(showStatus);
}

async function showStatus(flags: StatusFlags): Promise<void> {
  const client = await connectClient();
  const row = await newestRun(client, flags.workflowId);
  const handle = client.workflow.getHandle(row.workflowId, row.runId);
  if (flags.follow) {
    const result = (await followRun(client, handle)) as RunResult;
    printResult(flags.json === true, result, () => renderRun(result));
    return;
  }
  const progress = await progressOf(client, handle);
  printResult(flags.json === true, { ...row, ...progress }, () => renderStatus(row, progress));
}

/** The stages of a run; null when no worker is there to tell. */
async function progressOf(client: Client, handle: WorkflowHandle): Promise<RunProgress | null> {
  try {
    return await client.withDeadline(Date.now() + 5000, () => handle.query<RunProgress>('progress'));
  } catch {
    return null;
  }
}

async function newestRun(client: Client, workflowId: string | undefined): Promise<RunRow> {
  const [row] = await listRuns(
    client,
    workflowId === undefined ? '' : ` AND WorkflowId = '${workflowId.replaceAll("'", "''")}'`,
    1,
  );
  if (row === undefined) {
    throw new ConfigError('NO_RUN', {
      what:
        workflowId === undefined
          ? 'The server knows no run of the pipeline.'
          : `The server knows no run "${workflowId}".`,
      fix: 'Start one with `npx minute-alpha run`; `npx minute-alpha runs` lists those whose results are stored.',
    });
  }
  return row;
}

async function listRuns(client: Client, where: string, most: number): Promise<RunRow[]> {
  const rows: RunRow[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowType = 'pipeline'${where}` })) {
    if (where === '' && run.workflowId.startsWith(QUESTION_ID_PREFIX)) continue;
    rows.push(rowOf(run));
    if (rows.length >= most) break;
  }
  return rows;
}

function rowOf(run: WorkflowExecutionInfo): RunRow {
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    status: run.status.name.toLowerCase(),
    started: run.startTime.toISOString(),
    closed: run.closeTime?.toISOString() ?? null,
  };
}

function renderStatus(row: RunRow, progress: RunProgress | null): string {
  const head = `${row.workflowId} (run ${row.runId}): ${row.status}`;
  if (progress === null) return `${head}; no worker answers: start one with \`npx minute-alpha up\`.`;
  const stages = Object.entries(progress.stages).map(([stage, { nodes, hit, ran, waiting, failed }]) => [
    stage,
    ...[nodes, hit, ran, waiting, failed].map(String),
  ]);
  return [
    `${head}, ${progress.phase}`,
    renderTable(['stage', 'nodes', 'hit', 'ran', 'waiting', 'failed'], stages),
    ...progress.failures.map(({ node, message }) => `${node}: ${message}`),
  ].join('\n');
}
