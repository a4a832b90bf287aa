/**
 * Measures the whole pipeline on 14 months of BTCUSDT and ETHUSDT (17 folds): wall time of each stage, peak
 * memory of the worker, and a second start that finds everything stored.
 * Needs the archives of ../shared/data; says so and ends where they are not there.
 *
 *   node bench/full-run/measure.mjs
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setup } from '../../scripts/setup.mjs';
import { ARCHIVE, fullConfig, timedStart } from '../full-job.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';

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

/** Follows the resident memory of a process: `stop()` answers samples of time and MB. */
function followMemory(pid) {
  const samples = [];
  const timer = setInterval(() => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    samples.push({ atMs: Date.now(), mb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 });
  }, 200);
  return {
    stop: () => {
      clearInterval(timer);
      return samples;
    },
  };
}

async function main() {
  if (!existsSync(ARCHIVE)) {
    console.log(`Skipped: ${ARCHIVE} is not there.`);
    return;
  }
  await setup({ root: ROOT });
  const server = await startServer();
  const session = await startSession({
    address: server.address,
    exchangeFlags: ['--recorded', ARCHIVE],
  });
  try {
    writeFileSync(path.join(session.home, 'config.json'), JSON.stringify(fullConfig(session.url)));
    console.log(`${availableParallelism()} cores, Node ${process.version}`);
    const memory = followMemory(session.workerPid);
    const coldS = await timedStart(session, 'full');
    const samples = memory.stop();
    const { events } = JSON.parse(
      await session.temporal('workflow', 'show', '--workflow-id', 'full', '-o', 'json'),
    );
    for (const [name, { from, to, sum, activities }] of stageTimes(events)) {
      const during = samples.filter(({ atMs }) => atMs >= from && atMs <= to).map(({ mb }) => mb);
      console.log(
        `${name.padEnd(9)} ${((to - from) / 1000).toFixed(1).padStart(6)} s wall, ${(sum / 1000).toFixed(1).padStart(6)} s in ${activities} activities, worker up to ${Math.max(0, ...during).toFixed(0)} MB`,
      );
    }
    console.log(
      `cold run  ${coldS.toFixed(1)} s, events ${events.length}, worker peak ${peakMb(session.workerPid).toFixed(0)} MB`,
    );
    for (const id of ['again-1', 'again-2', 'again-3'])
      console.log(`${id}   ${(await timedStart(session, id)).toFixed(2)} s`);
  } finally {
    await session.stop();
    await server.stop();
  }
}

await main();
