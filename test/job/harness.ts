/** What whole-job tests share: a real server, exchange and worker, each in its own process, and the real command line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDevServer, stopChild, type DevServer } from '../../commands/dev-server.js';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const CLIENT = path.join(ROOT, 'dist/client-bundle.js');

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A port that is free on 127.0.0.1 now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A home folder with its own store, server, exchange and worker. */
export class JobBench {
  readonly home: string;
  private readonly children: ChildProcess[] = [];
  private server: DevServer | null = null;
  private ports: { port: number; uiPort: number } | null = null;
  exchangeUrl = '';

  constructor(name: string) {
    this.home = mkdtempSync(path.join(tmpdir(), `minute-alpha-${name}-`));
  }

  /** Environment of every process of this bench. */
  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      TEMPORAL_ADDRESS: this.server?.address ?? '127.0.0.1:1',
      MINUTE_ALPHA_HOME: this.home,
      MINUTE_ALPHA_STORE: 'cache',
      MINUTE_ALPHA_BUDGET: path.join(this.home, 'budget'),
      NO_COLOR: '1',
    };
  }

  /** Starts the server; after a stop or kill, again on the same port and database file. */
  async startServer(): Promise<DevServer> {
    this.ports ??= { port: await freePort(), uiPort: await freePort() };
    this.server = await startDevServer({ ...this.ports, folder: path.join(this.home, 'temporal') });
    return this.server;
  }

  /** Kills the server with SIGKILL and waits until it is gone. */
  async killServer(): Promise<void> {
    const { pid } = this.server!;
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await pause(20);
  }

  /** Starts the exchange with the flags of `simulate`. */
  async startExchange(...flags: string[]): Promise<string> {
    const child = this.spawnNode([CLIENT, 'simulate', '--port', '0', ...flags], 'stdout');
    const line = await waitForLine(child, 'stdout', (text) => text.includes('listening'));
    this.exchangeUrl = (JSON.parse(line) as { listening: string }).listening;
    return this.exchangeUrl;
  }

  /** Starts a worker and waits until it is ready. */
  startWorker(): Promise<ChildProcess> {
    return this.startWorkerWith({});
  }

  /** Starts a worker with a changed environment, of the build in `root`, for some queues or all. */
  async startWorkerWith(
    env: NodeJS.ProcessEnv,
    root = ROOT,
    queues: readonly string[] = [],
  ): Promise<ChildProcess> {
    const flags = queues.length === 0 ? [] : ['--queues', ...queues];
    const child = this.spawnNode([path.join(root, 'dist/worker.js'), ...flags], 'stderr', env);
    await waitForLine(child, 'stderr', (text) => text.includes('Worker ready'));
    return child;
  }

  /** Asks a process that was started here to end, and waits for it. */
  stop(child: ChildProcess): Promise<void> {
    return stopChild(child);
  }

  writeConfig(config: Record<string, unknown>, file = 'config.json'): void {
    mkdirSync(this.home, { recursive: true });
    writeFileSync(path.join(this.home, file), JSON.stringify(config));
  }

  /** Runs a command of the client to its end. */
  async command(...args: string[]): Promise<CommandEnd> {
    return this.commandWith({}, ...args);
  }

  async commandWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<CommandEnd> {
    const child = spawn(process.execPath, [CLIENT, ...args], {
      cwd: this.home,
      env: { ...this.env, ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }

  /** Runs a command that must succeed and answers its JSON. */
  async json<T>(...args: string[]): Promise<T> {
    const end = await this.command(...args, '--json');
    if (end.code !== 0 && end.code !== 2)
      throw new Error(`${args.join(' ')} ended with ${end.code}:\n${end.stderr}`);
    return JSON.parse(end.stdout) as T;
  }

  /** Stops everything that was started and removes the home. */
  async close(): Promise<void> {
    for (const child of this.children.reverse()) await stopChild(child);
    await this.server?.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  private spawnNode(args: string[], watched: 'stdout' | 'stderr', env: NodeJS.ProcessEnv = {}): ChildProcess {
    const stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'ignore'];
    stdio[watched === 'stdout' ? 1 : 2] = 'pipe';
    const child = spawn(process.execPath, args, { cwd: this.home, env: { ...this.env, ...env }, stdio });
    this.children.push(child);
    return child;
  }
}

/** The recorded two months of two symbols with folds in days: the demo's job. */
export function recordedConfig(
  exchangeUrl: string,
  change: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    inference_symbol: 'BTCUSDT',
    start_date: '2023-03-01',
    binance_base_url: exchangeUrl,
    binance_archive_url: exchangeUrl,
    request_delay: 0,
    folds: { train: '28d', valid: '7d', test: '7d', step: '7d' },
    ...change,
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function waitForLine(
  child: ChildProcess,
  stream: 'stdout' | 'stderr',
  matches: (line: string) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child[stream]!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n').find(matches);
      if (line !== undefined) resolve(line);
    });
    child.once('exit', (code) =>
      reject(new Error(`${child.spawnargs.join(' ')} ended with code ${code}:\n${text}`)),
    );
  });
}
