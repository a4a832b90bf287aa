/**
 * The features stage as a worker runs it: its own program in a pool of threads, a month at a time.
 *
 *   node bench/features/ours.mjs FOLDER MONTHS THREADS [DEFINITION]
 *
 * Reads FOLDER/klines/{month}.parquet, writes FOLDER/ours/{month}/rows.parquet.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const [folder, monthCount, threads, definitionText] = process.argv.slice(2);
const { ProgramPools } = await import(path.join(ROOT, 'dist/activities/program-pool.js'));

const LOOK_BACK_BARS = 512;
const files = JSON.parse(readFileSync(path.join(folder, 'klines.json'), 'utf8')).slice(0, Number(monthCount));
const definition = definitionText
  ? JSON.parse(definitionText)
  : { flags: {}, expressions: {}, indicators: [] };

const pools = new ProgramPools({ market: 1, compute: Number(threads), render: 1 });
/** One a job: a signal that all jobs listened to would warn of a leak. */
const watch = () => ({ signal: new AbortController().signal, onProgress: () => undefined });

async function computeMonth(file, before) {
  const outDir = path.join(folder, 'ours', file.month);
  mkdirSync(outDir, { recursive: true });
  const params = {
    symbol: 'BTCUSDT',
    interval: '1m',
    month: file.month,
    lookBackBars: LOOK_BACK_BARS,
    definition,
    lossBudgetFrac: 0.02,
    throughMs: file.endMs,
  };
  const inputs = { bars: before === undefined ? [file] : [before, file] };
  const { result } = await pools.run('features', { params, inputs, outDir, host: {} }, watch());
  return result.facts.rows;
}

const rows = await Promise.all(files.map((file, index) => computeMonth(file, files[index - 1])));
await pools.close();
process.stdout.write(
  JSON.stringify({
    rows: rows.reduce((sum, each) => sum + each, 0),
    peakMb: process.resourceUsage().maxRSS / 1024,
  }),
);
