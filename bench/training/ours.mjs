/**
 * The folds of the benchmark by the addon. `node ours.mjs FOLDER THREADS LANES`: LANES folds at a time, each
 * in a worker thread with THREADS threads; prints one JSON array of a fold's times each and the whole wall time.
 */
import { openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ROOT } from '../pipeline-session.mjs';

const { Booster, Dataset, findLightgbmLibrary, loadLightgbm, train } = await import(
  path.join(ROOT, 'dist/native/index.js')
);

/** Numbers of a file over shared memory. */
function readNumbers(file) {
  const { size } = statSync(file);
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  const descriptor = openSync(file);
  for (let at = 0; at < size;) at += readSync(descriptor, bytes, at, size - at, at);
  return new Float64Array(bytes.buffer);
}

async function runFold({ job, folder, matrix, target }, number) {
  const columns = job.columns.length;
  const [start, validStart, testStart, testEnd] = job.folds[number];
  const rows = (from, to) => matrix.subarray(from * columns, to * columns);
  const { params } = job;
  const began = performance.now();
  const options = { params, columns, featureNames: job.columns };
  const fit = await Dataset.fromMatrix({
    ...options,
    matrix: rows(start, validStart),
    label: target.subarray(start, validStart),
  });
  const valid = await Dataset.fromMatrix({
    ...options,
    matrix: rows(validStart, testStart),
    label: target.subarray(validStart, testStart),
    reference: fit,
  });
  const created = performance.now();
  const earlyStopping = { metric: ['rmse', 'ic'], rounds: job.patience };
  const result = await train({ params, train: fit, valid, rounds: job.rounds, earlyStopping });
  const trained = performance.now();
  const prediction = await result.booster.predict({ matrix: rows(testStart, testEnd), columns });
  const predicted = performance.now();
  await result.booster.save(path.join(folder, `ours-${number}.txt`));
  writeFileSync(path.join(folder, `ours-${number}.f64`), prediction);
  for (const owner of [result.booster, valid, fit]) owner.dispose();
  return {
    createS: (created - began) / 1000,
    trainS: (trained - created) / 1000,
    predictS: (predicted - trained) / 1000,
    rounds: result.rounds,
    best: result.bestIteration,
  };
}

/** Whether the addon predicts with Python's model file what Python predicts with it. */
async function readPython({ job, folder, matrix }) {
  const columns = job.columns.length;
  const same = [];
  for (const [number, [, , testStart, testEnd]] of job.folds.entries()) {
    const booster = await Booster.load(path.join(folder, `python-${number}.txt`));
    const prediction = await booster.predict({
      matrix: matrix.subarray(testStart * columns, testEnd * columns),
      columns,
    });
    booster.dispose();
    same.push(Buffer.from(prediction.buffer).equals(readFileSync(path.join(folder, `python-${number}.f64`))));
  }
  return same;
}

async function runLane({ threads, next, ...input }) {
  loadLightgbm({ path: findLightgbmLibrary(process.env, ROOT).path, numThreads: threads });
  const counter = new Int32Array(next);
  for (;;) {
    const number = Atomics.add(counter, 0, 1);
    if (number >= input.job.folds.length) return;
    parentPort.postMessage({ number, times: await runFold(input, number) });
  }
}

async function main() {
  const [folder, threads, lanes] = process.argv.slice(2);
  const job = JSON.parse(readFileSync(path.join(folder, 'job.json'), 'utf8'));
  const matrix = readNumbers(path.join(folder, 'matrix.f64'));
  const target = readNumbers(path.join(folder, 'target.f64'));
  if (threads === 'read') {
    loadLightgbm({ path: findLightgbmLibrary(process.env, ROOT).path, numThreads: null });
    console.log(JSON.stringify(await readPython({ job, folder, matrix })));
    return;
  }
  const next = new SharedArrayBuffer(4);
  const folds = [];
  const began = performance.now();
  const endings = Array.from({ length: Number(lanes) }, () => {
    const data = { job, folder, matrix, target, next, threads: Number(threads) };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data });
    worker.on('message', ({ number, times }) => (folds[number] = times));
    return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  });
  await Promise.all(endings);
  console.log(JSON.stringify({ folds, wallS: (performance.now() - began) / 1000 }));
}

await (isMainThread ? main() : runLane(workerData));
