/** The whole pipeline on two recorded months of two symbols, with nothing replaced. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Connection, Client } from '@temporalio/client';
import { DuckDBInstance } from '@duckdb/node-api';
import puppeteer from 'puppeteer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import type { PlanResult } from '../../lib/plan/plan-result.js';
import { findBrowser } from '../../scripts/find-browser.mjs';
import { JobBench, recordedConfig, ROOT } from './harness.js';

const bench = new JobBench('pipeline');
let first: RunResult;

const stagesThatRan = ({ stages }: RunResult): string[] =>
  Object.entries(stages).flatMap(([stage, { ran }]) => (ran > 0 ? [stage] : []));

beforeAll(async () => {
  await bench.startServer();
  const url = await bench.startExchange('--recorded', path.join(ROOT, 'simulator/recorded'));
  await bench.startWorker();
  bench.writeConfig(
    recordedConfig(url, {
      expressions: { range_bp: '1e4 * (high - low) / close' },
      indicators: [{ name: 'macd', params: { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 } }],
      lightgbm: { rounds: 40 },
      evaluate: { quantile_scope: 'date' },
      backtest: { quantile_scope: 'date', fee: 0.00005 },
    }),
  );
  first = await bench.json<RunResult>('run');
}, 180_000);

afterAll(() => bench.close());

/** Rows of a query over an artifact. */
async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

