/** A private Temporal server, worker and simulated exchange for a benchmark, in a folder of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const CLIENT = path.join(ROOT, 'dist/client-bundle.js');
const MAX_OUTPUT_BYTES = 2 ** 28;
const run = promisify(execFile);

/** A port of 127.0.0.1 that is free now. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** First line of a stream that has `wanted`. */
function firstLine(child, stream, wanted) {
  return new Promise((resolve, reject) => {
    let text = '';
    child[stream].on('data', (chunk) => {
      text += chunk;
      const line = text.split('\n').find((each) => each.includes(wanted));
      if (line) resolve(line);
    });
    child.once('exit', (code) =>
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}: ${text}`)),
    );
  });
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Kills a process with SIGKILL and waits until it is gone. */
async function killNow(pid) {
  process.kill(pid, 'SIGKILL');
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Digests of all outputs of all nodes of a run, from its file in the store of `home`. */
export function allOutputs(home, { runId }) {
  const { nodes } = JSON.parse(readFileSync(path.join(home, 'cache/runs', `${runId}.json`), 'utf8'));
  return Object.fromEntries(Object.entries(nodes).map(([id, { outputs }]) => [id, outputs]));
}

/** Starts the Temporal server; `session` may be called for it many times. `crash()` kills it and starts it again. */
export async function startServer() {
  const { startDevServer } = await import(path.join(ROOT, 'dist/commands/dev-server.js'));
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-server-'));
  const options = { port: await freePort(), uiPort: await freePort(), folder };
  let server = await startDevServer(options);
  return {
    address: server.address,
    crash: async () => {
      await killNow(server.pid);
      server = await startDevServer(options);
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts `simulate` with these flags; it may serve many sessions. */
export async function startExchange(exchangeFlags) {
  const exchange = spawn(process.execPath, [CLIENT, 'simulate', ...exchangeFlags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const listening = await firstLine(exchange, 'stdout', 'listening');
  return { url: JSON.parse(listening).listening, stop: () => stop(exchange) };
}

/**
 * Starts an exchange (`simulate` with `exchangeFlags`, unless `url` names one) and a worker with an empty store.
 * `client(..args)` runs a command and resolves to its stdout; `temporal(..args)` the Temporal CLI;
 * `crashWorker(..)` kills the worker and starts another; `stop()` ends all and deletes the folder.
 */
export async function startSession({ address, exchangeFlags, url, worker: first = {} }) {
  const { temporalCommand } = await import(path.join(ROOT, 'dist/commands/dev-server.js'));
  const home = mkdtempSync(path.join(tmpdir(), 'minute-alpha-bench-'));
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: address,
    MINUTE_ALPHA_HOME: home,
    MINUTE_ALPHA_STORE: 'cache',
    MINUTE_ALPHA_BUDGET: path.join(home, 'budget'),
  };
  const options = { cwd: home, env };
  const startWorker = async ({ nodeFlags = [], changes = {}, root = ROOT } = {}) => {
    const started = spawn(process.execPath, [...nodeFlags, path.join(root, 'dist/worker.js')], {
      ...options,
      env: { ...env, ...changes },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await firstLine(started, 'stderr', 'Worker ready');
    started.stderr.resume();
    return started;
  };
  const [exchange, firstWorker] = await Promise.all([
    url === undefined ? startExchange(exchangeFlags) : { url, stop: () => undefined },
    startWorker(first),
  ]);
  let worker = firstWorker;
  return {
    home,
    url: exchange.url,
    get worker() {
      return worker;
    },
    get workerPid() {
      return worker.pid;
    },
    crashWorker: async () => {
      if (worker.exitCode === null && worker.signalCode === null) await killNow(worker.pid);
      worker = await startWorker();
    },
    /** Ends the worker in its own time and starts one of another build. */
    replaceWorker: async (root) => {
      await stop(worker);
      worker = await startWorker({ root });
    },
    client: async (...args) =>
      (await run(process.execPath, [CLIENT, ...args], { ...options, maxBuffer: MAX_OUTPUT_BYTES })).stdout,
    temporal: async (...args) =>
      (await run(temporalCommand(), [...args, '--address', address], { maxBuffer: MAX_OUTPUT_BYTES })).stdout,
    stop: async () => {
      await Promise.all([stop(worker), exchange.stop()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits for what a promise of a run answers; a client command may lose its server in the middle, then it asks again. */
export async function resultOf(session, workflowId) {
  for (let tries = 0; ; tries++) {
    try {
      return JSON.parse(await session.client('status', '--workflow-id', workflowId, '--follow', '--json'));
    } catch (error) {
      if (tries >= 20 || !/UNAVAILABLE|No Temporal server|ECONN|knows no run/.test(String(error.stderr)))
        throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
