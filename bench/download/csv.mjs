/**
 * How fast klines are read on one core, by processor time: the CSV of the daily zips of ../shared/data to columns,
 * and the same from the zips, inflating included. Says so and ends where the archives are not there.
 *
 *   node bench/download/csv.mjs [turns]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setup } from '../../scripts/setup.mjs';
import { ROOT } from '../pipeline-session.mjs';

const DAILY = path.resolve(ROOT, '../shared/data/archive/spot/daily/klines/BTCUSDT/1m');
const MOST_BYTES = 2 ** 28;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Million rows a second of user time that `read` makes of `inputs`; it answers the rows of one. */
function speedOf(inputs, read) {
  const before = process.cpuUsage();
  const rows = inputs.reduce((sum, input) => sum + read(input), 0);
  return rows / process.cpuUsage(before).user;
}

async function main(turns) {
  if (!existsSync(DAILY)) {
    console.log(`Skipped: ${DAILY} is not there.`);
    return;
  }
  await setup({ root: ROOT });
  const { KlinesScratch, parseKlinesCsv } = await import(path.join(ROOT, 'dist/lib/market/klines-csv.js'));
  const { readOnlyEntry } = await import(path.join(ROOT, 'dist/lib/market/zip.js'));
  const unpack = ({ name, zip }) =>
    readOnlyEntry(zip, { expectedName: name.replace('.zip', '.csv'), maxBytes: MOST_BYTES });
  const zips = readdirSync(DAILY)
    .filter((name) => name.endsWith('.zip'))
    .map((name) => ({ name, zip: readFileSync(path.join(DAILY, name)) }));
  const files = zips.map(unpack);
  const scratch = new KlinesScratch();
  const parse = (csv) => parseKlinesCsv(csv, 'bench', scratch).bars.length;
  const [parsing, inflating] = [[], []];
  // The first turn compiles.
  for (let turn = 0; turn <= turns; turn++) {
    const speeds = [speedOf(files, parse), speedOf(zips, (each) => parse(unpack(each)))];
    if (turn > 0) [parsing, inflating].forEach((all, at) => all.push(speeds[at]));
  }
  console.log(
    `${zips.length} days of 1m bars, Node ${process.version}, medians of ${turns}: ${median(parsing).toFixed(2)} million rows/s parsed, ${median(inflating).toFixed(2)} million rows/s inflated and parsed`,
  );
}

await main(Number(process.argv[2] ?? 9));
