/**
 * The demo: set-up, a private Temporal server, a worker, the recorded exchange, the whole pipeline on two
 * months of real bars of two symbols, then one changed backtest parameter and only what depends on it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setup } from './setup.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const HOME = path.join(ROOT, 'demo');
const CLIENT = path.join(ROOT, 'dist/client-bundle.js');

/** The demo's config: the reference's keys, folds in days, one formula and one indicator of the catalogue. */
function demoConfig(exchangeUrl) {
  return {
    $schema: '../config.schema.json',
    candle_interval: '1m',
    request_delay: 0.3,
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    inference_symbol: 'BTCUSDT',
    start_date: '2023-03-01',
    feather_dir: 'data/feather',
    binance_base_url: exchangeUrl,
    max_klines_per_request: 1500,
    binance_archive_url: exchangeUrl,
    expressions: { range_bp: '1e4 * (high - low) / close' },
    indicators: [{ name: 'macd', params: { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 } }],
    folds: { train: '28d', valid: '7d', test: '7d', step: '7d' },
    evaluate: { quantile_scope: 'date' },
    backtest: { quantile_scope: 'date', fee: 0.00005 },
  };
}

/** A port that is free on 127.0.0.1 now. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const children = [];
let isInterrupted = false;

/** Ctrl-C ends what runs; whoever waits for it then fails, and `main` cleans up as after any failure. */
function stopOnSignal() {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      isInterrupted = true;
      void stopAll();
    });
  }
}

/** Starts a process of the demo; it is stopped by its process id at the end. */
function start(args, options) {
  if (isInterrupted) throw new Error('The demo was interrupted.');
  const child = spawn(process.execPath, args, options);
  children.push(child);
  return child;
}

async function stopAll() {
  for (const child of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await once(child, 'exit');
    clearTimeout(timer);
  }
}

/** First line of a stream that `matches`. */
function waitForLine(child, stream, matches) {
  return new Promise((resolve, reject) => {
    let text = '';
    child[stream].on('data', (chunk) => {
      text += chunk;
      const line = text.split('\n').find(matches);
      if (line !== undefined) resolve(line);
    });
    child.once('exit', (code) =>
      reject(new Error(`${child.spawnargs.join(' ')} ended with code ${code}:\n${text}`)),
    );
  });
}

/** Runs a command of the client to its end; its stdout is the answer, its progress is shown. */
async function command(args, env) {
  const child = start([CLIENT, ...args], {
    cwd: HOME,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`\`minute-alpha ${args.join(' ')}\` ended with code ${code}.`);
  return output;
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

async function main() {
  await setup({ root: ROOT });
  stopOnSignal();
  const startedMs = Date.now();
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  const { startDevServer } = await import(path.join(ROOT, 'dist/commands/dev-server.js'));
  const [port, uiPort] = [await freePort(), await freePort()];
  const server = await startDevServer({ port, uiPort, folder: path.join(HOME, '.minute-alpha') });
  try {
    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: server.address,
      MINUTE_ALPHA_HOME: HOME,
      MINUTE_ALPHA_STORE: 'cache',
      MINUTE_ALPHA_BUDGET: path.join(HOME, '.minute-alpha/budget'),
    };
    await runDemo(env, startedMs);
    sayHowToLook();
  } finally {
    await stopAll();
    await server.stop();
  }
}

async function runDemo(env, startedMs) {
  const recorded = path.join(ROOT, 'simulator/recorded');
  const exchange = start([CLIENT, 'simulate', '--recorded', recorded], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const worker = start([path.join(ROOT, 'dist/worker.js')], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  const [listening] = await Promise.all([
    waitForLine(exchange, 'stdout', (line) => line.includes('listening')),
    waitForLine(worker, 'stderr', (line) => line.includes('Worker ready')),
  ]);
  worker.stderr.pipe(process.stderr);
  writeFileSync(
    path.join(HOME, 'config.json'),
    `${JSON.stringify(demoConfig(JSON.parse(listening).listening), null, 2)}\n`,
  );
  say('The whole pipeline on two months of BTCUSDT and ETHUSDT:\n');
  say(await command(['run'], env));
  say('Now one backtest parameter changes: backtest.fee 0.00005 -> 0.0005.\n');
  const again = JSON.parse(await command(['run', '--set', 'backtest.fee=0.0005', '--json'], env));
  const ran = Object.entries(again.stages).filter(([, { ran: count }]) => count > 0);
  for (const [stage, { nodes, hit, ran: count }] of Object.entries(again.stages)) {
    say(
      `  ${stage.padEnd(9)} ${count === 0 ? `all ${nodes} from the cache` : `${count} ran, ${hit} from the cache`}`,
    );
  }
  const names = ran.map(([stage]) => stage).join(' and ');
  if (names !== 'backtest and report')
    throw new Error(`The changed fee ran ${names || 'nothing'}, not backtest and report.`);
  say(
    `\nOnly backtest and what is drawn from it ran. The demo took ${((Date.now() - startedMs) / 1000).toFixed(1)} s after set-up.`,
  );
  say(`Report: ${again.artifacts.report}`);
}

function sayHowToLook() {
  say('To read both runs in the Temporal UI: MINUTE_ALPHA_HOME=demo npx minute-alpha up');
  say('then open http://127.0.0.1:8233.');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${isInterrupted ? 'The demo was interrupted.' : (error.message ?? error)}\n`);
  process.exitCode = isInterrupted ? 130 : 1;
}
