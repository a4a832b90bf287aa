/** A private Temporal server, worker and simulated exchange for a benchmark, in a folder of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const CLIENT = path.join(ROOT, 'dist/client.js');
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

/** Starts the Temporal server; `session` may be called for it many times. */
export async function startServer() {
  const { startDevServer } = await import(path.join(ROOT, 'dist/commands/dev-server.js'));
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-server-'));
  const server = await startDevServer({ port: await freePort(), uiPort: await freePort(), folder });
  return {
    address: server.address,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts an exchange (`simulate` with `exchangeFlags`) and a worker with an empty store. `client(..args)` runs
 * a command and resolves to its stdout; `temporal(..args)` the Temporal CLI; `stop()` ends both and deletes
 * the folder.
 */
export async function startSession({ address, exchangeFlags }) {
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
  const exchange = spawn(process.execPath, [CLIENT, 'simulate', ...exchangeFlags], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let worker = null;
  const startWorker = async () => {
    worker = spawn(process.execPath, [path.join(ROOT, 'dist/worker.js')], {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await firstLine(worker, 'stderr', 'Worker ready');
    worker.stderr.resume();
  };
  const [listening] = await Promise.all([firstLine(exchange, 'stdout', 'listening'), startWorker()]);
  return {
    home,
    url: JSON.parse(listening).listening,
    workerPid: worker.pid,
    /** Ends the worker with SIGKILL. */
    killWorker: async () => {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    },
    startWorker,
    client: async (...args) =>
      (await run(process.execPath, [CLIENT, ...args], { ...options, maxBuffer: MAX_OUTPUT_BYTES })).stdout,
    temporal: async (...args) =>
      (await run(temporalCommand(), [...args, '--address', address], { maxBuffer: MAX_OUTPUT_BYTES })).stdout,
    stop: async () => {
      await Promise.all([stop(worker), stop(exchange)]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
