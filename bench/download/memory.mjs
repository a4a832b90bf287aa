/**
 * Whether memory grows with history: peak of a fresh worker that downloads klines only, with few and many daily zips
 * of ../shared/data, and with one and several years of monthly zips of a simulated market.
 *
 *   node bench/download/memory.mjs [turns]
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';

const ARCHIVE = path.resolve(ROOT, '../shared/data/archive');
const DAILY_ZIPS = ['--recorded', ARCHIVE];
const monthlyZips = (years) => [
  '--model',
  'martingale',
  '--start',
  `${2023 - years}-01-01`,
  '--end',
  '2023-01-01',
];
const CASES = [
  ...(existsSync(ARCHIVE)
    ? [
        { name: '200 daily zips', flags: DAILY_ZIPS, start: '2023-04-23' },
        { name: '852 daily zips', flags: DAILY_ZIPS, start: '2022-06-01' },
      ]
    : []),
  ...[1, 4].map((years) => ({
    name: `${years} years x 2 of monthly zips`,
    flags: monthlyZips(years),
    start: `${2023 - years}-01-01`,
  })),
];

function peakMb(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

async function download(address, { flags, start }) {
  const session = await startSession({ address, exchangeFlags: flags });
  try {
    const idleMb = peakMb(session.workerPid);
    const config = {
      ...{ train_symbols: ['BTCUSDT', 'ETHUSDT'], start_date: start, request_delay: 0 },
      ...{ binance_base_url: session.url, binance_archive_url: session.url },
    };
    const id = 'memory';
    const inputs = ['--input', JSON.stringify(config), '--input', JSON.stringify({ until: 'klines' })];
    await session.temporal(
      ...['workflow', 'start', '--workflow-id', id, '--type', 'pipeline', '--task-queue', 'minute-alpha'],
      ...['--fail-existing', ...inputs],
    );
    await session.temporal('workflow', 'result', '--workflow-id', id, '-o', 'json');
    return { idleMb, peakMb: peakMb(session.workerPid) };
  } finally {
    await session.stop();
  }
}

async function main(turns) {
  await setup({ root: ROOT });
  const server = await startServer();
  try {
    for (let turn = 1; turn <= turns; turn++) {
      for (const each of CASES) {
        const { idleMb, peakMb } = await download(server.address, each);
        console.log(
          `turn ${turn}, ${each.name}: peak ${peakMb.toFixed(0)} MB, idle before ${idleMb.toFixed(0)} MB`,
        );
      }
    }
  } finally {
    await server.stop();
  }
}

await main(Number(process.argv[2] ?? 3));
