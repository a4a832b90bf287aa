import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold, type FoldParams } from '../../../activities/programs/fold.js';
import type { InputFile, ProgramContext, ProgramResult } from '../../../activities/programs/program.js';
import { assembleRows } from '../../../lib/model/matrix.js';
import { lightgbmParameters } from '../../../lib/model/training.js';
import { readTable } from '../../../lib/store/parquet.js';
import type { NumberColumn, Table, TimeColumn } from '../../../lib/store/table.js';
import { Dataset, train } from '../../../native/index.js';
import { bundleScript, type BundledScript } from '../../native/bundled-script.js';
import {
  DAY,
  foldParams,
  freshFolder,
  host,
  inputOf,
  listeningContext,
  START,
  SYMBOLS,
  writeInputs,
} from './fold-inputs.js';

const folder = freshFolder();
let inputs: Record<string, InputFile[]>;
beforeAll(() => {
  inputs = writeInputs(folder);
});

interface Run {
  readonly outDir: string;
  readonly result: ProgramResult;
}

async function runFold(
  change: Partial<FoldParams> = {},
  more: Record<string, InputFile[]> = {},
): Promise<Run> {
  const outDir = freshFolder();
  const job = { params: foldParams(change), inputs: { ...inputs, ...more }, outDir, host };
  return { outDir, result: await fold(job, listeningContext()) };
}

const textOf = (outDir: string, file: string): string => readFileSync(join(outDir, file), 'utf8');
const numbersIn = (table: Table, name: string): Float64Array =>
  (table.columns.get(name) as NumberColumn | TimeColumn).values;
const digestsIn = (outDir: string): string[] =>
  ['model.txt', 'validation.parquet', 'summary.json'].map((file) =>
    createHash('sha256')
      .update(readFileSync(join(outDir, file)))
      .digest('hex'),
  );