describe('the first run', () => {
  it('computes every stage and tells its numbers', () => {
    expect(stagesThatRan(first)).toEqual([
      'klines',
      'features',
      'fold',
      'predict',
      'evaluate',
      'backtest',
      'report',
    ]);
    expect(first.stages).toMatchObject({
      klines: { nodes: 4 },
      features: { nodes: 4 },
      fold: { nodes: 5 },
      report: { nodes: 3 },
    });
    expect(first.headline).toMatchObject({ days: 33, scope: 'trailing', exPost: false });
    expect(first.headline.ic).toBeGreaterThan(-0.1);
    expect(first.headline.ic).toBeLessThan(0.1);
    expect(Number.isFinite(first.headline.breakEvenFeeBp)).toBe(true);
    expect(Object.keys(first.outputs!)).toHaveLength(4 + 4 + 5 + 5 + 1 + 1 + 3);
  });

  it('leaves every artifact at its documented path', () => {
    for (const file of Object.values(first.artifacts)) expect(existsSync(file), file).toBe(true);
    expect(first.artifacts).toMatchObject({
      predictions: path.join(bench.home, 'data/predictions/ALL_1m_predictions.parquet'),
      modelData: path.join(bench.home, 'data/processed/ALL_1m_model_data.parquet'),
      quantiles: path.join(bench.home, 'data/eval/ALL_1m_quantiles_10_date.csv'),
      equityPlot: path.join(bench.home, 'plot/ALL_1m_equity_q10_long_10_date.png'),
      report: path.join(bench.home, 'report/index.html'),
    });
    expect(readdirSync(first.artifacts.models!).sort()).toEqual([
      ...[1, 2, 3, 4, 5].map((n) => `fold_0${n}.txt`),
      'folds.json',
    ]);
  });

  it('writes tables that DuckDB reads as they are', async () => {
    const [klines] = await query(
      `SELECT count(*) AS n, min(timestamp)::VARCHAR AS first, max(timestamp)::VARCHAR AS last FROM '${first.artifacts['klines/BTCUSDT']}/*.parquet'`,
    );
    // March 2023 lacks the 80 minutes of the exchange's halt on the 24th.
    expect(klines).toEqual({
      n: String((31 + 30) * 1440 - 80),
      first: '2023-03-01 00:00:00',
      last: '2023-04-30 23:59:00',
    });
    const [modelData] = await query(`DESCRIBE SELECT * FROM '${first.artifacts.modelData}/*.parquet'`).then(
      (rows) => [rows.map(({ column_name }) => column_name)],
    );
    expect(modelData).toEqual([
      'symbol',
      'timestamp',
      ...Array.from({ length: 10 }, (_, k) => `ret${k + 1}bar`),
      'bop',
      'cci',
      'mfi',
      'rsi',
      'stochrsi',
      'slowk',
      'slowd',
      'natr',
      ...(modelData as string[]).filter((name) => name.startsWith('macd')),
      'range_bp',
      'fwd1min',
    ]);
    const [predictions] = await query(
      `SELECT count(*) AS n, count(DISTINCT (symbol, timestamp)) AS once, min(fold) AS fold, sum(CASE WHEN isnan(prediction) THEN 1 ELSE 0 END) AS missing FROM '${first.artifacts.predictions}/*.parquet'`,
    );
    expect(predictions).toEqual({
      n: String(2 * 33 * 1440),
      once: String(2 * 33 * 1440),
      fold: '2023-03-29',
      missing: '0',
    });
    // Each row of the model data that is decided in a test window, once, and no other.
    const windows = (await bench.json<PlanResult>('plan')).folds.map(
      ({ testStart, testEnd }, index) =>
        `(${index}, TIMESTAMP '${testStart}', TIMESTAMP '${testEnd}', '${testStart}')`,
    );
    const [differences] = await query(
      `WITH windows(number, opens, closes, fold) AS (VALUES ${windows.join(', ')}),
        wanted AS (SELECT symbol, timestamp, fold, fwd1min AS target FROM '${first.artifacts.modelData}/*.parquet', windows
          WHERE timestamp + INTERVAL 1 MINUTE >= opens AND timestamp + INTERVAL 1 MINUTE < closes),
        got AS (SELECT symbol, timestamp, fold, target FROM '${first.artifacts.predictions}/*.parquet')
      SELECT (SELECT count(*) FROM (FROM wanted EXCEPT ALL FROM got)) AS missing,
        (SELECT count(*) FROM (FROM got EXCEPT ALL FROM wanted)) AS unwanted, (SELECT count(*) FROM wanted) AS wanted`,
    );
    expect(differences).toEqual({ missing: '0', unwanted: '0', wanted: String(2 * 33 * 1440) });
    const [trades] = await query(
      `SELECT count(*) AS n, sum(CASE WHEN exit_time <= entry_time THEN 1 ELSE 0 END) AS backwards FROM '${first.artifacts.trades}'`,
    );
    expect(Number(trades!.n)).toBeGreaterThan(100);
    expect(trades!.backwards).toBe('0');
  });

  it('never makes a feature or a return reach across the halt', async () => {
    const rows = await query(
      `SELECT fwd1min, ret2bar FROM '${first.artifacts.modelData}/BTCUSDT*.parquet' WHERE timestamp = TIMESTAMP '2023-03-24 12:39:00'`,
    );
    expect(rows).toHaveLength(1);
    expect(Number(rows[0]!.fwd1min)).toBeNaN();
    const after = await query(
      `SELECT count(*) AS n FROM '${first.artifacts.modelData}/BTCUSDT*.parquet' WHERE timestamp BETWEEN TIMESTAMP '2023-03-24 12:40:00' AND TIMESTAMP '2023-03-24 14:00:00'`,
    );
    expect(after[0]!.n).toBe('0');
  });

  it('keeps the product of the ledger equal to the accounts, of the rule asked for and of the tradable one', async () => {
    const rows = await query(
      `SELECT scope, symbol, product(1 + net) AS growth FROM '${first.artifacts.trades}' GROUP BY ALL`,
    );
    const growth = new Map(rows.map((row) => [`${row.scope} ${row.symbol}`, Number(row.growth)]));
    type Rule = { rule: { scope: string }; accounts: { symbol: string; netReturn: number }[] };
    const { headline, exPost } = JSON.parse(readFileSync(first.artifacts.backtest!, 'utf8')) as {
      headline: Rule;
      exPost: Rule;
    };
    for (const [scope, { accounts }] of [
      ['trailing', headline],
      ['date (ex post)', exPost],
    ] as const) {
      expect(accounts).toHaveLength(2);
      for (const { symbol, netReturn } of accounts)
        expect(Math.abs(growth.get(`${scope} ${symbol}`)! / (1 + netReturn) - 1)).toBeLessThan(1e-12);
    }
  });

  it('is readable in Temporal: a summary for each activity, a table of stages', async () => {
    const client = new Client({
      connection: await Connection.connect({ address: bench.env.TEMPORAL_ADDRESS! }),
    });
    const handle = client.workflow.getHandle('minute-alpha');
    const { events } = await handle.fetchHistory();
    const summaries = events!.flatMap(({ activityTaskScheduledEventAttributes, userMetadata }) =>
      activityTaskScheduledEventAttributes ? [Buffer.from(userMetadata!.summary!.data!).toString()] : [],
    );
    expect(summaries).toContainEqual(
      expect.stringMatching(/^"klines\/BTCUSDT\/2023-03 \| STALE never built \| [0-9a-f]{8}"$/),
    );
    expect(summaries).toContainEqual(
      expect.stringMatching(/^"fold\/2023-03-29 \| STALE never built \| key in its result"$/),
    );
    expect(summaries.every((text) => text.length < 122)).toBe(true);
    await client.connection.close();
  });
});

