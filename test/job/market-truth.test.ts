/** A market where nothing can be predicted, through the whole pipeline; bench/market-truth does 20 of them. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import type { Backtest, DailyStatistics } from '../../lib/backtest/types.js';
import type { Evaluation } from '../../lib/evaluation/types.js';
import { JobBench, recordedConfig } from './harness.js';

const RANGE = { start_date: '2022-01-01', end_date: '2022-02-10' };
const bench = new JobBench('martingale');

beforeAll(async () => {
  await bench.startServer();
  const flags = ['--seed', '1', '--start', RANGE.start_date, '--end', RANGE.end_date];
  const url = await bench.startExchange('--model', 'martingale', ...flags);
  await bench.startWorker();
  bench.writeConfig(
    recordedConfig(url, {
      ...RANGE,
      folds: { train: '10d', valid: '3d', test: '10d' },
      lightgbm: { rounds: 30 },
      backtest: { fee: 0, side: 'longshort' },
    }),
  );
}, 60_000);

afterAll(() => bench.close());

async function judge<T>(artifact: string, ...args: string[]): Promise<T> {
  const { artifacts } = await bench.json<RunResult>(...args);
  return JSON.parse(readFileSync(artifacts[artifact]!, 'utf8')) as T;
}

const tOf = ({ sharpe, days }: DailyStatistics): number => sharpe! * Math.sqrt(days / 365);

describe('on a martingale', () => {
  it.each([
    ['the model', []],
    ['-rsi', ['--signal=-rsi']],
  ])('%s has no IC and earns nothing that a trader could have had', async (_, signal) => {
    const { ic } = await judge<Evaluation>('evaluation', 'evaluate', ...signal);
    expect(Math.abs(ic.daily!.t!)).toBeLessThan(4);
    for (const scope of ['trailing', 'validation', 'timestamp']) {
      const run = await judge<Backtest>('backtest', 'backtest', '--quantile-scope', scope, ...signal);
      expect(run.exPost).toBeNull();
      expect(Math.abs(tOf(run.headline.gross)), scope).toBeLessThan(4);
    }
  });

  it('-rsi looks splendid under date, and the trailing run beside it is the headline', async () => {
    const flags = ['--signal=-rsi', '--bins', '1440', '--quantile', '1440', '--quantile-scope', 'date'];
    const { headline, exPost } = await judge<Backtest>('backtest', 'backtest', ...flags);
    expect(headline.rule).toMatchObject({ scope: 'trailing', exPost: false });
    expect(exPost!.rule).toMatchObject({ scope: 'date', exPost: true });
    expect(tOf(exPost!.gross)).toBeGreaterThan(4);
    expect(Math.abs(tOf(headline.gross))).toBeLessThan(4);
  });
});
