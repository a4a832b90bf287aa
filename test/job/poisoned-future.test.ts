/** Two histories that are the same until a moment and differ from then on, through the whole pipeline. */
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import type { Evaluation } from '../../lib/evaluation/types.js';
import { JobBench, recordedConfig, ROOT } from './harness.js';
import { openMsOf, rewriteZip } from './recorded-market.js';

const RECORDED = path.join(ROOT, 'simulator/recorded');
/** The end of the second of five test windows. */
const POISONED_FROM_MS = Date.UTC(2023, 3, 12);
const MINUTE_MS = 60_000;
const CLEAN_FOLDS = ['2023-03-29', '2023-04-05'];

const bench = new JobBench('poison');
let calm: RunResult;
let poisoned: RunResult;
let kept: Record<string, unknown[]>;

/** What the artifacts say of the time before the poisoned moment. */
async function seriesOf({ artifacts }: RunResult): Promise<Record<string, unknown[]>> {
  const connection = await (await DuckDBInstance.create()).connect();
  const moment = `make_timestamp_ms(${POISONED_FROM_MS - MINUTE_MS})`;
  const rows = async (file: string, condition: string, columns = '*'): Promise<unknown[]> =>
    (
      await connection.runAndReadAll(`select ${columns} from '${file}' where ${condition} order by all`)
    ).getRowsJson();
  const cleanFolds = CLEAN_FOLDS.map((fold) => `'${fold}'`).join(', ');
  const firstDay = new Date(POISONED_FROM_MS).toISOString().slice(0, 10);
  return {
    folds: await rows(artifacts.ic!, `kind = 'fold' and label in (${cleanFolds})`),
    days: await rows(artifacts.ic!, `kind = 'day' and label < '${firstDay}'`),
    months: await rows(artifacts.ic!, `kind = 'month' and label = '2023-03'`),
    curves: curvesBefore(artifacts.evaluation!),
    importance: await rows(artifacts.importance!, `fold in (${cleanFolds})`),
    predictions: await rows(`${artifacts.predictions!}/**/*.parquet`, `timestamp < ${moment}`),
    equity: await rows(artifacts.equity!, `timestamp < ${moment}`),
    trades: await rows(artifacts.trades!, `exit_time < ${moment}`),
    positions: await rows(artifacts.trades!, `entry_time <= ${moment}`, POSITION),
  };
}

/** A trade as far as it had gone when the future began. */
const POSITION = `scope, symbol, side, entry_time, entry_price,
  case when exit_time < make_timestamp_ms(${POISONED_FROM_MS}) then exit_time end as left_at`;

/** Cumulative returns of the quantiles until the poisoned moment. */
function curvesBefore(file: string): unknown[] {
  const { curveTimesMs, curves } = JSON.parse(readFileSync(file, 'utf8')) as Evaluation;
  const days = curveTimesMs.filter((endMs) => endMs <= POISONED_FROM_MS).length;
  return curves.map(({ quantile, cumReturn }) => [quantile, ...cumReturn.slice(0, days)]);
}

/** The recorded months, every price and volume of April from the moment on replaced by another walk. */
function poison(folder: string): string {
  cpSync(RECORDED, folder, { recursive: true });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('2023-04.zip')) continue;
    const file = path.join(folder, name);
    rewriteZip(file, file, (lines) => lines.map(otherBar));
  }
  return folder;
}

function otherBar(line: string, index: number): string {
  if (!(openMsOf(line) >= POISONED_FROM_MS)) return line;
  const cells = line.split(',');
  const factor = 2 + Math.sin(index * 0.7) + Math.cos(index * index);
  for (const column of [1, 2, 3, 4, 5, 7, 9, 10]) cells[column] = (Number(cells[column]) * factor).toFixed(8);
  return cells.join(',');
}

async function runOn(folder: string): Promise<RunResult> {
  const url = await bench.startExchange('--recorded', folder);
  bench.writeConfig(
    recordedConfig(url, {
      lightgbm: { rounds: 40 },
      // The bins of a day are decided by that day, and the future begins with a day.
      evaluate: { quantile_scope: 'date' },
      backtest: { side: 'longshort', quantile_scope: 'date' },
    }),
  );
  return bench.json<RunResult>('run', '--until', 'backtest');
}

beforeAll(async () => {
  await bench.startServer();
  await bench.startWorker();
  calm = await runOn(RECORDED);
  kept = await seriesOf(calm);
  const folder = path.join(bench.home, 'poisoned');
  mkdirSync(folder);
  poisoned = await runOn(poison(folder));
}, 180_000);

afterAll(() => bench.close());

describe('bars that change after a test window', () => {
  it('reach the months and folds behind them', () => {
    expect(poisoned.stages).toMatchObject({ klines: { ran: 4 }, fold: { ran: 2 }, predict: { ran: 3 } });
    for (const [node, digest] of Object.entries(calm.outputs!)) {
      if (/^fold\/2023-04-(19|26)/.test(node)) expect(poisoned.outputs![node]).not.toBe(digest);
    }
  });

  it('move neither key, model nor predictions of the folds before them, nor the model trained up to them', () => {
    expect(poisoned.stages).toMatchObject({ fold: { hit: 3 }, predict: { hit: 2 } });
    for (const fold of CLEAN_FOLDS) {
      for (const stage of ['fold', 'predict']) {
        const node = `${stage}/${fold}`;
        expect(calm.outputs![node]).toMatch(/^sha256:/);
        expect(poisoned.outputs![node]).toBe(calm.outputs![node]);
      }
    }
  });

  it('move no evaluation row, prediction, target, position, trade or equity before them', async () => {
    const now = await seriesOf(poisoned);
    expect(kept.predictions!.length).toBeGreaterThan(2 * 13 * 1440);
    expect(kept.trades!.length).toBeGreaterThan(100);
    expect(kept.positions!.length).toBeGreaterThanOrEqual(kept.trades!.length);
    const counts = [kept.folds, kept.days, kept.months, kept.curves].map((rows) => rows!.length);
    expect(counts).toEqual([4, 14, 1, 10]);
    expect(kept.curves![0]).toHaveLength(1 + 14);
    expect(kept.importance!.length).toBeGreaterThan(20);
    expect(now).toEqual(kept);
  });
});
