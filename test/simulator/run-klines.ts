/** Runs the klines program against a simulated exchange, as a worker would. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { klines, type KlinesParams } from '../../activities/programs/klines.js';
import type { InputFile, JsonObject, ProgramResult } from '../../activities/programs/program.js';
import { barsFromTable } from '../../lib/bars/bar-file.js';
import type { BarTable } from '../../lib/bars/bar-table.js';
import { BAR_COLUMNS } from '../../lib/bars/bar-table.js';
import { monthEndMs, monthStartMs } from '../../lib/bars/interval.js';
import type { MonthQuality } from '../../lib/market/index.js';
import { readTable } from '../../lib/store/parquet.js';

export const RECORDED = fileURLToPath(new URL('../../simulator/recorded', import.meta.url));
export const SHARED_ARCHIVE = fileURLToPath(new URL('../../../shared/data/archive', import.meta.url));

export interface KlinesRun {
  readonly result: ProgramResult;
  readonly bars: BarTable;
  readonly quality: MonthQuality;
  readonly file: Buffer;
  readonly barsPath: string;
  readonly progress: readonly JsonObject[];
}

function digestOf(file: string): string {
  return `sha256:${createHash('sha256').update(fs.readFileSync(file)).digest('hex')}`;
}

/** A new empty folder of this test process. */
export function freshDir(): string {
  return fs.mkdtempSync(path.join(tmpdir(), 'minute-alpha-test-'));
}

/** Parameters of a whole month of BTCUSDT in March 2023, by its monthly zip. */
export function marchParams(url: string, changes: Partial<KlinesParams> = {}): KlinesParams {
  const month = changes.month ?? '2023-03';
  return {
    restUrl: url,
    archiveUrl: url,
    market: 'um' as const,
    symbol: 'BTCUSDT',
    interval: '1m',
    month,
    startMs: monthStartMs(month),
    endMs: monthEndMs(month),
    monthlyArchive: true,
    dailyArchives: [],
    requestDelayMs: 0,
    maxKlinesPerRequest: 1500,
    recheck: null,
    ...changes,
  };
}

/** One attempt of the program; its budget folder is its own unless given. */
export async function runKlines(
  params: KlinesParams,
  {
    budgetDir = freshDir(),
    signal = new AbortController().signal,
    restTimeoutMs = 5000,
    archiveTimeoutMs = 5000,
    previous = null as string | null,
  } = {},
): Promise<KlinesRun> {
  const outDir = freshDir();
  const progress: JsonObject[] = [];
  const host = {
    threads: 1,
    lightgbmLibrary: null,
    browserPath: null,
    budgetDir,
    restTimeoutMs,
    archiveTimeoutMs,
  };
  const inputs: Record<string, InputFile[]> =
    previous === null
      ? {}
      : { previous: [{ node: 'n', output: 'bars', path: previous, digest: digestOf(previous), rows: null }] };
  const job = { params, inputs, outDir, host };
  const result = await klines(job, { signal, progress: (detail) => progress.push(detail) });
  const barsPath = path.join(outDir, 'bars.parquet');
  return {
    result,
    bars: barsFromTable(await readTable({ path: barsPath })),
    quality: JSON.parse(fs.readFileSync(path.join(outDir, 'quality.json'), 'utf8')) as MonthQuality,
    file: fs.readFileSync(barsPath),
    barsPath,
    progress,
  };
}

/** Name and row of the first difference; null when all columns are bit-equal. */
export function firstDifference(a: BarTable, b: BarTable): string | null {
  if (a.length !== b.length) return `${a.length} bars against ${b.length}`;
  for (const name of BAR_COLUMNS) {
    const row = a[name].findIndex((value, index) => !Object.is(value, b[name][index]));
    if (row >= 0) return `${name} of row ${row}: ${a[name][row]} against ${b[name][row]}`;
  }
  return null;
}
