import { describe, expect, it } from 'vitest';
import { compileConfig } from '../../../lib/config/compile.js';
import { ConfigError } from '../../../lib/errors.js';

const volume = {
  train_symbols: ['BTCUSDT', 'ETHUSDT'],
  bar_type: 'volume',
  volume_bar_size: { BTCUSDT: 500, ETHUSDT: 6000.5 },
};

function messageOf(input: unknown): string {
  try {
    compileConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the config was accepted');
}

describe('volume bars in the config', () => {
  it('are off by default and with "time"', () => {
    expect(compileConfig({ train_symbols: ['BTCUSDT'] }).volumeBarSizes).toBeNull();
    expect(compileConfig({ train_symbols: ['BTCUSDT'], bar_type: 'time' }).volumeBarSizes).toBeNull();
  });

  it('have one size for all symbols, or one a symbol', () => {
    expect(compileConfig(volume).volumeBarSizes).toEqual(volume.volume_bar_size);
    const config = compileConfig({ ...volume, volume_bar_size: 7, inference_symbol: 'XRPUSDT' });
    expect(config.volumeBarSizes).toEqual({ BTCUSDT: 7, ETHUSDT: 7, XRPUSDT: 7 });
  });

  it.each<[string, object, RegExp]>([
    ['no size', { volume_bar_size: undefined }, /volume_bar_size: is missing/],
    ['a size of 0', { volume_bar_size: 0 }, /volume_bar_size/],
    ['a symbol without size', { volume_bar_size: { BTCUSDT: 5 } }, /volume_bar_size\.ETHUSDT: is missing/],
    ['a size without the type', { bar_type: 'time' }, /volume_bar_size: needs "bar_type": "volume"/],
    ['another type', { bar_type: 'tick' }, /bar_type: must be one of "time", "volume", got "tick"/],
    ['bars of a day', { candle_interval: '1d' }, /candle_interval: "1d" leaves nothing to join/],
    ['folds in hours', { folds: { test: '36h' } }, /folds\.test: "36h" is in hours/],
    ['an embargo in bars', { folds: { embargo: 10 } }, /folds\.embargo: counts bars of one length/],
    ['ranks at one moment', { backtest: { quantile_scope: 'timestamp' } }, /backtest\.quantile_scope/],
  ])('refuse %s', (_, change, says) => {
    expect(messageOf({ ...volume, ...change })).toMatch(says);
  });
});
