import { describe, expect, it } from 'vitest';
import { findSegments, lowerBound, MINUTE_MS, monthEndMs, monthStartMs } from '../../../lib/bars/index.js';
import { compileFeatures, computeModelRows } from '../../../lib/features/index.js';
import { REGISTRY } from '../../../lib/features/registry.js';
import { hasRealBars, hasTalib, readRealBars, readReference } from './real-bars.js';
import { computeSegments } from './run-kernels.js';

const plain = { flags: {}, expressions: {}, indicators: [] };

describe('real months, ../shared', () => {
  it.skipIf(!hasRealBars)('forget within 512 bars where their recursions started', async () => {
    const bars = readRealBars('BTCUSDT', '2023-0');
    const features = await compileFeatures(plain);
    const whole = computeSegments(REGISTRY, bars, findSegments(bars.openTimeMs, MINUTE_MS));
    const rows = computeModelRows({
      bars,
      symbol: 'BTCUSDT',
      intervalMs: MINUTE_MS,
      rangeStartMs: monthStartMs('2023-05'),
      rangeEndMs: monthEndMs('2023-05'),
      features,
    });
    expect(rows.rows).toBe(31 * 1440);
    const first = lowerBound(bars.openTimeMs, rows.openTimeMs[0]!);
    features.columns.forEach((name, index) => {
      const worst = rows.columns[index]!.reduce(
        (most, value, row) => Math.max(most, Math.abs(value - whole.get(name)![first + row]!)),
        0,
      );
      // (13/14)^498 of the seed is left, 1e-16 of it; measured 2e-14 (rsi) and 2e-13 (stochrsi).
      expect(worst, name).toBeLessThanOrEqual(1e-12);
    });
  });

  it.skipIf(!hasTalib)('agree with the Python reference where its definitions are the same', async () => {
    const bars = readRealBars('ETHUSDT', '2023-03');
    const computed = computeSegments(REGISTRY, bars, findSegments(bars.openTimeMs, MINUTE_MS));
    const reference = await readReference('ETHUSDT');
    const same = Array.from({ length: 10 }, (_, lag) => [`ret${lag + 1}bar`, `ret${lag + 1}min`] as const);
    // Degenerate bars, where the reference differs in the stochastic, surround the halt of 24 March.
    const degenerate = [Date.UTC(2023, 2, 24, 11), Date.UTC(2023, 2, 24, 15)] as const;
    for (const [ours, theirs] of [...same, ['bop', 'bop'], ['slowk', 'slowk']] as const) {
      let compared = 0;
      reference['timestamp']!.forEach((timeMs, row) => {
        if (timeMs > degenerate[0] && timeMs < degenerate[1]) return;
        const expected = reference[theirs]![row]!;
        const got = computed.get(ours)![lowerBound(bars.openTimeMs, timeMs)]!;
        compared++;
        if (Math.abs(got - expected) > 1e-11 * Math.max(1, Math.abs(expected))) {
          expect.fail(`${ours} at ${new Date(timeMs).toISOString()}: ${got} for ${expected}`);
        }
      });
      expect(compared).toBeGreaterThan(43_000);
    }
  });
});
