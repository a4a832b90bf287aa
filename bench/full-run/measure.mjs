/**
 * Measures the whole pipeline on 14 months of BTCUSDT and ETHUSDT (17 folds): wall time of each stage, peak
 * memory of the worker, and a second start that finds everything stored.
 * Needs the archives of ../shared/data; says so and ends where they are not there.
 *
 *   node bench/full-run/measure.mjs [--home DIR]
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setup } from '../../scripts/setup.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const ARCHIVE = path.resolve(ROOT, '../shared/data/archive');
const CLIENT = path.join(ROOT, 'dist/client.js');
const run = promisify(execFile);

function config(url) {
  return {
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    inference_symbol: 'BTCUSDT',
    start_date: '2022-06-01',
    binance_base_url: url,
    binance_archive_url: url,
    folds: { train: '6mo', valid: '1mo', test: '15d', step: '15d' },
    backtest: { quantile_scope: 'date' },
    evaluate: { quantile_scope: 'date' },
  };
}

function firstLine(child, stream, wanted) {
  return new Promise((resolve, reject) => {
    let text = '';
    child[stream].on('data', (chunk) => {
      text += chunk;
      const line = text.split('\n').find((each) => each.includes(wanted));
      if (line) resolve(line);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

/** Seconds from the first start to the last end of each stage's activities, and the sum of their own times. */
function stageTimes(events) {
  const scheduled = new Map();
  const started = new Map();
  const stages = new Map();
  for (const event of events) {
    const at = Date.parse(event.eventTime);
    const schedule = event.activityTaskScheduledEventAttributes;
    const start = event.activityTaskStartedEventAttributes;
    const end = event.activityTaskCompletedEventAttributes;
    if (schedule) scheduled.set(event.eventId, schedule.activityType.name);
    if (start) started.set(start.scheduledEventId, at);
    if (!end) continue;
    const name = scheduled.get(end.scheduledEventId);
    const from = started.get(end.scheduledEventId);
    const stage = stages.get(name) ?? { from, to: at, sum: 0, activities: 0 };
    stages.set(name, {
      from: Math.min(stage.from, from),
      to: Math.max(stage.to, at),
      sum: stage.sum + at - from,
      activities: stage.activities + 1,
    });
  }
  return stages;
}

function peakMb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

async function main() {
  if (!existsSync(ARCHIVE)) {
    console.log(`Skipped: ${ARCHIVE} is not there.`);
    return;
  }
  await setup({ root: ROOT });
  const { startDevServer, temporalCommand } = await import(path.join(ROOT, 'dist/commands/dev-server.js'));
  const home = mkdtempSync(path.join(tmpdir(), 'minute-alpha-full-'));
  const port = 17233 + (process.pid % 1000);
  const server = await startDevServer({ port, uiPort: port + 1000, folder: path.join(home, 'temporal') });
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: server.address,
    MINUTE_ALPHA_HOME: home,
    MINUTE_ALPHA_STORE: 'cache',
    MINUTE_ALPHA_BUDGET: path.join(home, 'budget'),
  };
  const exchange = spawn(process.execPath, [CLIENT, 'simulate', '--recorded', ARCHIVE], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const worker = spawn(process.execPath, [path.join(ROOT, 'dist/worker.js')], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const [line] = await Promise.all([
      firstLine(exchange, 'stdout', 'listening'),
      firstLine(worker, 'stderr', 'Worker ready'),
    ]);
    worker.stderr.pipe(process.stderr);
    const file = path.join(home, 'config.json');
    writeFileSync(file, JSON.stringify(config(JSON.parse(line).listening)));
    const temporal = (...args) =>
      run(temporalCommand(), [...args, '--address', server.address], { maxBuffer: 2 ** 28 });
    const start = async (id) => {
      const from = performance.now();
      const flags = [
        '--type',
        'pipeline',
        '--task-queue',
        'minute-alpha',
        '--fail-existing',
        '--input-file',
        file,
      ];
      await temporal('workflow', 'start', '--workflow-id', id, ...flags);
      await temporal('workflow', 'result', '--workflow-id', id);
      return (performance.now() - from) / 1000;
    };
    console.log(`${availableParallelism()} cores, Node ${process.version}`);
    const cold = await start('full');
    const { stdout } = await temporal('workflow', 'show', '--workflow-id', 'full', '-o', 'json');
    for (const [name, { from, to, sum, activities }] of stageTimes(JSON.parse(stdout).events)) {
      console.log(
        `${name.padEnd(9)} ${((to - from) / 1000).toFixed(1).padStart(6)} s wall, ${(sum / 1000).toFixed(1).padStart(6)} s in ${activities} activities`,
      );
    }
    console.log(
      `cold run  ${cold.toFixed(1)} s, events ${JSON.parse(stdout).events.length}, worker peak ${peakMb(worker.pid).toFixed(0)} MB`,
    );
    for (const id of ['again-1', 'again-2', 'again-3'])
      console.log(`${id}   ${(await start(id)).toFixed(2)} s`);
  } finally {
    for (const child of [worker, exchange]) {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
