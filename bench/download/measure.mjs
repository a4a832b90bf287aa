/**
 * Downloads the 852 daily zips of ../shared/data from a local server into partitions of an empty store: the
 * klines stage of a running worker against a Python script with requests, zipfile and pandas, turn by turn.
 * Says so and ends where the archives are not there.
 *
 *   node bench/download/measure.mjs [turns]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';
import { pythonWith } from '../python-environment.mjs';

const ARCHIVE = path.resolve(ROOT, '../shared/data/archive');
const DAILY = path.join(ARCHIVE, 'spot/daily/klines');
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const PACKAGES = ['requests==2.32.3', 'pandas==2.2.3', 'pyarrow==18.1.0'];

/** Keys of all zips as the server names them. */
function archiveKeys() {
  return SYMBOLS.flatMap((symbol) =>
    readdirSync(path.join(DAILY, symbol, '1m'))
      .filter((name) => name.endsWith('.zip'))
      .sort()
      .map((name) => `data/futures/um/daily/klines/${symbol}/1m/${name}`),
  );
}

function peakMb(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Processor time that a process has used, s. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Seconds from the first start to the last end of the klines activities. */
function stageSeconds(events) {
  const types = new Map();
  const starts = new Map();
  let [from, to] = [Infinity, 0];
  for (const event of events) {
    const at = Date.parse(event.eventTime);
    const scheduled = event.activityTaskScheduledEventAttributes;
    const started = event.activityTaskStartedEventAttributes;
    const ended = event.activityTaskCompletedEventAttributes;
    if (scheduled) types.set(event.eventId, scheduled.activityType.name);
    if (started) starts.set(started.scheduledEventId, at);
    if (!ended || types.get(ended.scheduledEventId) !== 'klines') continue;
    from = Math.min(from, starts.get(ended.scheduledEventId));
    to = Math.max(to, at);
  }
  return (to - from) / 1000;
}

async function download(session, id) {
  const cpuBefore = cpuSeconds(session.workerPid);
  const config = {
    train_symbols: SYMBOLS,
    start_date: '2022-06-01',
    request_delay: 0,
    binance_base_url: session.url,
    binance_archive_url: session.url,
  };
  const input = ['--input', JSON.stringify(config), '--input', JSON.stringify({ until: 'klines' })];
  await session.temporal(
    ...['workflow', 'start', '--workflow-id', id, '--type', 'pipeline', '--task-queue', 'minute-alpha'],
    ...['--fail-existing', ...input],
  );
  await session.temporal('workflow', 'result', '--workflow-id', id);
  const cpuS = cpuSeconds(session.workerPid) - cpuBefore;
  const shown = await session.temporal('workflow', 'show', '--workflow-id', id, '-o', 'json');
  return { wallS: stageSeconds(JSON.parse(shown).events), cpuS };
}

function downloadInPython(python, session, keysFile) {
  const target = mkdtempSync(path.join(tmpdir(), 'minute-alpha-python-'));
  const script = path.join(ROOT, 'bench/download/reference.py');
  const output = execFileSync(python, [script, session.url, target, keysFile], { encoding: 'utf8' });
  rmSync(target, { recursive: true });
  const [wallS, cpuS] = output.split(' ').map(Number);
  return { wallS, cpuS };
}

const timesOf = ({ wallS, cpuS }) => `${wallS.toFixed(2)} s (processor ${cpuS.toFixed(2)} s)`;
const median = (times) => times.map(({ wallS }) => wallS).sort((a, b) => a - b)[times.length >> 1];

async function main(turns) {
  if (!existsSync(DAILY)) {
    console.log(`Skipped: ${DAILY} is not there.`);
    return;
  }
  await setup({ root: ROOT });
  const python = pythonWith('download', PACKAGES);
  const keys = archiveKeys();
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-keys-'));
  const keysFile = path.join(folder, 'keys.txt');
  writeFileSync(keysFile, keys.join('\n'));
  const server = await startServer();
  const [ours, theirs, peaks] = [[], [], []];
  try {
    for (let turn = 0; turn < turns; turn++) {
      const session = await startSession({ address: server.address, exchangeFlags: ['--recorded', ARCHIVE] });
      try {
        theirs.push(downloadInPython(python, session, keysFile));
        ours.push(await download(session, `download-${turn}`));
        peaks.push(peakMb(session.workerPid));
      } finally {
        await session.stop();
      }
      console.log(
        `turn ${turn + 1}: stage ${timesOf(ours[turn])}, Python ${timesOf(theirs[turn])}, ratio ${(theirs[turn].wallS / ours[turn].wallS).toFixed(1)}, worker peak ${peaks[turn].toFixed(0)} MB`,
      );
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    `${keys.length} zips, ${availableParallelism()} cores, Node ${process.version}; medians: stage ${median(ours).toFixed(2)} s, Python ${median(theirs).toFixed(2)} s, ratio ${(median(theirs) / median(ours)).toFixed(1)}`,
  );
}

await main(Number(process.argv[2] ?? 3));
