/** Composition root of a worker process: which queues this host serves, with which threads and libraries. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type LogEntry,
  type WorkerOptions,
} from '@temporalio/worker';
import { codeIdentities, readFingerprints } from './activities/host/code-identity.js';
import { findHostParts } from './activities/host/program-host.js';
import { takeOverDeadWork } from './activities/host/takeover.js';
import { createActivities } from './activities/index.js';
import { ProgramPools } from './activities/program-pool.js';
import { homeFolder, PROJECT_ROOT, serverAddress, storeFolder } from './commands/environment.js';
import { logLine, messageOf } from './commands/output.js';
import { TASK_QUEUES, type QueueRole } from './lib/config/task-queues.js';
import { ConfigError } from './lib/errors.js';
import { openStorage } from './lib/store/index.js';

const CONNECT_PAUSE_MS = 500;

/** The queues named by `--queues`, all by default. */
function chosenRoles(argv: readonly string[]): QueueRole[] {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { queues: { type: 'string', multiple: true } },
    allowPositionals: true,
  });
  const chosen = [...(values.queues ?? []), ...positionals];
  const known = Object.keys(TASK_QUEUES) as QueueRole[];
  const unknown = chosen.filter((role) => !known.includes(role as QueueRole));
  if (unknown.length > 0) {
    throw new ConfigError('QUEUE_UNKNOWN', {
      what: `--queues names ${unknown.join(', ')}, which is no queue.`,
      fix: `Choose from ${known.join(', ')}.`,
    });
  }
  return chosen.length === 0 ? known : (chosen as QueueRole[]);
}

/** Connects, and keeps trying while the server is away: a worker may be started first. */
async function connectPatiently(): Promise<NativeConnection> {
  const { address, connection } = serverAddress();
  const { apiKey, tls, metadata } = connection;
  for (let tries = 0; ; tries++) {
    try {
      return await NativeConnection.connect({
        address,
        ...(tls === undefined || tls === null ? {} : { tls }),
        ...(typeof apiKey === 'string' ? { apiKey } : {}),
        ...(metadata === undefined ? {} : { metadata }),
      });
    } catch (error) {
      if (tries % 20 === 0) logLine(`No Temporal server at ${address} yet (${messageOf(error)}); trying on.`);
      await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS));
    }
  }
}

/** Options that all queues share; why each is set stands in docs/temporal.md. */
function sharedOptions(connection: NativeConnection): Omit<WorkerOptions, 'taskQueue'> {
  return {
    connection,
    namespace: serverAddress().namespace,
    shutdownGraceTime: '55s',
    shutdownForceTime: '90s',
    maxHeartbeatThrottleInterval: '300ms',
    defaultHeartbeatThrottleInterval: '300ms',
    stickyQueueScheduleToStartTimeout: '1s',
    maxCachedWorkflows: 50,
  };
}

/** Activity slots by queue: the real work is gated by the thread pools. */
function slotsOf(role: QueueRole, cores: number): number {
  return { planning: 4, market: 6, compute: cores + 2, render: 2 }[role];
}

/** One line a warning; that most queues serve no workflows is how it is meant. */
function writeLog({ level, message, meta }: LogEntry): void {
  if (message.startsWith('No workflows registered')) return;
  const { error, activityType, workflowId, attempt } = (meta ?? {}) as Record<string, unknown>;
  const where =
    activityType === undefined
      ? ''
      : ` ${String(activityType)} of ${String(workflowId)}, attempt ${String(attempt)}`;
  const why = error instanceof Error ? `: ${error.message}` : '';
  logLine(`${level}:${where} ${message}${why}`);
}

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN', writeLog), shutdownSignals: ['SIGINT', 'SIGTERM'] });
  const roles = chosenRoles(process.argv.slice(2));
  const store = openStorage(storeFolder());
  const { host, libraries } = await findHostParts(PROJECT_ROOT, process.env);
  const codeOf = codeIdentities(
    readFingerprints(path.join(PROJECT_ROOT, 'dist/fingerprints.json')),
    libraries,
  );
  const cores = availableParallelism();
  const pools = new ProgramPools({ market: 2, compute: cores, render: 1 });
  const activities = createActivities({
    ...{ store, home: homeFolder(), runner: pools, host, codeOf },
    ...(roles.includes('render') ? { expectFigures: () => pools.expectFigures(host) } : {}),
  });
  const connection = await connectPatiently();
  const client = new Client({ connection, namespace: serverAddress().namespace });
  const workers = await Promise.all(
    roles.map((role) =>
      Worker.create({
        ...sharedOptions(connection),
        taskQueue: TASK_QUEUES[role],
        maxConcurrentActivityTaskExecutions: slotsOf(role, cores),
        activities,
        ...(role === 'planning'
          ? { workflowBundle: { codePath: path.join(PROJECT_ROOT, 'dist/workflow-bundle.js') } }
          : {}),
      }),
    ),
  );
  const freed = await takeOverDeadWork(client, store);
  if (freed > 0) logLine(`Took over ${freed} activities of a worker that died.`);
  logLine(`Worker ready on ${roles.map((role) => TASK_QUEUES[role]).join(', ')}; store ${storeFolder()}.`);
  await Promise.all(workers.map((worker) => worker.run()));
  await pools.close();
  await connection.close();
}

try {
  await main();
} catch (error) {
  logLine(messageOf(error));
  process.exitCode = 1;
}
process.exit();
