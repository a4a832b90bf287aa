/**
 * What the cache and Temporal cost and save on 14 months of two symbols (17 folds), each part in a fresh store:
 *   cold    the first run, and the same stages inline: one process without Temporal or store (bench/inline)
 *   again   the identical run again, and one with a changed leaf of backtest: whole commands, from start to prompt
 *   month   13 months, then the 14th added, against the cold run of 14
 *   publish hashing and publishing alone, with every fsync
 * Needs the archives of ../shared/data but for `publish`; says so and ends where they are not there.
 *
 *   node bench/cache/measure.mjs --part cold|again|month|publish [--small]
 *
 * `--small` takes the last three months with short windows: to see that a part works.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ARCHIVE, fullConfig, timedStart } from '../full-job.mjs';
import { newestPlan, runInline } from '../inline/run-inline.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';

const { values } = parseArgs({
  options: { part: { type: 'string' }, small: { type: 'boolean', default: false } },
});
const SMALL = {
  start_date: '2023-05-01',
  folds: { train: '1mo', valid: '7d', test: '15d', step: '15d' },
};

const say = (name, text) => console.log(`${name.padEnd(42)} ${text}`);
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** Seconds of a whole command, and its result. */
async function timed(session, ...args) {
  const from = performance.now();
  const result = JSON.parse(await session.client(...args, '--json'));
  return { s: (performance.now() - from) / 1000, result };
}

const ranOf = ({ stages }) => Object.values(stages).reduce((sum, { ran }) => sum + ran, 0);

async function withSession(work) {
  if (!existsSync(ARCHIVE)) {
    console.log(`Skipped: ${ARCHIVE} is not there.`);
    return;
  }
  const server = await startServer();
  const session = await startSession({ address: server.address, exchangeFlags: ['--recorded', ARCHIVE] });
  const write = (change) =>
    writeFileSync(
      path.join(session.home, 'config.json'),
      JSON.stringify(fullConfig(session.url, { ...(values.small ? SMALL : {}), ...change })),
    );
  try {
    write({});
    await work(session, write);
  } finally {
    await session.stop();
    await server.stop();
  }
}

/** The cold run with everything, then its plan inline on the same exchange. */
async function cold() {
  await withSession(async (session) => {
    const coldS = await timedStart(session, 'cold');
    const runs = path.join(session.home, 'cache/runs');
    const plan = newestPlan(path.join(runs, readdirSync(runs)[0]));
    const env = { ...process.env, MINUTE_ALPHA_BUDGET: path.join(session.home, 'budget') };
    const { wallS, nodes } = await runInline({
      root: ROOT,
      store: path.join(session.home, 'cache'),
      plan,
      env,
    });
    say(`cold run of ${nodes} nodes, start to result`, `${coldS.toFixed(1)} s`);
    say('the same stages inline', `${wallS.toFixed(1)} s`);
    say('overhead of Temporal and cache', `${((coldS / wallS - 1) * 100).toFixed(1)} %`);
  });
}

async function again() {
  await withSession(async (session) => {
    await timed(session, 'run');
    const identical = [];
    for (let count = 0; count < 5; count++) {
      const { s, result } = await timed(session, 'run');
      if (ranOf(result) > 0) throw new Error('the identical run ran something');
      identical.push(s);
    }
    say('identical run, whole command, median of 5', `${median(identical).toFixed(2)} s`);
    const leaf = [];
    for (const fee of ['0.0002', '0.0003', '0.0004']) {
      const { s, result } = await timed(session, 'run', '--set', `backtest.fee=${fee}`);
      if (ranOf(result) !== 3) throw new Error(`${ranOf(result)} nodes ran`);
      leaf.push(s);
    }
    say('one leaf of backtest, whole command, median of 3', `${median(leaf).toFixed(2)} s`);
    const planS = await timed(session, 'plan');
    say('plan, whole command', `${planS.s.toFixed(2)} s`);
  });
}

/** The share of the cold run's computing that the new month's own nodes had, against what adding it took. */
async function month() {
  await withSession(async (session, write) => {
    write({ end_date: '2023-07-01' });
    const thirteen = await timed(session, 'run');
    write({ end_date: '2023-08-01' });
    const added = await timed(session, 'run');
    const all = added.result.stages;
    const before = thirteen.result.stages;
    say('13 months, cold', `${thirteen.s.toFixed(1)} s, ${ranOf(thirteen.result)} nodes`);
    say('the 14th month added', `${added.s.toFixed(1)} s, ${ranOf(added.result)} nodes`);
    for (const stage of ['klines', 'features', 'fold', 'predict'])
      say(
        `  ${stage}`,
        `${all[stage].ran} ran of ${all[stage].nodes}, ${(all[stage].wallMs / 1000).toFixed(1)} s (13 months: ${(before[stage].wallMs / 1000).toFixed(1)} s)`,
      );
    const late = ['evaluate', 'backtest', 'report'];
    const sum = (stages, of) => of.reduce((total, stage) => total + (stages[stage]?.wallMs ?? 0), 0);
    const early = Object.keys(all).filter((stage) => !late.includes(stage));
    const own = sum(all, early);
    // The whole range is evaluated anew in either run, so it counts once.
    const cold14 = sum(before, early) + own + sum(all, late);
    const percent = (ms) => `${((ms / cold14) * 100).toFixed(1)} %`;
    say('computing: own partitions and folds of cold 14', percent(own));
    say('computing: with evaluation to report of all', percent(own + sum(all, late)));
    say('wall: added month of cold 13 months', `${((added.s / thirteen.s) * 100).toFixed(1)} %`);
  });
}

/** What the device itself takes for these bytes, ms. */
function flushAlone(file, megabytes) {
  const handle = openSync(file, 'w');
  writeSync(handle, randomBytes(megabytes * 1e6));
  const from = performance.now();
  fsyncSync(handle);
  const ms = performance.now() - from;
  closeSync(handle);
  rmSync(file);
  return ms;
}

async function publish() {
  const { openStorage, actionKey } = await import(path.join(ROOT, 'dist/lib/store/index.js'));
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-publish-'));
  try {
    const store = openStorage(path.join(folder, 'cache'));
    for (const megabytes of [1, 7, 64]) {
      const times = [];
      const flushes = [];
      for (let count = 0; count < 7; count++) {
        const preimage = {
          v: 'k1',
          stage: 'features',
          impl: 'i',
          params: { megabytes, count },
          inputs: [],
          env: {},
          salt: '',
        };
        const attempt = await store.begin('features', actionKey(preimage));
        writeFileSync(path.join(attempt.dir, 'rows.bin'), randomBytes(megabytes * 1e6));
        const from = performance.now();
        await attempt.publish({
          preimage,
          outputs: [{ name: 'rows', file: 'rows.bin' }],
          facts: {},
          cost: { wallMs: 0 },
          by: { workflowId: 'w', runId: 'r', attempt: 1, host: 'h', startedAt: '' },
        });
        times.push(performance.now() - from);
        flushes.push(flushAlone(path.join(folder, 'alone'), megabytes));
      }
      const ms = median(times);
      say(
        `publish ${megabytes} MB, median of 7`,
        `${ms.toFixed(1)} ms, ${((megabytes / ms) * 1000).toFixed(0)} MB/s; the device alone ${median(flushes).toFixed(1)} ms`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const parts = { cold, again, month, publish };
const part = parts[values.part];
if (part === undefined) throw new Error(`--part must be one of ${Object.keys(parts).join(', ')}`);
await setup({ root: ROOT });
await part();
process.exit();
