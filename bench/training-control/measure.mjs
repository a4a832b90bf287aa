/**
 * Steering a training from outside, on a real server: what its heartbeat tells, how soon a cancelled workflow
 * stops training, how a worker that is told to stop ends, and how soon a training goes on after `kill -9`.
 * The folds get 100,000 rounds, so that none ends by itself.
 *
 *   node bench/training-control/measure.mjs [--cancels 10] [--only-cancels]
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';

const { values } = parseArgs({
  options: {
    cancels: { type: 'string', default: '10' },
    'only-cancels': { type: 'boolean', default: false },
  },
});
const ROUNDS = 100_000;
/** Within which a worker that is told to stop must be gone. */
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

/**
 * The folds that are training now: attempt and details of those whose heartbeat tells a round. A new attempt
 * shows the last one's details until it beats itself, so beats before `sinceMs` do not count.
 */
async function training({ temporal }, id, sinceMs) {
  const described = JSON.parse(await temporal('workflow', 'describe', '--workflow-id', id, '-o', 'json'));
  return (described.pendingActivities ?? [])
    .filter(({ state }) => state === 'PENDING_ACTIVITY_STATE_STARTED')
    .filter(({ lastHeartbeatTime }) => Date.parse(lastHeartbeatTime) > sinceMs)
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

async function untilTraining(session, id, { sinceMs = 0, round = 1 } = {}) {
  for (;;) {
    const folds = (await training(session, id, sinceMs)).filter((fold) => fold.round >= round);
    if (folds.length > 0) return folds;
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

async function measureKill(session) {
  await start(session, 'killed');
  await untilTraining(session, 'killed');
  const [from, sinceMs] = [performance.now(), Date.now()];
  await session.crashWorker();
  await untilTraining(session, 'killed', { sinceMs });
  console.log(`killed with -9 and started again: training again after ${seconds(from).toFixed(1)} s`);
}

/** The run that `kill -9` left goes on here. */
async function measureStop(session) {
  const from = performance.now();
  session.worker.kill('SIGTERM');
  const [code] = await once(session.worker, 'exit');
  console.log(
    `told to stop (SIGTERM) while training: ended with code ${code} after ${seconds(from).toFixed(1)} s; at most ${GRACE_S} s is asked`,
  );
  const sinceMs = Date.now();
  await session.replaceWorker(ROOT);
  const [fold] = await untilTraining(session, 'killed', { sinceMs });
  console.log(`the next worker trains again: attempt ${fold.attempt} of ${fold.node}`);
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
  if (!values['only-cancels']) {
    await measureKill(session);
    await measureStop(session);
  }
} finally {
  await session.stop();
  await server.stop();
}
