/** A Temporal development server of our own: one process, SQLite file, UI included, 127.0.0.1 only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { SetupError } from '../lib/errors.js';
import { makeFolderSync } from '../lib/store/index.js';
import { PROJECT_ROOT } from './environment.js';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
/** Runs stay visible for thirty days; the server's own default is one. */
const RETENTION = '720h';

export interface DevServerOptions {
  readonly port: number;
  readonly uiPort: number;
  /** Folder of the database file and of the server's log. */
  readonly folder: string;
}

export interface DevServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly pid: number;
  /** Ends the server by its process id and waits until it is gone. */
  stop(): Promise<void>;
}

/** The `temporal` command that set-up brought, else the one on the path. */
export function temporalCommand(): string {
  const own = path.join(PROJECT_ROOT, 'node_modules/.cache/minute-alpha/bin/temporal');
  return existsSync(own) ? own : 'temporal';
}

/**
 * Starts a server and waits until it answers.
 * @throws SetupError SERVER_FAILED when it ends or does not answer in a minute
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { port, uiPort, folder } = options;
  const log = path.join(folder, 'temporal.log');
  const output = openLog(folder, log);
  const flags = ['--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`, '--log-level', 'warn'];
  const child = spawn(
    temporalCommand(),
    ['server', 'start-dev', ...flags, '--db-filename', path.join(folder, 'temporal.db')],
    {
      stdio: ['ignore', output, output],
      // Ctrl-C reaches the whole group; the server must outlive the worker's graceful end.
      detached: true,
    },
  );
  const address = `127.0.0.1:${port}`;
  await waitUntilHealthy(child, address, log);
  await keepRuns(address);
  return {
    address,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid: child.pid!,
    stop: () => stopChild(child),
  };
}

/** File descriptor of the server's log, in a folder made for it. */
function openLog(folder: string, log: string): number {
  try {
    makeFolderSync(folder);
    return openSync(log, 'a');
  } catch (cause) {
    throw new SetupError('SERVER_FOLDER', {
      what: `The Temporal server's folder ${folder} cannot be written: ${(cause as Error).message}.`,
      fix: 'Make it writable, or name another home with MINUTE_ALPHA_HOME.',
      details: { folder },
      cause,
    });
  }
}

async function waitUntilHealthy(child: ChildProcess, address: string, log: string): Promise<void> {
  let failure: string | null = null;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code) => (failure = `it ended with code ${code}`));
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (failure === null && Date.now() < deadlineMs) {
    if (await answers(address)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await stopChild(child);
  throw new SetupError('SERVER_FAILED', {
    what: `The Temporal server at ${address} did not start: ${failure ?? 'no answer in a minute'}.`,
    fix: `Read ${log}; run \`npm run setup\`, or free the port.`,
  });
}

/** True when a Temporal server answers there. */
export async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1000 });
    await connection.workflowService.getSystemInfo({});
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

async function keepRuns(address: string): Promise<void> {
  const args = [
    'operator',
    'namespace',
    'update',
    '--address',
    address,
    '-n',
    'default',
    '--retention',
    RETENTION,
  ];
  const child = spawn(temporalCommand(), args, { stdio: 'ignore' });
  await new Promise((resolve) => child.once('close', resolve));
}

/** Sends SIGTERM, then SIGKILL after ten seconds, and waits for the end. */
export async function stopChild(child: ChildProcess, graceMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}
