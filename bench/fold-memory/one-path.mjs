/**
 * One way of the fold-memory benchmark in a process of its own: `node one-path.mjs blocks|matrix FOLDER`.
 * `blocks` runs the fold program as the worker does; `matrix` puts the same rows into one matrix and trains on
 * it. Writes the model; prints peak memory, wall and CPU time as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../pipeline-session.mjs';

const dist = (file) => import(path.join(ROOT, 'dist', file));
const [way, folder] = process.argv.slice(2);
const job = { ...JSON.parse(readFileSync(path.join(folder, 'job.json'), 'utf8')), outDir: folder };
const { signal } = new AbortController();
const steps = [];
const mark = (step) => {
  if (steps.at(-1)?.step !== step)
    steps.push({ step, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) });
};

async function throughBlocks() {
  const { fold } = await dist('activities/programs/fold.js');
  await fold(job, { signal, progress: ({ step }) => mark(step) });
  return readFileSync(path.join(folder, 'model.txt'), 'utf8');
}

/** All rows filed in a window as one matrix, filled block by block. */
async function wholeMatrix(openModelData, [start, end]) {
  const { params, inputs } = job;
  const selection = { startMs: Date.parse(start), endMs: Date.parse(end), withTarget: true, signal };
  const blocks = await openModelData(params, inputs, selection);
  const width = params.columns.length;
  const matrix = new Float64Array(new SharedArrayBuffer(blocks.rows * width * 8));
  const label = new Float64Array(blocks.rows);
  let firstRow = 0;
  for (const [block, size] of blocks.sizes.entries()) {
    const rows = await blocks.read(block);
    matrix.set(rows.matrix, firstRow * width);
    label.set(rows.target, firstRow);
    firstRow += size;
  }
  blocks.forget();
  return { matrix, label, columns: width };
}

async function throughMatrix() {
  const { openLightgbm, openModelData } = await dist('activities/programs/model-data.js');
  const { fitModel, lightgbmParameters } = await dist('lib/model/training.js');
  const { Dataset } = await dist('native/index.js');
  openLightgbm(job.host);
  const { trainStart, validStart, testStart } = job.params.window;
  const options = { params: lightgbmParameters(job.params.lightgbm), featureNames: job.params.columns };
  mark('reading');
  const fit = await wholeMatrix(openModelData, [trainStart, validStart]);
  const train = await Dataset.fromMatrix({ ...options, ...fit });
  const judged = await wholeMatrix(openModelData, [validStart, testStart]);
  const valid = await Dataset.fromMatrix({ ...options, ...judged, reference: train });
  mark('training');
  const fitted = await fitModel({
    ...job.params.lightgbm,
    train,
    valid,
    signal,
    onProgress: () => undefined,
  });
  mark('validating');
  await fitted.booster.predict(judged);
  return fitted.modelText;
}

const began = performance.now();
const model = await (way === 'blocks' ? throughBlocks() : throughMatrix());
const { user, system } = process.cpuUsage();
writeFileSync(path.join(folder, `${way}.txt`), model);
mark('done');
console.log(
  JSON.stringify({
    peakMb: process.resourceUsage().maxRSS / 1024,
    wallS: (performance.now() - began) / 1000,
    cpuS: (user + system) / 1e6,
    steps,
  }),
);
