import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, lowerBound, MINUTE_MS, monthStartMs, sliceBars } from '../../../lib/bars/index.js';
import { compileFeatures, computeModelRows, joinVolumeBars } from '../../../lib/features/index.js';
import type { ModelRows } from '../../../lib/features/model-rows.js';
import { makeMarket, marketShapes, withOtherFuture, type MarketShape } from './markets.js';

const STEADY: MarketShape = {
  seed: 7,
  rows: 3 * 1440,
  intervalMs: MINUTE_MS,
  startMs: Date.UTC(2023, 2, 1),
  price: 100,
  flatness: 0,
  holes: 0,
};
const RULE = { intervalMs: MINUTE_MS, size: 2000 };
const shapes = marketShapes({ rows: 3000, intervalMs: MINUTE_MS, startMs: Date.UTC(2023, 1, 27, 11) });
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

describe('joinVolumeBars', () => {
  it('completes a bar with the minute that reaches the size, and stamps it with first open and last close', () => {
    const minutes = makeMarket(STEADY);
    const { bars } = joinVolumeBars(minutes, RULE);
    let row = 0;
    for (let at = 0; at < bars.length; at++) {
      const first = row;
      let volume = 0;
      do volume += minutes.volume[row++]!;
      while (volume < RULE.size && (minutes.openTimeMs[row - 1]! + MINUTE_MS) % DAY_MS !== 0);
      expect(bars.openTimeMs[at]).toBe(minutes.openTimeMs[first]);
      expect(bars.closeTimeMs[at]).toBe(minutes.closeTimeMs[row - 1]);
      expect(bars.open[at]).toBe(minutes.open[first]);
      expect(bars.close[at]).toBe(minutes.close[row - 1]);
      expect(bars.high[at]).toBe(Math.max(...minutes.high.subarray(first, row)));
      expect(bars.low[at]).toBe(Math.min(...minutes.low.subarray(first, row)));
      expect(bars.volume[at]).toBe(volume);
    }
    expect(row).toBe(minutes.length);
    expect(bars.length).toBeGreaterThan(100);
  });

  it('leaves out what a hole or the end cuts off, or keeps it outside of every segment', () => {
    fc.assert(
      fc.property(shapes, fc.double({ min: 1, max: 1e4, noNaN: true }), (shape, size) => {
        const minutes = makeMarket(shape);
        const rule = { intervalMs: MINUTE_MS, size };
        const dropped = joinVolumeBars(minutes, rule);
        const kept = joinVolumeBars(minutes, rule, 'keep');
        const covered = dropped.segments.reduce((total, { start, end }) => total + end - start, 0);
        expect(covered).toBe(dropped.bars.length);
        expect(sum(kept.bars.trades)).toBe(sum(minutes.trades));
        for (const { start, end } of dropped.segments) {
          for (let at = start; at < end; at++) {
            const { openTimeMs, closeTimeMs, volume } = dropped.bars;
            const endsDay = (closeTimeMs[at]! + 1) % DAY_MS === 0;
            expect(volume[at]! >= size || endsDay).toBe(true);
            if (at > start) expect(openTimeMs[at]).toBe(closeTimeMs[at - 1]! + 1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives a day the same bars whatever stands before it', () => {
    const minutes = makeMarket(STEADY);
    const whole = joinVolumeBars(minutes, RULE).bars;
    const alone = joinVolumeBars(sliceBars(minutes, 1440, 2880), RULE).bars;
    const from = lowerBound(whole.openTimeMs, STEADY.startMs + DAY_MS);
    const until = lowerBound(whole.openTimeMs, STEADY.startMs + 2 * DAY_MS);
    expect(alone.close).toEqual(whole.close.slice(from, until));
    expect(alone.closeTimeMs).toEqual(whole.closeTimeMs.slice(from, until));
  });
});

const definition = {
  flags: { minute_of_day: true },
  expressions: { mean: 'sma(close, 30) / close - 1', smooth: 'ema(volume, 20)', place: 'rank(close, 50)' },
  indicators: [],
};

async function rowsOf(
  bars: ReturnType<typeof makeMarket>,
  startMs: number,
  endMs: number,
): Promise<ModelRows> {
  const features = await compileFeatures(definition);
  return computeModelRows({
    bars,
    symbol: 'BTCUSDT',
    intervalMs: MINUTE_MS,
    volumeBarSize: 500,
    rangeStartMs: startMs,
    rangeEndMs: endMs,
    features,
  });
}

describe('rows of volume bars', () => {
  const minutes = makeMarket({ ...STEADY, rows: 6 * 1440, startMs: Date.UTC(2023, 1, 26) });

  it('are filed at the moment their bar is complete: the last bar before a month is its first row', async () => {
    const { rows, closeTimeMs } = await rowsOf(minutes, monthStartMs('2023-03'), Date.UTC(2023, 2, 2));
    expect(rows).toBeGreaterThan(100);
    expect(closeTimeMs![0]).toBe(monthStartMs('2023-03') - 1);
    expect(closeTimeMs!.at(-1)).toBeLessThan(Date.UTC(2023, 2, 2) - 1);
  });

  it('are the same to the bit in their month alone and in a run of several months', async () => {
    const [start, middle, end] = [Date.UTC(2023, 1, 26), monthStartMs('2023-03'), Date.UTC(2023, 2, 3)];
    const whole = await rowsOf(minutes, start, end);
    const alone = await rowsOf(minutes, middle, end);
    const offset = whole.rows - alone.rows;
    expect(offset).toBeGreaterThan(100);
    expect(alone.openTimeMs).toEqual(whole.openTimeMs.slice(offset));
    expect(alone.target).toEqual(whole.target.slice(offset));
    alone.columns.forEach((column, at) => expect(column).toEqual(whole.columns[at]!.slice(offset)));
  });

  it('are labelled by the next bar, which ends on the same day as the decision falls', async () => {
    const { openTimeMs, closeTimeMs, target } = await rowsOf(
      minutes,
      Date.UTC(2023, 1, 26),
      Date.UTC(2023, 2, 3),
    );
    const minuteAt = (timeMs: number): number => lowerBound(minutes.openTimeMs, timeMs);
    for (let row = 0; row + 1 < target.length; row++) {
      const decisionMs = closeTimeMs![row]! + 1;
      expect(openTimeMs[row + 1]).toBe(decisionMs);
      const exit = minutes.close[minuteAt(closeTimeMs![row + 1]! + 1 - MINUTE_MS)]!;
      expect(target[row]).toBe(exit / minutes.open[minuteAt(decisionMs)]! - 1);
      expect(Math.floor(closeTimeMs![row + 1]! / DAY_MS)).toBe(Math.floor(decisionMs / DAY_MS));
    }
  });

  it('do not move when minutes after their close change', async () => {
    const kept = 4 * 1440 + 700;
    const changedFromMs = minutes.openTimeMs[kept]!;
    const before = await rowsOf(minutes, Date.UTC(2023, 1, 26), Date.UTC(2023, 2, 3));
    const after = await rowsOf(
      withOtherFuture(minutes, kept, 3),
      Date.UTC(2023, 1, 26),
      Date.UTC(2023, 2, 3),
    );
    const same = lowerBound(before.closeTimeMs!, changedFromMs);
    expect(same).toBeGreaterThan(200);
    expect(after.openTimeMs.slice(0, same)).toEqual(before.openTimeMs.slice(0, same));
    before.columns.forEach((column, at) =>
      expect(after.columns[at]!.slice(0, same)).toEqual(column.slice(0, same)),
    );
  });
});
