import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Command } from 'commander';
import { answers, startDevServer, stopChild, type DevServer } from './dev-server.js';
import { homeFolder, PROJECT_ROOT, serverAddress } from './environment.js';
import { logLine } from './output.js';

/** A worker told to stop may finish what it holds for this long. */
const WORKER_GRACE_MS = 95_000;
const LOCAL = /^(localhost|127\.0\.0\.1):(\d+)$/;

/** `up`: a server unless one answers, and a worker, in the foreground until Ctrl-C. */
export function registerUp(program: Command): void {
  program
    .command('up')
    .description('start a Temporal server (unless one answers) and a worker')
    .option('--queues <roles...>', 'serve only these: planning market compute render')
    .action(async (flags: { queues?: string[] }) => {
      const server = await serverUnlessRunning();
      const worker = startWorker(flags.queues ?? []);
      const code = await untilStopped(worker);
      await stopChild(worker, WORKER_GRACE_MS);
      await server?.stop();
      process.exitCode = code;
    });
}

async function serverUnlessRunning(): Promise<DevServer | null> {
  const { address } = serverAddress();
  if (await answers(address)) {
    logLine(`Temporal server: ${address}, already running.`);
    return null;
  }
  const local = LOCAL.exec(address);
  if (local === null) {
    logLine(`Temporal server: ${address} does not answer yet; the worker keeps trying.`);
    return null;
  }
  const port = Number(local[2]);
  const folder = path.join(homeFolder(), '.minute-alpha');
  const server = await startDevServer({ port, uiPort: port + 1000, folder });
  logLine(`Temporal server: ${server.address}; UI: ${server.uiUrl}; database in ${folder}.`);
  return server;
}

function startWorker(queues: readonly string[]): ChildProcess {
  const flags = queues.length === 0 ? [] : ['--queues', ...queues];
  return spawn(process.execPath, [path.join(PROJECT_ROOT, 'dist/worker.js'), ...flags], {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
}

/** Resolves with the exit code to use: 0 after Ctrl-C, 1 when the worker ended by itself. */
function untilStopped(worker: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(0));
    worker.once('exit', (code) => {
      logLine(`The worker ended with code ${code}.`);
      resolve(1);
    });
  });
}
