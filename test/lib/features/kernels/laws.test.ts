import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { findSegments, MINUTE_MS, sliceBars, type BarTable } from '../../../../lib/bars/index.js';
import { REGISTRY } from '../../../../lib/features/registry.js';
import { firstDifference, makeMarket, marketShapes, scaled, withOtherFuture } from '../markets.js';
import { computeSegments } from '../run-kernels.js';

const ROWS = 400;
const shapes = marketShapes({ rows: ROWS, intervalMs: MINUTE_MS, startMs: Date.UTC(2023, 2, 24, 20) });

function compute(bars: BarTable): Map<string, Float64Array> {
  return computeSegments(REGISTRY, bars, findSegments(bars.openTimeMs, MINUTE_MS));
}

const MARKET = {
  seed: 7,
  rows: 300,
  intervalMs: MINUTE_MS,
  startMs: 0,
  price: 100,
  flatness: 0.05,
  holes: 0,
};

const RANGES: Record<string, readonly [number, number]> = {
  bop: [-1, 1],
  mfi: [0, 100],
  rsi: [0, 100],
  stochrsi: [0, 100],
  slowk: [0, 100],
  slowd: [0, 100],
  natr: [0, Infinity],
  alpha001: [-0.5, 0.5],
  alpha054: [-Infinity, 0],
  minute_of_day: [0, 1439],
  day_of_week: [0, 6],
};

describe('every built-in column', () => {
  it('does not move when later bars change', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: ROWS - 1 }), fc.integer(), (shape, kept, seed) => {
        const bars = makeMarket(shape);
        const before = compute(bars);
        const after = compute(withOtherFuture(bars, kept, seed));
        for (const [name, column] of before) {
          expect(firstDifference(column, after.get(name)!, kept), name).toBe(-1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does not know bars before its segment', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const bars = makeMarket({ ...shape, holes: 0.02 });
        const whole = compute(bars);
        for (const { start, end } of findSegments(bars.openTimeMs, MINUTE_MS)) {
          const alone = compute(sliceBars(bars, start, end));
          for (const [name, column] of alone) {
            expect(firstDifference(column, whole.get(name)!.subarray(start, end)), name).toBe(-1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('has its first value where it says, and one at every bar after it', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const bars = makeMarket(shape);
        const computed = compute(bars);
        for (const segment of findSegments(bars.openTimeMs, MINUTE_MS)) {
          for (const [name, { column }] of REGISTRY.columns) {
            if (name === 'symbol_code') continue;
            const values = computed.get(name)!.subarray(segment.start, segment.end);
            expect(
              values.findIndex((value) => !Number.isNaN(value)),
              name,
            ).toBe(column.firstBar < values.length ? column.firstBar : -1);
            expect(values.subarray(column.firstBar).every(Number.isFinite), name).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stays in its range', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const computed = compute(makeMarket(shape));
        for (const [name, [low, high]] of Object.entries(RANGES)) {
          const outside = computed.get(name)!.findIndex((value) => value < low || value > high);
          expect(outside, name).toBe(-1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the same to the bit in any unit of price and volume that is a power of two', () => {
    const powers = fc.integer({ min: -40, max: 40 }).map((power) => 2 ** power);
    fc.assert(
      fc.property(shapes, powers, powers, (shape, price, volume) => {
        const bars = makeMarket(shape);
        const computed = compute(bars);
        const other = compute(scaled(bars, price, volume));
        for (const [name, column] of computed) {
          // Alpha 1 compares prices with deviations of returns, which have no unit.
          if (name === 'alpha001') continue;
          expect(firstDifference(column, other.get(name)!), name).toBe(-1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('takes memory for its segment, not for the whole column', () => {
    const rows = 20_000;
    const bars = makeMarket({ ...MARKET, rows });
    const NativeArray = Float64Array;
    let allocated = 0;
    class Counted extends NativeArray {
      constructor(...args: unknown[]) {
        super(...(args as [number]));
        if (typeof args[0] === 'number') allocated += args[0];
      }
      static get [Symbol.species](): Float64ArrayConstructor {
        return NativeArray;
      }
    }
    for (const group of REGISTRY.groups) {
      const outputs = group.columns.map(() => new NativeArray(rows));
      const inputs = group.features.map(() => bars.close);
      allocated = 0;
      vi.stubGlobal('Float64Array', Counted);
      group.kernel?.(bars, { start: 100, end: 400 }, outputs, inputs);
      vi.unstubAllGlobals();
      expect(allocated, group.name).toBeLessThanOrEqual(3 * 300);
    }
  });

  it('writes no row outside its segment', () => {
    const bars = makeMarket(MARKET);
    for (const group of REGISTRY.groups) {
      const outputs = group.columns.map(() => new Float64Array(300).fill(-7));
      const inputs = group.features.map(() => bars.close);
      group.kernel?.(bars, { start: 100, end: 200 }, outputs, inputs);
      for (const output of outputs) {
        expect(output.subarray(0, 100).every((value) => value === -7)).toBe(true);
        expect(output.subarray(200).every((value) => value === -7)).toBe(true);
      }
    }
  });
});
