/** Bad input, as a user would give it: a clear error with the fix, exit 1, and nothing left running. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import type { Backtest } from '../../lib/backtest/types.js';
import type { Evaluation } from '../../lib/evaluation/types.js';
import { JobBench, recordedConfig, ROOT } from './harness.js';
import { openMsOf, rewriteZip } from './recorded-market.js';

const RECORDED = path.join(ROOT, 'simulator/recorded');
const bench = new JobBench('bad-input');

beforeAll(async () => {
  await bench.startServer();
  const url = await bench.startExchange('--recorded', RECORDED);
  await bench.startWorker();
  bench.writeConfig(recordedConfig(url));
}, 60_000);

afterAll(() => bench.close());

async function refused(args: string[], says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await bench.command(...args);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/\n\s+at .*\.js:\d+/);
  expect(stdout).toBe('');
  expect(code).toBe(1);
}

describe('refused before anything starts', () => {
  it.each<[string, string[], RegExp]>([
    [
      'an unknown key',
      ['run', '--set', 'train_symbol=["X"]'],
      /train_symbol: is not a known key; did you mean "train_symbols"/,
    ],
    ['a wrong type', ['run', '--set', 'request_delay=fast'], /request_delay: must be a number, got "fast"/],
    [
      'an impossible date',
      ['run', '--set', 'start_date=2023-02-30'],
      /"2023-02-30" is no date of the calendar/,
    ],
    ['a symbol that is a path', ['run', '--set', 'train_symbols=["../x"]'], /"\.\.\/x" is no symbol/],
    ['volume bars without a size', ['run', '--set', 'bar_type=volume'], /volume_bar_size: is missing/],
    ['no symbols', ['run', '--set', 'train_symbols=[]'], /train_symbols: .*is empty/],
    ['a quantile outside the bins', ['backtest', '--quantile', '11'], /11 is outside the 10 bins/],
    [
      'an interval that does not exist',
      ['run', '--set', 'candle_interval=7m'],
      /candle_interval: must be one of "1m"/,
    ],
    ['a missing config file', ['run', '--config', 'nope.json'], /nope\.json cannot be read/],
    ['a number that is none', ['evaluate', '--bins', 'many'], /must be a whole number/],
    ['an unknown command', ['runn'], /unknown command 'runn'/],
  ])('%s', async (_, args, says) => refused(args, says));

  it('a config that is not JSON', async () => {
    writeFileSync(path.join(bench.home, 'broken.json'), '{ "train_symbols": [ }');
    await refused(['run', '--config', 'broken.json'], /broken\.json is not JSON/);
  });

  it('a config with a key twice', async () => {
    const text = JSON.stringify(recordedConfig(bench.exchangeUrl)).replace(
      '{',
      '{\n"start_date":"2023-04-01",\n',
    );
    writeFileSync(path.join(bench.home, 'twice.json'), text);
    await refused(
      ['run', '--config', 'twice.json'],
      /twice\.json has a key more than once: start_date in the lines 2, 3\. Keep the one that is meant/,
    );
  });

  it('no server', async () => {
    const { code, stderr } = await bench.commandWith({ TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'run');
    expect(stderr).toMatch(/No Temporal server answers at 127\.0\.0\.1:1\. Start one/);
    expect(code).toBe(1);
  });
});

describe('refused by the run, which ends', () => {
  it.each<[string, string[], RegExp]>([
    [
      'no exchange',
      ['--set', 'binance_base_url=http://127.0.0.1:1'],
      /127\.0\.0\.1:1 refused the connection.*Gave up after 3 attempts/,
    ],
    [
      'a symbol the exchange does not know',
      ['--set', 'train_symbols=["NOPEUSDT"]', '--set', 'inference_symbol=NOPEUSDT'],
      /knows no symbol NOPEUSDT/,
    ],
    [
      'too little data for one fold',
      ['--set', 'folds.train=12mo'],
      /folds\.train 12mo.*Shorten folds\.train by more than \d+ days/,
    ],
    [
      'a first fold whose rows are all in the warm-up',
      ['--until', 'fold', '--set', 'candle_interval=1d'],
      /no row to fit from 2023-03-01 to 2023-03-22: features need \d+ bars.*Lengthen folds\.train .* by at least \d+ days/,
    ],
    [
      'no bars in the range',
      ['--set', 'start_date=2024-01-01', '--set', 'end_date=2024-02-01'],
      /no closed day of any symbol/,
    ],
    ['a start in the future', ['--set', 'start_date=2099-01-01'], /no closed day of any symbol/],
    ['an unknown feature flag', ['--set', 'feature_flags={"rsii":true}'], /rsii/],
    ['a formula with an unknown name', ['--set', 'expressions={"x":"foo(close)"}'], /foo/],
    ['a formula that looks ahead', ['--set', 'expressions={"x":"lag(close, -1)"}'], /lag/],
    ['an unknown indicator', ['--set', 'indicators=[{"name":"crystal"}]'], /crystal/],
    ['an unknown LightGBM parameter', ['--until', 'fold', '--set', 'lightgbm.num_leafs=5'], /num_leafs/],
    [
      'a folder that cannot be written',
      ['--until', 'klines', '--set', 'feather_dir=/proc/nothing'],
      /\/proc\/nothing.* cannot be written/,
    ],
  ])('%s', async (_, args, says) => refused(['run', ...args], says));

  it('a proxy that answers web pages with status 200', async () => {
    const own = bench.exchangeUrl;
    const url = await bench.startExchange('--recorded', RECORDED, '--fault', 'html-200');
    bench.exchangeUrl = own;
    await refused(
      ['download', '--set', `binance_base_url=${url}`],
      /with a web page instead of JSON.*Gave up after 3 attempts/,
    );
  });

  it('an archive whose checksum does not match is told, and its bars come from elsewhere', async () => {
    const own = bench.exchangeUrl;
    const url = await bench.startExchange('--recorded', RECORDED, '--fault', 'bad-checksum');
    bench.exchangeUrl = own;
    interface Download {
      readonly outputs: Record<string, string>;
      readonly unusableArchives?: readonly { readonly file: string; readonly problem: string }[];
    }
    const months = ['--symbols', 'BTCUSDT', '--set', 'start_date=2023-04-01'];
    const run = await bench.json<Download>(
      'download',
      ...months,
      ...['--set', `binance_base_url=${url}`, '--set', `binance_archive_url=${url}`],
    );
    const good = await bench.json<Download>('download', ...months);
    expect(run.unusableArchives).toContainEqual(
      expect.objectContaining({
        file: 'BTCUSDT-1m-2023-04.zip',
        problem: expect.stringMatching(/^sha256 \w+ where \w+ was published$/) as string,
      }),
    );
    expect(good.unusableArchives).toBeUndefined();
    // REST has the same bars, so the month is whole all the same.
    expect(run.outputs['klines/BTCUSDT/2023-04']).toBe(good.outputs['klines/BTCUSDT/2023-04']);
  });

  it('leaves no run behind', async () => {
    const client = new Client({
      connection: await Connection.connect({ address: bench.env.TEMPORAL_ADDRESS! }),
    });
    const statuses: string[] = [];
    for await (const { status } of client.workflow.list()) statuses.push(status.name);
    expect(statuses.length).toBeGreaterThan(5);
    expect(statuses.filter((name) => name === 'RUNNING')).toEqual([]);
    await client.connection.close();
  });
});

/** Hours of the recorded bars, and a symbol that ended half a day before the first test window. */
describe('refused or explained by what judges predictions', () => {
  const hours = ['--config', 'hours.json'];

  function writeMarket(): string {
    const folder = path.join(bench.home, 'market');
    cpSync(RECORDED, folder, { recursive: true });
    const march = path.join(folder, 'futures/um/monthly/klines/ETHUSDT/1m/ETHUSDT-1m-2023-03.zip');
    const isEarly = (line: string): boolean => !(openMsOf(line) >= Date.UTC(2023, 2, 28, 12));
    rewriteZip(march, path.join(folder, 'OLDUSDT-1m-2023-03.zip'), (lines) => lines.filter(isEarly));
    return folder;
  }

  beforeAll(async () => {
    const own = bench.exchangeUrl;
    const url = await bench.startExchange('--recorded', writeMarket());
    bench.exchangeUrl = own;
    const change = {
      candle_interval: '1h',
      inference_symbol: 'OLDUSDT',
      lightgbm: { rounds: 5, min_data_in_leaf: 20 },
    };
    bench.writeConfig(recordedConfig(url, change), 'hours.json');
    await bench.json<RunResult>('run', ...hours, '--until', 'predict');
  }, 120_000);

  it.concurrent.each<[string, string[], RegExp]>([
    [
      'one symbol where symbols are ranked',
      ['evaluate', '--symbol', 'BTCUSDT', '--quantile-scope', 'timestamp'],
      /"timestamp" ranks symbols against each other, and BTCUSDT is alone\. Choose --quantile-scope/,
    ],
    [
      'one symbol to trade where symbols are ranked',
      ['backtest', '--symbol', 'BTCUSDT', '--quantile-scope', 'timestamp'],
      /"timestamp" ranks symbols against each other, and BTCUSDT is alone\. Choose --quantile-scope/,
    ],
    [
      'a symbol that is not in the config',
      ['evaluate', '--symbol', 'NOPEUSDT'],
      /NOPEUSDT is not among the symbols of the config: BTCUSDT, .*Add it to train_symbols/,
    ],
    ['a fee below 0', ['backtest', '--fee', '-0.1'], /backtest\.fee: must be at least 0, got -0\.1/],
    ['a fee above 1', ['backtest', '--fee', '1.01'], /backtest\.fee: must be at most 1, got 1\.01/],
    [
      'a quantile outside fewer bins',
      ['backtest', '--bins', '5', '--quantile', '6'],
      /backtest\.quantile: 6 is outside the 5 bins: choose 1\.\.5/,
    ],
    [
      'a quantile below the first',
      ['backtest', '--quantile', '0'],
      /'--quantile <n>' argument '0' is invalid\. must be a whole number of at least 1/,
    ],
    ['one bin', ['evaluate', '--bins', '1'], /must be a whole number of at least 2, got "1"/],
    [
      'a validation window that holds no bar',
      ['plan', '--set', 'candle_interval=1d', '--set', 'folds.valid=12h'],
      /folds\.valid: "12h" is shorter than a bar of 1d: make it at least "24h"/,
    ],
    [
      'a symbol without predictions',
      ['evaluate', '--symbol', 'OLDUSDT'],
      /no predictions of OLDUSDT in any test window\. Name a symbol whose bars reach into the test windows/,
    ],
  ])('%s', async (name, [command, ...args], says) =>
    refused([command!, ...hours, ...args, '--workflow-id', name], says),
  );

  /** What a command makes of a formula of one symbol. */
  async function judge<T>(command: 'evaluate' | 'backtest', signal: string): Promise<(name: string) => T> {
    const flags = ['--symbol', 'BTCUSDT', '--quantile-scope', 'trailing', `--signal=${signal}`];
    const { artifacts } = await bench.json<RunResult>(command, ...hours, ...flags, '--workflow-id', signal);
    return (name) => JSON.parse(readFileSync(artifacts[name]!, 'utf8')) as T;
  }

  it.concurrent(
    'predictions that are all equal have no IC, bins or trades, and each null its reason',
    async ({ expect }) => {
      const read = await judge<Evaluation & Backtest>('backtest', 'close / close');
      const { ic, quantiles, reasons } = read('evaluation');
      expect(ic).toMatchObject({ ic: null, pooled: null, daily: null, insideDayExPost: null });
      expect(quantiles.every(({ count, meanBp }) => count === 0 && meanBp === null)).toBe(true);
      expect(reasons['ic.ic']).toBe('no fold has two different predictions and two different targets');
      expect(reasons.quantiles).toMatch(/10 of 10 quantiles hold no row: .*equal predictions only/);
      const backtest = read('backtest');
      expect(backtest.headline.net).toMatchObject({ totalReturn: 0, sharpe: null });
      expect(backtest.headline.breakEven).toEqual({ feeBp: null, feeBp95: null });
      expect(backtest.reasons['headline.decisions']).toMatch(/equal/);
      expect(backtest.reasons['headline.breakEven.feeBp']).toBe('the rule never traded');
      expect(backtest.reasons['headline.net.sharpe']).toBe('daily returns do not vary');
    },
  );

  it.concurrent(
    'predictions that are all missing are counted, and say why there is no number',
    async ({ expect }) => {
      const { data, ic, reasons } = (await judge<Evaluation>('evaluate', 'log(0 - close)'))('evaluation');
      const [{ rows, withoutPrediction }] = data as [Evaluation['data'][number]];
      expect(rows).toBeGreaterThan(700);
      expect(withoutPrediction).toBe(rows);
      expect(ic.ic).toBeNull();
      expect(reasons.rows).toBe(`${rows} of ${rows} predictions are missing (NaN)`);
      expect(reasons['ic.ic']).toBe('there are no predictions: all are missing (NaN)');
    },
  );

  it.concurrent(
    'more bins than different predictions leave bins empty, which is said',
    async ({ expect }) => {
      const { quantiles, ic, reasons } = (await judge<Evaluation>('evaluate', 'sign(ret1bar)'))('evaluation');
      const held = quantiles.filter(({ count }) => count > 0).length;
      expect(held).toBeGreaterThan(1);
      expect(held).toBeLessThan(10);
      expect(ic.ic).not.toBeNull();
      expect(reasons['grid.bins']).toMatch(
        /fewer predictions differ \(2 at the fewest\) than there are bins \(10\)/,
      );
      expect(reasons.quantiles).toBe(`${10 - held} of 10 quantiles hold no row: few predictions differ`);
    },
  );
});

