import { describe, expect, it } from 'vitest';
import { followsAfter } from '../../../lib/evaluation/judged.js';

const MINUTE_MS = 60_000;
const prices = { open: new Float64Array(5), close: new Float64Array(5) };
/** A hole between the third and the fourth bar. */
const timeBars = { ...prices, openTimeMs: Float64Array.of(0, 1, 2, 5, 6).map((bar) => bar * MINUTE_MS) };
/** Bars of different lengths; the fourth is the rest before a hole. */
const volumeBars = {
  ...prices,
  openTimeMs: Float64Array.of(3, 4, 9, 11, 20).map((bar) => bar * MINUTE_MS),
  volumeBars: { fillTimeMs: new Float64Array(5), run: Int32Array.of(0, 0, 0, -4, 1) },
};

describe('followsAfter', () => {
  it('knows from their times which time bars follow each other', () => {
    expect(followsAfter(timeBars, { from: 0, to: 2 }, 2, MINUTE_MS)).toBe(true);
    expect(followsAfter(timeBars, { from: 2, to: 3 }, 1, MINUTE_MS)).toBe(false);
    expect(followsAfter(timeBars, { from: -1, to: 0 }, 1, MINUTE_MS)).toBe(false);
    expect(followsAfter(timeBars, { from: 4, to: 5 }, 1, MINUTE_MS)).toBe(false);
  });

  it('knows from their runs which volume bars do', () => {
    expect(followsAfter(volumeBars, { from: 0, to: 2 }, 2, MINUTE_MS)).toBe(true);
    expect(followsAfter(volumeBars, { from: 2, to: 3 }, 1, MINUTE_MS)).toBe(false);
    expect(followsAfter(volumeBars, { from: 3, to: 4 }, 1, MINUTE_MS)).toBe(false);
  });
});
