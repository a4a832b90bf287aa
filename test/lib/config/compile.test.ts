import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileConfig, compileOptions } from '../../../lib/config/compile.js';
import { configJsonSchema } from '../../../lib/config/json-schema.js';
import { ConfigError } from '../../../lib/errors.js';

const minimal = { train_symbols: ['BTCUSDT'] };

function messageOf(input: unknown): string {
  try {
    compileConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the config was accepted');
}

describe('compileConfig', () => {
  it('accepts the eight keys of the shipped config.json', () => {
    const config = compileConfig(JSON.parse(readFileSync('config.json', 'utf8')));
    expect(config.symbols).toEqual(['BTCUSDT', 'XRPUSDT']);
    expect(config.startMs).toBe(Date.UTC(2018, 0, 1));
    expect(config.market).toEqual({
      market: 'um',
      restUrl: 'https://fapi.binance.com',
      archiveUrl: 'https://data.binance.vision',
      requestDelayMs: 300,
      maxKlinesPerRequest: 1500,
    });
    expect(config.folds.train).toEqual({ unit: 'mo', count: 12 });
  });

  it('adds the inference symbol to the symbols without training on it', () => {
    const config = compileConfig({ ...minimal, inference_symbol: 'ETHUSDT' });
    expect(config.trainSymbols).toEqual(['BTCUSDT']);
    expect(config.symbols).toEqual(['BTCUSDT', 'ETHUSDT']);
  });

  it('reads symbols where train_symbols is missing', () => {
    expect(compileConfig({ symbols: ['ETHUSDT'] }).trainSymbols).toEqual(['ETHUSDT']);
  });

  it('trades the top bin unless told otherwise', () => {
    expect(compileConfig({ ...minimal, backtest: { bins: 50 } }).backtest.quantile).toBe(50);
  });

  it('lists every problem at once with path and fix', () => {
    const message = messageOf({
      train_symbol: ['BTCUSDT'],
      train_symbols: ['../x'],
      start_date: '2023-02-30',
      request_delay: 'fast',
      folds: { tran: '12mo', test: '0d' },
    });
    expect(message).toMatch(/train_symbol: is not a known key; did you mean "train_symbols"\?/);
    expect(message).toMatch(/train_symbols\[0\]: "\.\.\/x" is no symbol/);
    expect(message).toMatch(/start_date: "2023-02-30" is no date/);
    expect(message).toMatch(/request_delay: must be a number, got "fast"/);
    expect(message).toMatch(/folds\.tran: is not a known key; did you mean "train"\?/);
    expect(message).toMatch(/folds\.test: "0d" is no duration/);
    expect(message).toContain('Nothing was started');
  });

  it.each([
    [{ train_symbols: [] }, /train_symbols: .*is empty/],
    [{}, /train_symbols: is missing/],
    [{ train_symbols: ['BTCUSDT', 'BTCUSDT'] }, /names BTCUSDT twice/],
    [{ ...minimal, start_date: '2023-05-01', end_date: '2023-05-01' }, /end_date: .*not after start_date/],
    [{ ...minimal, candle_interval: '7m' }, /candle_interval: must be one of "1m"/],
    [{ ...minimal, backtest: { quantile: 11 } }, /backtest\.quantile: 11 is outside the 10 bins/],
    [{ ...minimal, backtest: { fee: -0.1 } }, /backtest\.fee: must be at least 0/],
    [{ ...minimal, bar_type: 'volume', volume_bar_size: 0 }, /volume_bar_size: must be above 0, got 0/],
    [
      {
        ...minimal,
        expressions: Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`e${n}`, 'close'])),
      },
      /expressions: .* has 1001 expressions, 1000 at most: leave out/,
    ],
    [
      { ...minimal, indicators: Array.from({ length: 201 }, (_, n) => ({ name: 'sma', as: `s${n}` })) },
      /indicators: .* has 201 indicators, 200 at most: leave out/,
    ],
    [{ ...minimal, expressions: { x: '' } }, /expressions\.x: must not be empty, got ""/],
    [{ ...minimal, lightgbm: { num_threads: 4 } }, /lightgbm\.num_threads: cannot be set here/],
    [{ ...minimal, lightgbm: { nthread: 4 } }, /lightgbm\.nthread: cannot be set here/],
    [{ ...minimal, lightgbm: { num_leafs: 5 } }, /lightgbm\.num_leafs: .*did you mean "num_leaf"\?/],
    [{ ...minimal, lightgbm: { max_leaf: 5, num_leaves: 6 } }, /num_leaves: means the same as "max_leaf"/],
    [{ ...minimal, lightgbm: { forcedbins_filename: 'x' } }, /not be part of the cache key/],
    [{ ...minimal, salt: { marketing: 'x' } }, /salt\.marketing: .*the known ones are klines, features/],
    [{ ...minimal, folds: { train: '30d', valid: '30d' } }, /folds\.valid: is not shorter/],
    [
      { ...minimal, candle_interval: '1d', folds: { train: '30d', valid: '12h' } },
      /1 problem\..*folds\.valid: "12h" is shorter than a bar of 1d: make it at least "24h"/s,
    ],
    [
      { ...minimal, candle_interval: '4h', folds: { test: '3h' } },
      /1 problem\..*folds\.test: "3h" is shorter than a bar of 4h: make it at least "4h"/s,
    ],
    [{ ...minimal, candle_interval: '1d', folds: { step: '1h' } }, /folds\.step: "1h" is shorter/],
    [{ ...minimal, binance_base_url: 'fapi' }, /binance_base_url: .*is no URL/],
    [{ ...minimal, expressions: { 'Bad Name': 'close' } }, /expressions\.Bad Name: is no column name/],
    [[], /must be an object/],
    ['text', /must be an object/],
  ])('refuses %j', (input, expected) => {
    expect(messageOf(input)).toMatch(expected);
  });

  it('tells what is wrong between sound keys together with what is wrong with the others', () => {
    const message = messageOf({
      ...minimal,
      folds: { train: '0d' },
      end_date: '1999-01-01',
      lightgbm: { num_threads: 3 },
    });
    expect(message).toMatch(/The config: 3 problems\./);
    expect(message).toMatch(/folds\.train: "0d" is no duration/);
    expect(message).toMatch(/end_date: "1999-01-01" is not after start_date/);
    expect(message).toMatch(/lightgbm\.num_threads: cannot be set here/);
  });

  it('does not call a broken key missing', () => {
    expect(messageOf({ train_symbols: ['../x'] })).not.toContain('is missing');
  });

  it('passes the parameters of LightGBM on under their own names', () => {
    const { params } = compileConfig({ ...minimal, lightgbm: { reg_lambda: 3, max_leaf: 7 } }).lightgbm;
    expect(params).toMatchObject({ lambda_l2: 3, num_leaves: 7 });
    expect(Object.keys(params)).not.toContain('max_leaf');
  });
});

describe('compileOptions', () => {
  it('runs everything by default', () => {
    expect(compileOptions(undefined)).toEqual({
      until: 'report',
      symbols: null,
      force: [],
      continueRounds: null,
      recheck: false,
      plan: false,
      explain: null,
    });
  });

  it('refuses an unknown stage by naming the stages', () => {
    expect(() => compileOptions({ until: 'train' })).toThrow(/until: must be one of "klines"/);
  });
});

it('publishes a JSON schema that names every key of the contract', () => {
  const properties = configJsonSchema().properties as Record<string, unknown>;
  expect(Object.keys(properties)).toEqual(
    expect.arrayContaining([
      'candle_interval',
      'symbols',
      'feature_flags',
      'loss_budget',
      'salt',
      'backtest',
    ]),
  );
});