describe('refused by the commands that look after the store', () => {
  it.each<[string, string[], RegExp]>([
    ['a node that is none', ['explain', 'fold/never'], /no node "fold\/never"\. Near that name: .*fold\//],
    ['a name that is a path', ['runs', '--name', '../x'], /"\.\.\/x" is no name for a run/],
    ['a run nobody knows', ['export', 'x.tar', '--run', 'nope'], /knows no run "nope"/],
    ['an archive that is not there', ['import', 'nope.tar'], /There is no file .*nope\.tar/],
    ['an archive that is a folder', ['import', '.'], /is a folder\. Name the file/],
    [
      'an archive in no folder',
      ['export', 'nodir/x.tar'],
      /nodir\/x\.tar cannot be written.* in a folder that exists/,
    ],
    ['a run to name without a name', ['runs', '--run', 'zzz'], /there is no --name/],
    ['an age below zero', ['gc', '--older-than', '-5'], /must be a number of at least 0, got "-5"/],
    ['an archive that is a config', ['import', 'config.json'], /is no tar file|it begins with/],
  ])('%s', async (_, args, says) => refused(args, says));

  it.each(['verify', 'gc', 'runs'])('%s where there is no store', async (command) => {
    const { code, stderr } = await bench.commandWith({ MINUTE_ALPHA_STORE: 'nowhere' }, command);
    expect(stderr).toMatch(/There is no store at .*nowhere/);
    expect(code).toBe(1);
  });
});

it('refuses a store of a format it does not know', async () => {
  mkdirSync(path.join(bench.home, 'other'), { recursive: true });
  writeFileSync(path.join(bench.home, 'other/FORMAT'), '{"layout":9}');
  await expect(bench.startWorkerWith({ MINUTE_ALPHA_STORE: 'other' })).rejects.toThrow(
    /has the format .*"layout":9/,
  );
});
