import { describe, expect, it } from 'vitest';
import { findSegments, MINUTE_MS } from '../../../lib/bars/index.js';
import { REGISTRY } from '../../../lib/features/registry.js';
import { hasTalib, readRealBars, readTalib } from './real-bars.js';
import { computeSegments } from './run-kernels.js';

/** TA-Lib's running sums drift by up to 9e-10 (CCI) from sums taken anew. */
const TOLERANCE = 1e-9;

const COLUMNS = ['bop', 'cci', 'mfi', 'rsi', 'stochrsi', 'slowk', 'slowd', 'natr'];

describe('kernels against TA-Lib 0.8.1 on March 2023, ../shared/golden/talib', () => {
  for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
    it.skipIf(!hasTalib)(`agree at every bar of ${symbol} where TA-Lib has a value`, async () => {
      const bars = readRealBars(symbol, '2023-03');
      const expected = await readTalib(symbol);
      expect(Array.from(bars.openTimeMs)).toEqual(Array.from(expected['timestamp']!));
      const segments = findSegments(bars.openTimeMs, MINUTE_MS);
      expect(segments).toHaveLength(2);
      const got = computeSegments(REGISTRY, bars, segments);
      for (const name of COLUMNS) {
        const { worst, compared } = worstDistance(got.get(name)!, expected[name]!);
        expect(compared, name).toBeGreaterThan(44_000);
        expect(worst, name).toBeLessThanOrEqual(TOLERANCE);
      }
    });
  }
});

/** Largest |a-b| / max(1, |b|) over the rows where `expected` is a number; infinite where only it is. */
function worstDistance(got: Float64Array, expected: Float64Array): { worst: number; compared: number } {
  let worst = 0;
  let compared = 0;
  expected.forEach((value, row) => {
    if (Number.isNaN(value)) return;
    compared++;
    const distance = Math.abs(got[row]! - value) / Math.max(1, Math.abs(value));
    worst = Number.isNaN(distance) ? Infinity : Math.max(worst, distance);
  });
  return { worst, compared };
}
