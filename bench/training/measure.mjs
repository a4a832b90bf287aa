/**
 * The 17-fold job of 14 months of BTCUSDT and ETHUSDT (train 6mo with valid 1mo, test 15d) three times over
 * the same matrix with the same parameters and early stopping: Python's lightgbm with scipy's Spearman on
 * training and validation rows, the addon, and a bare C++ loop over the same library. Compares every tree and
 * every prediction, and prints the ratios.
 * Needs the archives of ../shared/data; says so and ends where they are not there.
 *
 *   node bench/training/measure.mjs [--folds 17] [--repeats 3] [--model-data data/processed/ALL_1m_model_data.parquet]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT } from '../pipeline-session.mjs';
import { pythonWith } from '../python-environment.mjs';
import { prepareRows } from './rows.mjs';

const ARCHIVE = path.resolve(ROOT, '../shared/data/archive');
const HERE = import.meta.dirname;
const PACKAGES = ['lightgbm==4.7.0', 'numpy==2.3.5', 'scipy==1.16.3'];
const PARAMS = {
  objective: 'regression',
  metric: 'rmse',
  num_leaves: 16,
  min_data_in_leaf: 500,
  feature_fraction: 0.8,
  verbose: -1,
  seed: 42,
  deterministic: true,
  force_col_wise: true,
};
const ROUNDS = 250;
const PATIENCE = 50;

const { values } = parseArgs({
  options: {
    folds: { type: 'string', default: '17' },
    repeats: { type: 'string', default: '3' },
    'model-data': { type: 'string' },
  },
});

const output = { encoding: 'utf8', maxBuffer: 2 ** 26 };
const threads = availableParallelism();

function runOurs(folder, threadCount, lanes) {
  const args = [path.join(HERE, 'ours.mjs'), folder, String(threadCount), String(lanes)];
  return JSON.parse(execFileSync(process.execPath, args, output));
}

function buildBareLoop(folder, library) {
  const program = path.join(folder, 'bare-loop');
  const sources = [path.join(HERE, 'bare-loop.cc'), path.join(ROOT, 'native/src/spearman.cc')];
  const flags = ['-std=c++17', '-O2', '-ffp-contract=off', `-Wl,-rpath,${path.dirname(library)}`];
  execFileSync('c++', [...flags, ...sources, library, '-o', program]);
  return program;
}

function runBare(program, { folder, job, folds }) {
  const parameters = Object.entries(PARAMS).map(([name, value]) => `${name}=${value}`);
  const input = job.folds.map((rows, number) =>
    [number, ...rows, folds[number].rounds, folds[number].best].join(' '),
  );
  const args = [folder, String(threads), String(job.columns.length), parameters.join(' ')];
  const env = { ...process.env, GOMP_SPINCOUNT: '1000' };
  const stdout = execFileSync(program, args, { ...output, env, input: input.join('\n') });
  return {
    folds: stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
}

/** The trees of a model file, without the header that names features and the parameters at its end. */
function treesOf(folder, name) {
  const text = readFileSync(path.join(folder, name), 'utf8');
  return text.slice(text.indexOf('Tree=0'), text.indexOf('end of trees'));
}

const sum = (folds, name) => folds.reduce((total, fold) => total + fold[name], 0);
const median = (numbers) => [...numbers].sort((left, right) => left - right)[Math.floor(numbers.length / 2)];

function describe(name, { folds }) {
  const total = sum(folds, 'createS') + sum(folds, 'trainS') + sum(folds, 'predictS');
  const roundMs = (sum(folds, 'trainS') / sum(folds, 'rounds')) * 1000;
  console.log(
    `${name.padEnd(34)} ${total.toFixed(2).padStart(7)} s: datasets ${sum(folds, 'createS').toFixed(2)}, ` +
      `training ${sum(folds, 'trainS').toFixed(2)} (${roundMs.toFixed(2)} ms a round), prediction ${sum(folds, 'predictS').toFixed(2)}`,
  );
  return { total, roundMs };
}

