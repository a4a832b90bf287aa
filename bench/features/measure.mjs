/**
 * 18 features of 1.2 million bars, whole processes from Parquet to Parquet: the features stage in two
 * threads, a pandas script with the reference's formulas, and TA-Lib from Python with pyarrow.
 *
 *   node bench/features/measure.mjs [--months 28] [--runs 5]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT } from '../pipeline-session.mjs';
import { pythonWith } from '../python-environment.mjs';

const HERE = path.join(ROOT, 'bench/features');
const PACKAGES = ['pandas==2.3.3', 'numpy==2.3.5', 'pyarrow==22.0.0', 'TA-Lib==0.8.2'];
const MODEL = { seed: 1, ic: 0, volatility: 'stochastic', symbol: 'BTCUSDT' };
const FIRST_MONTH = Date.UTC(2022, 0, 1);
const THREADS = 2;

const { values } = parseArgs({
  options: { months: { type: 'string', default: '28' }, runs: { type: 'string', default: '5' } },
});
const months = Number(values.months);
const runs = Number(values.runs);

await setup({ root: ROOT });
const dist = (file) => import(path.join(ROOT, 'dist', file));
const { addMonths, monthOf, monthStartMs, monthEndMs } = await dist('lib/bars/index.js');
const { tableFromBars } = await dist('lib/bars/bar-file.js');
const { extendPath, initialState } = await dist('simulator/models/path.js');
const { writeTable } = await dist('lib/store/parquet.js');

/** A file of klines a month, and `klines.json` that tells of them. */
function writeMarket(folder) {
  mkdirSync(path.join(folder, 'klines'));
  let state = initialState(30_000);
  const files = Array.from({ length: months }, (_, index) => {
    const month = monthOf(addMonths(FIRST_MONTH, index));
    const range = { month, startMs: monthStartMs(month), endMs: monthEndMs(month) };
    const extended = extendPath(MODEL, state, range);
    state = extended.state;
    const file = path.join(folder, 'klines', `${month}.parquet`);
    writeTable(file, tableFromBars(extended.bars));
    const digest = `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
    const rows = extended.bars.length;
    return { node: `klines/${month}`, output: 'bars', path: file, digest, rows, month, endMs: range.endMs };
  });
  writeFileSync(path.join(folder, 'klines.json'), JSON.stringify(files));
  return files.reduce((sum, { rows }) => sum + rows, 0);
}

/** Seconds, rows and peak memory of one fresh process. */
function runOnce(command, args) {
  const from = performance.now();
  const output = execFileSync(command, args, { maxBuffer: 2 ** 26 });
  return { seconds: (performance.now() - from) / 1000, ...JSON.parse(output.toString()) };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Medians over fresh processes; the contestants take turns, so that a busy machine hits all of them. */
function compare(contestants) {
  const results = contestants.map(() => []);
  for (let run = 0; run < runs; run++) {
    contestants.forEach(({ command, args }, at) => results[at].push(runOnce(command, args)));
  }
  return contestants.map(({ name }, at) => ({
    name,
    seconds: median(results[at].map(({ seconds }) => seconds)),
    spread: results[at].map(({ seconds }) => seconds.toFixed(2)).join(' '),
    rows: results[at][0].rows,
    peakMb: Math.max(...results[at].map(({ peakMb }) => peakMb)),
  }));
}

const folder = mkdtempSync(path.join(tmpdir(), 'features-'));
try {
  const bars = writeMarket(folder);
  const python = pythonWith('features', PACKAGES);
  const ours = (count) => [path.join(HERE, 'ours.mjs'), folder, `${count}`, `${THREADS}`];
  const [own, pandas, talib] = compare([
    { name: 'minute-alpha, 2 threads', command: process.execPath, args: ours(months) },
    { name: 'pandas', command: python, args: [path.join(HERE, 'pandas_reference.py'), folder] },
    { name: 'TA-Lib and pyarrow', command: python, args: [path.join(HERE, 'talib_features.py'), folder] },
  ]);
  console.log(
    `${bars.toLocaleString('en')} bars, ${months} months, ${runs} runs each, Node ${process.version}`,
  );
  for (const { name, seconds, rows, peakMb, spread } of [own, pandas, talib]) {
    console.log(
      `${name.padEnd(24)} ${seconds.toFixed(2)} s  ${rows} rows  peak ${peakMb.toFixed(0)} MB  (${spread})`,
    );
  }
  console.log(`${(pandas.seconds / own.seconds).toFixed(1)} times faster than pandas`);
  console.log(`${(talib.seconds / own.seconds).toFixed(2)} times faster than TA-Lib`);
  const quarter = Math.max(1, Math.round(months / 4));
  const short = runOnce(process.execPath, ours(quarter));
  console.log(
    `peak memory: ${short.peakMb.toFixed(0)} MB for ${quarter} months, ${own.peakMb.toFixed(0)} MB for ${months}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
