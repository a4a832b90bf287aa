import { describe, expect, it } from 'vitest';
import { tradeAccount } from '../../../lib/backtest/account.js';
import { lowerBound, MINUTE_MS } from '../../../lib/bars/index.js';
import { joinVolumeBars } from '../../../lib/features/index.js';
import { makeMarket } from '../features/markets.js';

const minutes = makeMarket({
  seed: 11,
  rows: 2000,
  intervalMs: MINUTE_MS,
  startMs: Date.UTC(2023, 2, 1),
  price: 100,
  flatness: 0.01,
  holes: 0.004,
});
const joined = joinVolumeBars(minutes, { intervalMs: MINUTE_MS, size: 1500 }, 'keep').bars;
const bars = {
  open: joined.open,
  close: joined.close,
  openTimeMs: joined.closeTimeMs.map((closeMs) => closeMs + 1 - MINUTE_MS),
  volumeBars: { fillTimeMs: joined.openTimeMs },
};

describe('an account on volume bars', () => {
  it('fills every decision at the open of the first minute after the bar is complete', () => {
    const decisions = Int8Array.from({ length: joined.length }, (_, row) => ((row * 7919) % 3) - 1);
    const costs = { feeFrac: 0, halfSpreadFrac: 0, delayBars: 0 };
    const input = { symbol: 'X', bars, decisions, firstRow: 1, endRow: joined.length };
    const { trades } = tradeAccount(input, costs, MINUTE_MS);
    expect(trades.length).toBeGreaterThan(20);
    for (const { entryMs, entryPrice, exitMs, exitPrice, side } of trades) {
      const at = lowerBound(minutes.openTimeMs, entryMs);
      expect(minutes.openTimeMs[at]).toBe(entryMs);
      expect(entryPrice).toBe(minutes.open[at]);
      const decided = lowerBound(joined.openTimeMs, entryMs) - 1;
      expect(decisions[decided]).toBe(side);
      // The minute before the fill is the last of the bar that decided: no minute lies between.
      expect(minutes.openTimeMs[at - 1]).toBe(bars.openTimeMs[decided]);
      const exit = lowerBound(minutes.openTimeMs, exitMs);
      if (exit < minutes.length) expect(exitPrice).toBe(minutes.open[exit]);
    }
  });
});