function compare(folder, folds) {
  const all = folds.map((_, number) => number);
  const agree = (other) =>
    all.filter(
      (number) => treesOf(folder, `ours-${number}.txt`) === treesOf(folder, `${other}-${number}.txt`),
    ).length;
  const predictions = all.filter((number) =>
    readFileSync(path.join(folder, `ours-${number}.f64`)).equals(
      readFileSync(path.join(folder, `python-${number}.f64`)),
    ),
  );
  console.log(
    `trees equal to Python's in ${agree('python')} of ${folds.length} folds, to the bare loop's in ${agree('bare')}; ` +
      `test predictions equal in ${predictions.length}`,
  );
}

/** Model files cross over: each side reads the other's and must predict the same bits. */
function crossRead(folder, python) {
  const count = (text) => JSON.parse(text).filter(Boolean).length;
  const theirs = count(execFileSync(python, [path.join(HERE, 'reference.py'), folder, 'read'], output));
  const ours = count(execFileSync(process.execPath, [path.join(HERE, 'ours.mjs'), folder, 'read'], output));
  console.log(`Python reads ${theirs} of our models to the same predictions; we read ${ours} of Python's`);
}

async function main() {
  if (!existsSync(ARCHIVE)) {
    console.log(`Skipped: ${ARCHIVE} is not there.`);
    return;
  }
  await setup({ root: ROOT });
  const python = pythonWith('training', PACKAGES);
  const { findLightgbmLibrary } = await import(path.join(ROOT, 'dist/native/index.js'));
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-training-'));
  try {
    const { columns, rows, folds } = await prepareRows({
      archive: ARCHIVE,
      modelData: values['model-data'],
      folder,
    });
    const job = { params: PARAMS, rounds: ROUNDS, patience: PATIENCE, threads, columns };
    job.folds = folds.slice(0, Number(values.folds));
    writeFileSync(path.join(folder, 'job.json'), JSON.stringify(job));
    console.log(
      `${threads} cores, Node ${process.version}; ${rows} rows x ${columns.length}, ${job.folds.length} folds of ` +
        `${job.folds[0][1] - job.folds[0][0]} + ${job.folds[0][2] - job.folds[0][1]} rows, at most ${ROUNDS} rounds, patience ${PATIENCE}`,
    );
    measureAll({ folder, job, python, library: findLightgbmLibrary(process.env, ROOT).path });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureAll({ folder, job, python, library }) {
  const theirs = {
    folds: JSON.parse(execFileSync(python, [path.join(HERE, 'reference.py'), folder], output)),
  };
  const program = buildBareLoop(folder, library);
  const [ours, bare, lanes] = [[], [], []];
  for (let repeat = 0; repeat < Number(values.repeats); repeat += 1) {
    ours.push(runOurs(folder, threads, 1));
    bare.push(runBare(program, { folder, job, folds: ours[0].folds }));
    lanes.push(runOurs(folder, 1, threads));
  }
  const same = theirs.folds.every(({ rounds, best }, number) => {
    const fold = ours[0].folds[number];
    return fold.rounds === rounds && fold.best === best;
  });
  console.log(
    `rounds run: ${sum(theirs.folds, 'rounds')}; rounds and best rounds ${same ? 'equal' : 'DIFFER'} fold by fold`,
  );
  compare(folder, job.folds);
  crossRead(folder, python);

  const pythonTimes = describe(`Python, ${threads} threads`, theirs);
  const totals = (runs) =>
    runs.map(({ folds }) => sum(folds, 'createS') + sum(folds, 'trainS') + sum(folds, 'predictS'));
  const middle = (runs) => runs[totals(runs).indexOf(median(totals(runs)))];
  const oursTimes = describe(`the addon, ${threads} threads`, middle(ours));
  const bareTimes = describe(`bare C++ loop, ${threads} threads`, middle(bare));
  const lanesS = median(lanes.map(({ wallS }) => wallS));
  console.log(`the addon, ${threads} folds at a time, 1 thread each: ${lanesS.toFixed(2)} s wall`);
  console.log(`Python / addon, all:                  ${(pythonTimes.total / oursTimes.total).toFixed(2)}`);
  console.log(`Python / addon, ${threads} folds at a time:     ${(pythonTimes.total / lanesS).toFixed(2)}`);
  console.log(
    `Python / addon, a round:              ${(pythonTimes.roundMs / oursTimes.roundMs).toFixed(2)}`,
  );
  console.log(`addon / bare loop:                    ${(oursTimes.total / bareTimes.total).toFixed(3)}`);
}

await main();
