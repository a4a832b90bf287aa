import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Command } from 'commander';
import { collectStore, openExistingStorage, type CollectReport, type LiveRun } from '../lib/store/index.js';
import { connectClient, storeFolder } from './environment.js';
import { nonNegativeNumber, wholeNumber } from './flags.js';
import { formatBytes, formatDurationMs, logLine, printResult } from './output.js';

const DAY_MS = 86_400_000;
/** A run that the server does not know any more counts as ended after this. */
const FORGOTTEN_MS = 7 * DAY_MS;

interface GcFlags {
  readonly dryRun?: boolean;
  readonly keepRuns: number;
  readonly olderThan: number;
  readonly json?: boolean;
}

/** `gc`: deletes what no kept run needs. */
export function registerGc(program: Command): void {
  program
    .command('gc')
    .description('delete results that no kept run needs; runs under a name, young and live ones are kept')
    .option('--dry-run', 'only tell what would go and what it would cost to compute again')
    .option('--keep-runs <n>', 'keep the newest completed runs', wholeNumber(0), 10)
    .option('--older-than <days>', 'keep runs younger than this', nonNegativeNumber, 30)
    .option('--json', 'print one JSON object on stdout')
    .action(async (flags: GcFlags) => {
      const store = openExistingStorage(storeFolder());
      const report = await collectStore(store, {
        keepRuns: flags.keepRuns,
        olderThanMs: flags.olderThan * DAY_MS,
        dryRun: flags.dryRun === true,
        nowMs: Date.now(),
        isLive: liveness(),
      });
      printResult(flags.json === true, { store: store.place, ...report }, () => renderReport(report));
    });
}

/** Asks the server, which is looked for once and only where a run did not say that it ended. */
function liveness(): (run: LiveRun) => Promise<boolean> {
  let client: Promise<Client | null> | null = null;
  return async (run) => {
    client ??= connectClient().catch(() => {
      logLine('No Temporal server answers: runs that did not say that they ended count as going on.');
      return null;
    });
    const connected = await client;
    return connected === null || isRunning(connected, run);
  };
}

async function isRunning(client: Client, { workflowId, runId, sinceMs }: LiveRun): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId, runId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return Date.now() - sinceMs < FORGOTTEN_MS;
  }
}

function renderReport(report: CollectReport): string {
  const { dryRun, runs, records, blobs, liveRuns, bytes, bytesInArtifacts, recomputeMs, leftovers, wasFull } =
    report;
  const verb = dryRun ? 'would go' : 'removed';
  const linked =
    bytesInArtifacts === 0
      ? ''
      : ` (${formatBytes(bytesInArtifacts)} of it stay as long as artifacts link to it)`;
  return [
    `runs      ${runs.removed} ${verb}, ${runs.kept} kept, ${liveRuns} going on`,
    `results   ${records.removed} ${verb}, ${records.kept} kept${youngOf(records.young)}`,
    `files     ${blobs.removed} ${verb}, ${blobs.kept} kept${youngOf(blobs.young)}`,
    `space     ${formatBytes(bytes)}${linked}`,
    `to compute what goes again: ${formatDurationMs(recomputeMs)}`,
    ...(leftovers === 0 ? [] : [`leftovers ${leftovers} ${verb}`]),
    ...(wasFull
      ? ['The device was full: some bytes went before their results were marked as collected.']
      : []),
  ].join('\n');
}

function youngOf(count: number): string {
  return count === 0 ? '' : `, ${count} of them only because they are young`;
}