describe('fold', () => {
  it('writes a model, its validation and a summary, and reports its work', async () => {
    const outDir = freshFolder();
    const watch = listeningContext();
    const result = await fold({ params: foldParams(), inputs, outDir, host }, watch);
    const validation = await readTable({ path: join(outDir, 'validation.parquet') });
    const summary = JSON.parse(textOf(outDir, 'summary.json'));
    const missing = numbersIn(validation, 'target').filter(Number.isNaN).length;

    expect(result.outputs.map(({ name }) => name)).toEqual(['model', 'validation', 'summary']);
    expect(textOf(outDir, 'model.txt')).toMatch(/^tree\n[^]*pandas_categorical:\[\]\n$/);
    // 40 and 10 days of 24 hours and 2 symbols; every row is predicted, also one without a target.
    expect(validation.rows).toBe(480);
    expect(numbersIn(validation, 'prediction').every(Number.isFinite)).toBe(true);
    expect(missing).toBeGreaterThan(0);
    expect(summary.rows).toEqual({ train: 1920 - 2 * 9, valid: 480, validWithTarget: 480 - missing });
    expect(summary.parameters).toMatchObject({ num_leaves: 7, deterministic: true });
    expect(result.facts).toMatchObject({
      metric: 'ic',
      rounds: summary.roundsRun,
      rows: 1902,
      validRows: 480,
    });
    expect(result.facts['icValid']).toBe(summary.scores.ic);
    expect(summary.scores.ic).toBeGreaterThan(0.5);
    expect(watch.details.at(0)).toEqual({ step: 'reading' });
    expect(watch.details.some(({ step, round }) => step === 'training' && round === summary.roundsRun)).toBe(
      true,
    );
  });

  it('trains the model that one matrix of all its rows gives', async () => {
    const { outDir } = await runFold();
    const params = foldParams();
    const tables = await Promise.all(
      SYMBOLS.map(async (symbol) => ({
        symbol,
        tables: await Promise.all(inputs[`features/${symbol}`]!.map((file) => readTable(file))),
      })),
    );
    const rowsOf = (startDay: number, endDay: number) =>
      assembleRows(tables, params, {
        startMs: START + startDay * DAY,
        endMs: START + endDay * DAY,
        withTarget: true,
      });
    const [fit, judged] = [rowsOf(0, 40), rowsOf(40, 50)];
    const common = { columns: 3, params: lightgbmParameters(params.lightgbm), featureNames: params.columns };
    const dataset = await Dataset.fromMatrix({ ...common, matrix: fit.matrix, label: fit.target });
    const valid = await Dataset.fromMatrix({
      ...common,
      matrix: judged.matrix,
      label: judged.target,
      reference: dataset,
    });
    const { booster } = await train({
      params: common.params,
      train: dataset,
      valid,
      rounds: 30,
      earlyStopping: { metric: 'ic', rounds: 10 },
    });
    const withoutThreads = (text: string): string => text.replace(/num_threads: \d+/, 'num_threads: 0');
    expect(textOf(outDir, 'model.txt')).toBe(withoutThreads(await booster.modelText()));
    for (const owner of [dataset, valid, booster]) owner.dispose();
  });

  it('sees nothing of the rows outside its window', async () => {
    const window = foldParams().window;
    const narrow = { ...window, testStart: new Date(START + 45 * DAY).toISOString() };
    const short = await runFold({ window: narrow });
    const earlyFiles = Object.fromEntries(
      SYMBOLS.map((symbol) => [`features/${symbol}`, inputs[`features/${symbol}`]!.slice(0, 1)]),
    );
    expect((await readTable({ path: join(short.outDir, 'validation.parquet') })).rows).toBe(240);
    const january = {
      window: {
        ...window,
        validStart: new Date(START + 20 * DAY).toISOString(),
        testStart: new Date(START + 31 * DAY).toISOString(),
      },
    };
    expect(digestsIn((await runFold(january)).outDir)).toEqual(
      digestsIn((await runFold(january, earlyFiles)).outDir),
    );
  });

  it('leaves the embargo out of the end of training and of validation', async () => {
    const { result } = await runFold({ embargoBars: 24 });
    // One of the 24 hours before validation has no target, so it was not fitted before.
    expect(result.facts).toMatchObject({ rows: 1902 - 2 * 23, validRows: 480 - 2 * 24 });
  });

  it('continues its parent, judged on validation, and counts the parent’s trees', async () => {
    const first = await runFold();
    const parent = { parent: [inputOf(join(first.outDir, 'model.txt'))] };
    const { outDir, result } = await runFold({ continued: { rounds: 5 } }, parent);
    const before = first.result.facts['bestIteration'] as number;
    expect(result.facts['rounds']).toBe(5);
    expect(result.facts['bestIteration']).toBeGreaterThan(before);
    expect(textOf(outDir, 'model.txt').match(/^Tree=/gm)).toHaveLength(
      result.facts['bestIteration'] as number,
    );
    await expect(runFold({ continued: { rounds: 5 } })).rejects.toMatchObject({ code: 'PARENT_MISSING' });
  });

  it('stops within a round when aborted', async () => {
    const abort = new AbortController();
    const watch = listeningContext(abort.signal);
    const context: ProgramContext = {
      ...watch,
      progress: ({ step }) => {
        if (step === 'training') abort.abort(new Error('stop'));
      },
    };
    const params = foldParams({
      lightgbm: { ...foldParams().lightgbm, rounds: 100_000, earlyStoppingMetric: 'none' },
    });
    await expect(fold({ params, inputs, outDir: freshFolder(), host }, context)).rejects.toThrow('stop');
  });

  it('refuses windows without rows, naming them', async () => {
    const day = (offset: number): string => new Date(START + offset * DAY).toISOString();
    const before = { trainStart: day(-30), validStart: day(0), testStart: day(10) };
    await expect(runFold({ window: before })).rejects.toMatchObject({
      name: 'DataError',
      code: 'NO_TRAINING_ROWS',
    });
    const after = { trainStart: day(0), validStart: day(60), testStart: day(70) };
    await expect(runFold({ window: after })).rejects.toMatchObject({
      name: 'DataError',
      code: 'NO_VALIDATION_ROWS',
    });
  });

  it('refuses a file that is not what its digest says, and a worker without the library', async () => {
    const [first, ...rest] = inputs['features/AAA']!;
    const damaged = { 'features/AAA': [{ ...first!, digest: `sha256:${'0'.repeat(64)}` }, ...rest] };
    await expect(runFold({}, damaged)).rejects.toMatchObject({ name: 'StoreIntegrityError' });
    const job = {
      params: foldParams(),
      inputs,
      outDir: freshFolder(),
      host: { ...host, lightgbmLibrary: null },
    };
    await expect(fold(job, listeningContext())).rejects.toMatchObject({
      name: 'SetupError',
      code: 'LIGHTGBM_MISSING',
    });
  });
});

describe('fold in threads', () => {
  let script: BundledScript;
  beforeAll(async () => {
    script = await bundleScript(new URL('./fold-thread.ts', import.meta.url));
  });
  afterAll(() => script.remove());

  async function inThread(threads: number): Promise<string[]> {
    const outDir = join(freshFolder(), String(threads));
    mkdirSync(outDir);
    const job = { params: foldParams(), inputs, outDir, host: { ...host, threads } };
    // The library of this test's own thread is alive with two threads; another copy is another library.
    const copy = join(folder, `lib-${threads}.so`);
    copyFileSync(host.lightgbmLibrary!, copy);
    const worker = new Worker(script.path, {
      workerData: { ...job, host: { ...job.host, lightgbmLibrary: copy } },
    });
    await new Promise((settle, reject) => worker.on('exit', settle).on('error', reject));
    return digestsIn(outDir);
  }

  it('gives the same bytes with any number of threads', async () => {
    const [one, three] = [await inThread(1), await inThread(3)];
    expect(three).toEqual(one);
    expect(digestsIn((await runFold()).outDir)).toEqual(one);
  });
});
