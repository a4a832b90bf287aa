/**
 * Kills the worker with -9 at random moments of downloads and starts it again. Every download must end with the
 * digests of an undisturbed one, and no archive of a partition that was stored may be asked for again.
 * Needs the archives of ../shared/data; says so and ends where they are not there.
 *
 *   node bench/market-faults/kill.mjs [kills]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';

const ARCHIVE = path.resolve(ROOT, '../shared/data/archive');
const SHORTEST_MS = 300;
const SPREAD_MS = 3000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function startFlags(url) {
  const config = {
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    start_date: '2022-06-01',
    request_delay: 0,
    binance_base_url: url,
    binance_archive_url: url,
  };
  return ['--input', JSON.stringify(config), '--input', JSON.stringify({ until: 'klines' })];
}

async function start(session, id) {
  await session.temporal(
    ...['workflow', 'start', '--workflow-id', id, '--type', 'pipeline', '--task-queue', 'minute-alpha'],
    ...['--fail-existing', ...startFlags(session.url)],
  );
}

async function outputsOf(session, id) {
  const text = await session.temporal('workflow', 'result', '--workflow-id', id, '-o', 'json');
  const answer = JSON.parse(text);
  return JSON.stringify((answer.result ?? answer).outputs);
}

/** `BTCUSDT-1m-2023-03` of each partition that is stored. */
function storedPartitions(home) {
  const folder = path.join(home, 'cache/actions/klines');
  if (!existsSync(folder)) return [];
  return (
    readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.json'))
      // A record stands on the first line, its digest on the next.
      .map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8').split('\n')[0]))
      .map((record) => Object.keys(record.facts.archives)[0].slice(0, 'BTCUSDT-1m-2023-03'.length))
  );
}

/** Requests for zips by partition, monthly and daily ones. */
async function archiveRequests(url) {
  const { requests } = await (await fetch(`${url}/_simulator`)).json();
  const counts = new Map();
  for (const [file, count] of Object.entries(requests)) {
    const partition = /[A-Z]+-1m-\d{4}-\d{2}(?=(-\d{2})?\.zip$)/.exec(file)?.[0];
    if (partition !== undefined) counts.set(partition, (counts.get(partition) ?? 0) + count);
  }
  return counts;
}

/** Runs one download, killing until it is over; answers its outputs, kills and what was fetched again. */
async function disturbed(session, id, most) {
  await start(session, id);
  let over = false;
  const outputs = outputsOf(session, id).finally(() => (over = true));
  let kills = 0;
  const before = new Map();
  while (kills < most) {
    await Promise.race([pause(SHORTEST_MS + Math.random() * SPREAD_MS), outputs.catch(() => undefined)]);
    if (over) break;
    process.kill(session.workerPid, 'SIGKILL');
    kills++;
    const counts = await archiveRequests(session.url);
    for (const name of storedPartitions(session.home)) {
      if (!before.has(name)) before.set(name, counts.get(name));
    }
    await session.crashWorker();
  }
  const result = await outputs;
  const after = await archiveRequests(session.url);
  return { result, kills, again: [...before].filter(([name, count]) => after.get(name) !== count).length };
}

async function main(wanted) {
  if (!existsSync(ARCHIVE)) {
    console.log(`Skipped: ${ARCHIVE} is not there.`);
    return;
  }
  await setup({ root: ROOT });
  const server = await startServer();
  const open = () => startSession({ address: server.address, exchangeFlags: ['--recorded', ARCHIVE] });
  let [kills, downloads, different, again, expected] = [0, 0, 0, 0, null];
  try {
    while (kills < wanted || expected === null) {
      const session = await open();
      try {
        const end = await disturbed(session, `download-${downloads}`, expected === null ? 0 : wanted - kills);
        // The exchange has another port each time, and the outputs do not depend on it.
        if (expected === null) expected = end.result;
        else downloads++;
        kills += end.kills;
        again += end.again;
        different += Number(end.result !== expected);
      } finally {
        await session.stop();
      }
    }
  } finally {
    await server.stop();
  }
  console.log(
    `${kills} kills in ${downloads} downloads: ${different} with other digests, ${again} stored partitions fetched again`,
  );
  if (different + again > 0) process.exitCode = 1;
}

await main(Number(process.argv[2] ?? 30));
