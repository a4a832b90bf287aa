import type { Command } from 'commander';
import { ConfigError } from '../lib/errors.js';
import { openExistingStorage, type RunFile, type Storage } from '../lib/store/index.js';
import { storeFolder } from './environment.js';
import { wholeNumber } from './flags.js';
import { printResult, renderTable } from './output.js';

interface RunsFlags {
  readonly limit: number;
  readonly name?: string;
  readonly run?: string;
  readonly unname?: string;
  readonly json?: boolean;
}

interface RunSummary {
  readonly runId: string;
  readonly workflowId: string;
  readonly status: string;
  readonly finishedAt: string;
  readonly nodes: number;
  readonly hit: number;
  readonly ran: number;
  readonly failed: number;
  readonly names: readonly string[];
}

/** `runs`: the runs whose results the store knows, newest first; `--name` keeps one from `gc`. */
export function registerRuns(program: Command): void {
  program
    .command('runs')
    .description('the runs the store knows, newest first; no server is needed')
    .option('--limit <n>', 'how many', wholeNumber(1), 20)
    .option('--name <name>', 'keep a run under a name, so that `gc` never takes what it needs')
    .option('--run <id>', 'the run to name, or the beginning of its id; the newest by default')
    .option('--unname <name>', 'take a name back')
    .option('--json', 'print one JSON object on stdout')
    .action(async (flags: RunsFlags) => {
      refuseLoneRun(flags);
      const store = openExistingStorage(storeFolder());
      await changeNames(store, flags);
      const runs = await summaries(store, flags.limit);
      printResult(flags.json === true, { store: store.place, runs }, () => renderRuns(runs));
    });
}

function refuseLoneRun({ run, name }: RunsFlags): void {
  if (run === undefined || name !== undefined) return;
  throw new ConfigError('FLAG_INVALID', {
    what: `--run ${run} says which run to name, and there is no --name.`,
    fix: 'Add `--name <name>`, or leave it out to list all runs.',
  });
}

async function changeNames(store: Storage, { unname, name, run }: RunsFlags): Promise<void> {
  if (unname !== undefined) await store.unnameRun(unname);
  if (name !== undefined) await store.nameRun(name, (await findRun(store, run)).runId);
}

/**
 * The run with an id that begins so, the newest without one.
 * @throws ConfigError NO_RUN, RUN_AMBIGUOUS
 */
export async function findRun(store: Storage, id: string | undefined): Promise<RunFile> {
  const found: RunFile[] = [];
  const named = (await store.runNames()).get(id ?? '');
  for await (const run of store.newestRuns()) {
    if (id === undefined || run.runId === named) return run;
    if (run.runId.startsWith(id)) found.push(run);
  }
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  throw new ConfigError(first === undefined ? 'NO_RUN' : 'RUN_AMBIGUOUS', {
    what:
      first === undefined
        ? `The store ${store.place} knows no run${id === undefined ? '' : ` "${id}"`}.`
        : `"${id}" begins the ids of ${found.length} runs.`,
    fix: '`npx minute-alpha runs` lists them.',
  });
}

async function summaries(store: Storage, limit: number): Promise<RunSummary[]> {
  const names = [...(await store.runNames())];
  const runs: RunSummary[] = [];
  for await (const run of store.newestRuns()) {
    runs.push(summaryOf(run, names));
    if (runs.length >= limit) break;
  }
  return runs;
}

function summaryOf(run: RunFile, names: readonly (readonly [string, string])[]): RunSummary {
  const nodes = Object.values(run.nodes);
  const count = (...wanted: string[]): number => nodes.filter(({ status }) => wanted.includes(status)).length;
  return {
    runId: run.runId,
    workflowId: run.workflowId,
    status: run.status,
    finishedAt: run.finishedAt,
    nodes: nodes.length,
    hit: count('hit'),
    ran: count('ran'),
    failed: count('failed', 'blocked'),
    names: names.filter(([, runId]) => runId === run.runId).map(([name]) => name),
  };
}

function renderRuns(runs: readonly RunSummary[]): string {
  const rows = runs.map(({ runId, workflowId, status, finishedAt, hit, ran, failed, names }) => [
    ...[runId, workflowId, status, finishedAt],
    ...[hit, ran, failed].map(String),
    names.join(' '),
  ]);
  return renderTable(['run', 'workflow', 'status', 'finished', 'hit', 'ran', 'failed', 'name'], rows);
}
