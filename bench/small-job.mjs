/** The job of benchmarks and tests that need many whole runs: two modelled symbols, six months of hours, three folds. */
export const SYMBOLS = ['AUSDT', 'BUSDT'];

export const MARKET_FLAGS = [
  ...['--model', 'planted', '--ic', '0.2', '--symbols', ...SYMBOLS],
  ...['--start', '2022-01-01', '--end', '2022-09-01'],
];

export function smallConfig(url, change = {}) {
  return {
    candle_interval: '1h',
    train_symbols: SYMBOLS,
    inference_symbol: SYMBOLS[0],
    start_date: '2022-01-01',
    end_date: '2022-07-01',
    binance_base_url: url,
    binance_archive_url: url,
    request_delay: 0,
    folds: { train: '3mo', valid: '1mo', test: '1mo', step: '1mo' },
    lightgbm: { rounds: 8 },
    ...change,
  };
}

/** The same sequence of numbers in [0, 1) for a seed. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
