/**
 * Peak memory and time of one fold of 20 symbols x 12 months (10.5 million rows x 18, generated): the fold
 * program, which fills LightGBM's datasets block by block, beside one matrix of the same rows. Compares the
 * two models. Writes 1.7 GB to the temporary folder.
 *
 *   node bench/fold-memory/measure.mjs [--symbols 20] [--months 12] [--rounds 60]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT } from '../pipeline-session.mjs';

const { values } = parseArgs({
  options: {
    symbols: { type: 'string', default: '20' },
    months: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '60' },
  },
});

function jobOf({ inputs, columns, target, library }) {
  const rounds = Number(values.rounds);
  const months = Number(values.months);
  return {
    params: {
      columns,
      targetName: target,
      intervalMs: 60_000,
      categorical: [],
      symbols: Object.keys(inputs).map((name) => name.slice('features/'.length)),
      window: {
        trainStart: '2022-01-01',
        validStart: new Date(Date.UTC(2022, months - 1, 1)).toISOString(),
        testStart: new Date(Date.UTC(2022, months, 1)).toISOString(),
      },
      embargoBars: 0,
      lightgbm: {
        params: {
          objective: 'regression',
          num_leaves: 16,
          min_data_in_leaf: 500,
          feature_fraction: 0.8,
          seed: 42,
        },
        rounds,
        earlyStoppingRounds: rounds,
        earlyStoppingMetric: 'ic',
      },
      continued: null,
    },
    inputs,
    host: { threads: availableParallelism(), lightgbmLibrary: library, browserPath: null, budgetDir: '' },
  };
}

function runPath(way, folder) {
  const script = path.join(import.meta.dirname, 'one-path.mjs');
  const figures = JSON.parse(execFileSync(process.execPath, [script, way, folder], { encoding: 'utf8' }));
  const steps = figures.steps.map(({ step, peakMb }) => `${step} ${peakMb}`).join(', ');
  console.log(
    `${way.padEnd(7)} peak ${figures.peakMb.toFixed(0)} MB, ${figures.wallS.toFixed(1)} s wall, ` +
      `${figures.cpuS.toFixed(1)} s of CPU (peak MB at the start of each step: ${steps})`,
  );
  return figures;
}

await setup({ root: ROOT });
const { COLUMNS, TARGET, writePartitions } = await import('./partitions.mjs');
const { findLightgbmLibrary } = await import(path.join(ROOT, 'dist/native/index.js'));
const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-fold-memory-'));
try {
  const { inputs, rows } = writePartitions(folder, Number(values.symbols), Number(values.months));
  const library = findLightgbmLibrary(process.env, ROOT).path;
  const job = jobOf({ inputs, columns: COLUMNS, target: TARGET, library });
  writeFileSync(path.join(folder, 'job.json'), JSON.stringify(job));
  console.log(
    `${rows} rows x ${COLUMNS.length}, ${values.rounds} rounds, ${job.host.threads} threads, Node ${process.version}`,
  );
  const blocks = runPath('blocks', folder);
  const matrix = runPath('matrix', folder);
  const text = (way) => readFileSync(path.join(folder, `${way}.txt`), 'utf8');
  console.log(`models are ${text('blocks') === text('matrix') ? 'equal to the last byte' : 'DIFFERENT'}`);
  console.log(
    `bytes a row: ${((blocks.peakMb * 2 ** 20) / rows).toFixed(0)} and ${((matrix.peakMb * 2 ** 20) / rows).toFixed(0)}`,
  );
  console.log(
    `blocks / matrix: memory ${(blocks.peakMb / matrix.peakMb).toFixed(2)}, time ${(blocks.wallS / matrix.wallS).toFixed(2)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
