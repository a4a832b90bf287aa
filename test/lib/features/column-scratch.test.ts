import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../lib/bars/index.js';
import { ColumnScratch, compileFeatures, computeModelRows } from '../../../lib/features/index.js';
import { makeMarket } from './markets.js';

describe('columns in memory that was used before', () => {
  it('are those of new memory, to the bit', async () => {
    const expressions = { up: 'close > lag(close)', ratio: '2 * (close - open) / (high - low)' };
    const features = await compileFeatures({ flags: { alpha001: true }, expressions, indicators: [] });
    const startMs = Date.UTC(2023, 2, 1);
    const shape = { intervalMs: MINUTE_MS, startMs, flatness: 0.02, holes: 0.01, price: 100 };
    const rowsOf = (seed: number, scratch?: ColumnScratch): ReturnType<typeof computeModelRows> =>
      computeModelRows({
        bars: makeMarket({ ...shape, seed, rows: 500 + 50 * seed }),
        symbol: 'BTCUSDT',
        intervalMs: MINUTE_MS,
        rangeStartMs: startMs,
        rangeEndMs: Date.UTC(2023, 2, 3),
        features,
        ...(scratch === undefined ? {} : { scratch }),
      });
    const scratch = new ColumnScratch();
    for (const seed of [3, 1, 2]) {
      expect(rowsOf(seed, scratch).columns).toEqual(rowsOf(seed).columns);
      scratch.reclaim();
    }
  });

  it('are not shared before they are given back', () => {
    const scratch = new ColumnScratch();
    const first = scratch.take(10);
    expect(scratch.take(10).buffer).not.toBe(first.buffer);
    scratch.reclaim();
    const again = [scratch.take(8), scratch.take(8)];
    expect(again.map(({ buffer }) => buffer)).toContain(first.buffer);
    expect(again[0]!.length).toBe(8);
  });
});