describe('the report page', () => {
  it('opens in a browser and holds the numbers of the run', async () => {
    const browser = await puppeteer.launch({
      pipe: true,
      executablePath: findBrowser(process.env, ROOT)!.path,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('requestfailed', (request) => errors.push(request.url()));
      await page.goto(`file://${first.artifacts.report}`);
      await page.waitForSelector('#figure-equity .main-svg');
      const valueOf = (metric: string): Promise<number> =>
        page.$eval(`[data-metric="${metric}"]`, (element) => Number(element.getAttribute('data-value')));
      expect(await valueOf('breakEvenFeeBp')).toBe(first.headline.breakEvenFeeBp);
      expect(await valueOf('ic')).toBe(first.headline.ic);
      expect(await valueOf('sharpe')).toBe(first.headline.sharpe);
      expect(await page.$$eval('#folds tbody tr', (rows) => rows.length)).toBe(5);
      expect(await page.$eval('main', (main) => main.innerText.includes('no trader could have had'))).toBe(
        true,
      );
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

describe('running again', () => {
  it('runs no stage, gives the same digests, and plan says so before', async () => {
    const plan = await bench.json<PlanResult>('plan');
    expect(plan.nodes.every(({ state }) => state === 'HIT')).toBe(true);
    expect(plan.folds.map(({ trainStart, testStart, testEnd }) => [trainStart, testStart, testEnd])).toEqual([
      ['2023-03-01', '2023-03-29', '2023-04-05'],
      ['2023-03-08', '2023-04-05', '2023-04-12'],
      ['2023-03-15', '2023-04-12', '2023-04-19'],
      ['2023-03-22', '2023-04-19', '2023-04-26'],
      ['2023-03-29', '2023-04-26', '2023-05-01'],
    ]);
    const text = await bench.command('plan');
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/2 +2023-03-08 +2023-03-29 +2023-04-05 +2023-04-12/);
    const second = await bench.json<RunResult>('run');
    expect(stagesThatRan(second)).toEqual([]);
    expect(second.outputs).toEqual(first.outputs);
    expect(second.headline).toEqual(first.headline);
  });

  it('runs only backtest and what is drawn from it after one changed leaf, as planned', async () => {
    const change = ['--set', 'backtest.fee=0.0002'];
    const planned = await bench.command('plan', ...change, '--json');
    expect(planned.code).toBe(2);
    const plan = JSON.parse(planned.stdout) as PlanResult;
    expect(plan.causes).toEqual([
      { cause: 'feeFrac 0.00005 -> 0.0002', nodes: 3, stages: { backtest: 1, report: 2 } },
    ]);
    const run = await bench.json<RunResult>('run', ...change);
    expect(stagesThatRan(run)).toEqual(['backtest', 'report']);
    expect(run.stages.report).toMatchObject({ hit: 1, ran: 2 });
    expect(run.outputs!.evaluate).toBe(first.outputs!.evaluate);
    expect(run.headline.breakEvenFeeBp).toBe(first.headline.breakEvenFeeBp);
    expect(run.headline.sharpe).not.toBe(first.headline.sharpe);
  });

  it('trains all folds again after one LightGBM leaf, from klines and features that hit', async () => {
    const run = await bench.json<RunResult>('train', '--set', 'lightgbm.num_leaves=8');
    expect(stagesThatRan(run)).toEqual(['fold', 'predict']);
    expect(run.stages.fold!.ran).toBe(5);
  });

  it('adds rounds only when asked, and never by running again', async () => {
    const continued = await bench.json<RunResult>('train', '--continue-rounds', '5');
    expect(continued.stages.fold).toMatchObject({ hit: 5, ran: 5 });
    const again = await bench.json<RunResult>('train', '--continue-rounds', '5');
    expect(stagesThatRan(again)).toEqual([]);
    const plain = await bench.json<RunResult>('run');
    expect(plain.outputs).toEqual(first.outputs);
  });

  it('computes features again on request, to the same bytes', async () => {
    const run = await bench.json<RunResult>('features', '--recompute');
    expect(run.stages.features).toMatchObject({ ran: 4, hit: 0 });
    expect(Object.keys(run.features!).sort()).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(run.features!['BTCUSDT']).toMatchObject({
      dropped: { unusableBar: 0, noFeature: 0 },
      columns: { rsi: { nanFrac: 0 } },
    });
    expect(run.outputs!['features/BTCUSDT/2023-04']).toBe(first.outputs!['features/BTCUSDT/2023-04']);
  });

  it('judges one symbol, another quantile, another side and a formula', async () => {
    const run = await bench.json<RunResult>(
      'backtest',
      '--symbol',
      'ETHUSDT',
      '--bins',
      '20',
      '--quantile',
      '20',
      '--side',
      'longshort',
      '--fee',
      '0.0001',
      '--quantile-scope',
      'trailing',
      '--signal',
      '-rsi',
    );
    expect(stagesThatRan(run)).toEqual(['evaluate', 'backtest', 'report']);
    // A formula's results have a name of their own, so that they never replace the model's.
    expect(path.relative(bench.home, run.artifacts.equityPlot!)).toMatch(
      /^plot\/ETHUSDT_1m_equity_q20_longshort_20_trailing_-rsi-[0-9a-f]{6}\.png$/,
    );
    const backtest = JSON.parse(readFileSync(run.artifacts.backtest!, 'utf8')) as {
      signal: string;
      exPost: unknown;
    };
    expect(backtest).toMatchObject({ signal: '-rsi', exPost: null });
  });

  it('rebuilds exactly the node whose stored bytes were lost', async () => {
    const record = first.outputs!['features/ETHUSDT/2023-03']!.slice('sha256:'.length);
    const { rmSync } = await import('node:fs');
    rmSync(path.join(bench.home, 'cache/blobs/sha256', record.slice(0, 2), record.slice(2)));
    const plan = await bench.json<PlanResult>('plan');
    expect(plan.nodes.find(({ node }) => node === 'features/ETHUSDT/2023-03')).toMatchObject({
      state: 'STALE',
      reason: 'OBJECT_MISSING',
    });
    const run = await bench.json<RunResult>('run');
    expect(run.stages.features).toMatchObject({ hit: 3, ran: 1 });
    expect(run.outputs).toEqual(first.outputs);
  });
});
