/** Entry of a pool's thread: loads one stage program and runs it. */
import type { MessagePort } from 'node:worker_threads';
import { serializeError, type SerializedError } from '../lib/errors.js';
import type { ProgramName } from '../lib/plan/node.js';
import type { ActionCost } from '../lib/store/index.js';
import { CostMeter, threadCpuMs } from './host/program-cost.js';
import type { JsonObject, Program, ProgramHost, ProgramJob, ProgramResult } from './programs/program.js';

/** Loaded on first use: a thread that parses klines needs no LightGBM. */
const PROGRAMS: Record<ProgramName, () => Promise<Program<never>>> = {
  klines: async () => (await import('./programs/klines.js')).klines,
  features: async () => (await import('./programs/features.js')).features,
  fold: async () => (await import('./programs/fold.js')).fold,
  predict: async () => (await import('./programs/predict.js')).predict,
  evaluate: async () => (await import('./programs/evaluate.js')).evaluate,
  backtest: async () => (await import('./programs/backtest.js')).backtest,
  quantileFigures: async () => (await import('./programs/report.js')).quantileFigures,
  backtestFigures: async () => (await import('./programs/report.js')).backtestFigures,
  reportPage: async () => (await import('./programs/report.js')).reportPage,
};

/** LightGBM computes in threads of the addon, figures are drawn by a browser: this thread knows not what they cost. */
const WORKS_ELSEWHERE: ReadonlySet<ProgramName> = new Set<ProgramName>([
  'fold',
  'predict',
  'quantileFigures',
  'backtestFigures',
]);

export interface ThreadTask {
  readonly program: ProgramName;
  readonly job: ProgramJob<unknown>;
  /** Progress goes out; any message in means: stop. */
  readonly port: MessagePort;
}

/** Typed errors do not survive a thread's border, so they cross as data. */
export type ThreadAnswer =
  | { readonly ok: true; readonly result: ProgramResult; readonly cost: ActionCost }
  | { readonly ok: false; readonly error: SerializedError };

export default async function runInThread({ program, job, port }: ThreadTask): Promise<ThreadAnswer> {
  const abort = new AbortController();
  const meter = new CostMeter(WORKS_ELSEWHERE.has(program) ? null : threadCpuMs);
  port.on('message', () => abort.abort());
  try {
    const run = await PROGRAMS[program]();
    const progress = (detail: JsonObject): void => port.postMessage(detail);
    const result = await run(job as ProgramJob<never>, { progress, signal: abort.signal });
    return { ok: true, result, cost: meter.end() };
  } catch (thrown) {
    meter.end();
    return { ok: false, error: serializeError(thrown) };
  } finally {
    port.close();
  }
}

export interface OpeningTask extends Pick<ProgramHost, 'browserPath'> {
  /** Any message in means: it is no longer wished for. */
  readonly port: MessagePort;
}

/** Opens this thread's browser, so that figures which are expected need not wait for it. */
export async function openBrowser({ browserPath, port }: OpeningTask): Promise<void> {
  const abort = new AbortController();
  port.on('message', () => abort.abort());
  try {
    const { openBrowser: open } = await import('./programs/kept-browser.js');
    await open({ browserPath, signal: abort.signal });
  } finally {
    port.close();
  }
}

/** Closes this thread's browser, where it has one. */
export async function closeBrowser(): Promise<void> {
  await (await import('./programs/kept-browser.js')).closeBrowser();
}
