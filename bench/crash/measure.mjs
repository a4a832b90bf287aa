/**
 * Kills with -9 and compares: a worker before each kind of step of publishing a record, early and late in the run
 * (ten places), then worker, server or both at random moments of a small whole job in a fresh store. Each run must
 * end by itself with the digests of all outputs of an undisturbed one, and `verify` must find nothing.
 * With `--until` a stage before the report, places that the run never reaches are left out and named.
 *
 *   node bench/crash/measure.mjs [--moments 100] [--seed 1] [--until STAGE]
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import {
  allOutputs,
  resultOf,
  ROOT,
  startExchange,
  startServer,
  startSession,
} from '../pipeline-session.mjs';
import { MARKET_FLAGS, randomOf, smallConfig } from '../small-job.mjs';

const STEPS = [
  'blob:1',
  'blob:4',
  'preimage:1',
  'record:1',
  'record:2',
  'clean:1',
  'blob:30',
  'preimage:20',
  'record:27',
  'clean:33',
];
const HOOK = ['--import', path.join(ROOT, 'bench/crash/die-at-step.mjs')];

const { values } = parseArgs({
  options: {
    moments: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    until: { type: 'string', default: 'report' },
  },
});

let server;
let exchange;
let expected;

/** One whole run in a fresh store; `disturb` happens meanwhile. Answers how long it took, s. */
async function round(id, worker, disturb) {
  const session = await startSession({ address: server.address, url: exchange.url, worker });
  try {
    writeFileSync(path.join(session.home, 'config.json'), JSON.stringify(smallConfig(exchange.url)));
    const from = performance.now();
    await session.client('run', '--until', values.until, '--workflow-id', id, '--no-wait');
    await disturb(session);
    const outputs = allOutputs(session.home, await resultOf(session, id));
    const took = (performance.now() - from) / 1000;
    await session.client('verify');
    const again = JSON.parse(await session.client('run', '--until', values.until, '--json'));
    const didAgain = Object.values(again.stages).reduce((sum, { ran }) => sum + ran, 0);
    return { outputs, took, didAgain };
  } finally {
    await session.stop();
  }
}

function judge(name, { outputs, took, didAgain }) {
  const same = JSON.stringify(outputs) === JSON.stringify(expected);
  const fine = same && didAgain === 0;
  console.log(`${fine ? 'same' : 'DIFFERENT'}  ${took.toFixed(1).padStart(6)} s  ${name}`);
  return fine;
}

/** The places that a run of so many nodes reaches; every node has one preimage and one record. */
function reachedSteps(nodes) {
  const reached = STEPS.filter((step) => Number(step.split(':')[1]) <= nodes);
  for (const step of STEPS) if (!reached.includes(step)) console.log(`left out: ${step}, of ${nodes} nodes`);
  return reached;
}

async function atSteps(steps) {
  let fine = 0;
  for (const step of steps) {
    const worker = { nodeFlags: HOOK, changes: { DIE_AT: step } };
    const end = await round(`step-${step.replace(':', '-')}`, worker, async (session) => {
      if (session.worker.signalCode === null) await once(session.worker, 'exit');
      await session.crashWorker();
    });
    fine += Number(judge(`worker died before ${step}`, end));
  }
  return fine;
}

async function atMoments(count, undisturbedS) {
  const random = randomOf(Number(values.seed));
  let fine = 0;
  for (let index = 0; index < count; index++) {
    const afterMs = random() * undisturbedS * 1000;
    const victims = [['worker'], ['server'], ['worker', 'server']][Math.floor(random() * 3)];
    const end = await round(`moment-${index}`, {}, async (session) => {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await Promise.all(
        victims.map((victim) => (victim === 'worker' ? session.crashWorker() : server.crash())),
      );
    });
    fine += Number(judge(`${victims.join(' and ')} killed after ${(afterMs / 1000).toFixed(2)} s`, end));
  }
  return fine;
}

async function main() {
  await setup({ root: ROOT });
  exchange = await startExchange(MARKET_FLAGS);
  server = await startServer();
  try {
    const calm = await round('calm', {}, () => undefined);
    expected = calm.outputs;
    console.log(
      `undisturbed: ${calm.took.toFixed(1)} s, ${Object.keys(expected).length} nodes, seed ${values.seed}`,
    );
    const places = reachedSteps(Object.keys(expected).length);
    const steps = await atSteps(places);
    const moments = await atMoments(Number(values.moments), calm.took);
    console.log(
      `${steps} of ${places.length} places in publishing and ${moments} of ${values.moments} moments: identical results, nothing done by hand`,
    );
    if (steps < places.length || moments < Number(values.moments)) process.exitCode = 1;
  } finally {
    await server.stop();
    await exchange.stop();
  }
}

await main();
