/**
 * Steering a training from outside, on a real server: what its heartbeat tells, how soon a cancelled workflow
 * stops training, how a worker that is told to stop ends, and how soon a training goes on after `kill -9`.
 * The folds get 100,000 rounds, so that none ends by itself.
 *
 *   node bench/training-control/measure.mjs [--cancels 10]
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';

const { values } = parseArgs({ options: { cancels: { type: 'string', default: '10' } } });
const ROUNDS = 100_000;
/** `shutdownGraceTime` of worker.ts. */
const GRACE_S = 60;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function config(url) {
  return {
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    inference_symbol: 'BTCUSDT',
    start_date: '2023-03-01',
    binance_base_url: url,
    binance_archive_url: url,
    request_delay: 0,
    folds: { train: '28d', valid: '7d', test: '7d', step: '7d' },
    lightgbm: { rounds: ROUNDS, early_stopping_rounds: ROUNDS },
  };
}

async function start({ temporal, home }, id) {
  await temporal(
    ...['workflow', 'start', '--workflow-id', id, '--type', 'pipeline', '--task-queue', 'minute-alpha'],
    ...['--fail-existing', '--input-file', path.join(home, 'config.json')],
  );
}

/** The folds whose heartbeat tells a round: attempt and details. */
async function training({ temporal }, id) {
  const described = JSON.parse(await temporal('workflow', 'describe', '--workflow-id', id, '-o', 'json'));
  return (described.pendingActivities ?? [])
    .map(({ attempt, heartbeatDetails }) => ({
      attempt: Number(attempt ?? 1),
      ...decoded(heartbeatDetails)[0],
    }))
    .filter(({ round }) => typeof round === 'number');
}

/** Heartbeat details as the CLI prints them: decoded already, or payloads in base64. */
function decoded(details) {
  if (Array.isArray(details)) return details;
  return (details?.payloads ?? []).map(({ data }) =>
    JSON.parse(Buffer.from(data, 'base64').toString('utf8')),
  );
}

async function untilTraining(session, id, { attempt = 1, round = 1 } = {}) {
  for (;;) {
    const folds = await training(session, id);
    if (folds.some((fold) => fold.attempt >= attempt && fold.round >= round)) return folds;
    await pause(100);
  }
}

async function events({ temporal }, id) {
  const shown = JSON.parse(await temporal('workflow', 'show', '--workflow-id', id, '-o', 'json'));
  return shown.events.map(({ eventType, eventTime }) => ({ type: eventType, atMs: Date.parse(eventTime) }));
}

/** Seconds from the request to cancel to the end of the last training, by the server's clock. */
async function timedCancel(session, id) {
  await start(session, id);
  await untilTraining(session, id);
  await session.temporal('workflow', 'cancel', '--workflow-id', id);
  for (;;) {
    const seen = await events(session, id);
    if (seen.some(({ type }) => type === 'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED')) {
      const at = (type) => seen.filter((event) => event.type === type).map(({ atMs }) => atMs);
      const [requested] = at('EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED');
      return (Math.max(...at('EVENT_TYPE_ACTIVITY_TASK_CANCELED')) - requested) / 1000;
    }
    await pause(100);
  }
}

const seconds = (fromMs) => (performance.now() - fromMs) / 1000;

async function measureCancels(session) {
  const times = [];
  for (let cancel = 0; cancel < Number(values.cancels); cancel += 1) {
    times.push(await timedCancel(session, `cancelled-${cancel}`));
  }
  times.sort((left, right) => left - right);
  const [median, worst] = [times[times.length >> 1], times.at(-1)];
  console.log(
    `cancelled ${times.length} times: training ended after ${median.toFixed(2)} s (median), ${worst.toFixed(2)} s (worst); at most 1 s is asked`,
  );
}

async function measureKill(session, worker) {
  await start(session, 'killed');
  await untilTraining(session, 'killed');
  const from = performance.now();
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  const next = await session.startWorker();
  await untilTraining(session, 'killed', { attempt: 2 });
  console.log(`killed with -9 and started again: training again after ${seconds(from).toFixed(1)} s`);
  return next;
}

/** The run that `kill -9` left goes on here. */
async function measureStop(session, worker) {
  const from = performance.now();
  worker.kill('SIGTERM');
  const [code] = await once(worker, 'exit');
  console.log(
    `told to stop (SIGTERM) while training: ended with code ${code} after ${seconds(from).toFixed(1)} s; its grace is ${GRACE_S} s`,
  );
  await session.startWorker();
  const folds = await untilTraining(session, 'killed', { attempt: 3 });
  console.log(`the next worker trains on: attempt ${folds[0].attempt} of ${folds[0].node}`);
  await session.temporal('workflow', 'cancel', '--workflow-id', 'killed');
}

await setup({ root: ROOT });
const server = await startServer();
const session = await startSession({
  address: server.address,
  exchangeFlags: ['--recorded', path.join(ROOT, 'simulator/recorded')],
});
try {
  writeFileSync(path.join(session.home, 'config.json'), JSON.stringify(config(session.url)));
  await start(session, 'watched');
  const [fold] = await untilTraining(session, 'watched', { round: 50 });
  console.log(`heartbeat details of a training: ${JSON.stringify(fold)}`);
  await session.temporal('workflow', 'cancel', '--workflow-id', 'watched');
  await measureCancels(session);
  const worker = await measureKill(session, session.worker);
  await measureStop(session, worker);
} finally {
  await session.stop();
  await server.stop();
}
