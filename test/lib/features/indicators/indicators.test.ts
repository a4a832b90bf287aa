import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSegments, MINUTE_MS, type BarTable } from '../../../../lib/bars/index.js';
import { DefinitionProblems, type IndicatorRequest } from '../../../../lib/features/definition.js';
import {
  CATALOGUE,
  NO_COLUMNS,
  REMEMBERING,
  type CatalogueEntry,
} from '../../../../lib/features/indicators/catalogue.js';
import {
  loadIndicatorLibrary,
  outputCount,
  streamSegment,
} from '../../../../lib/features/indicators/indicator-stream.js';
import { admitIndicators, indicatorColumns } from '../../../../lib/features/indicators/plan-indicators.js';
import { probeIndicator } from '../../../../lib/features/indicators/probe.js';
import { firstDifference, makeMarket, marketShapes, withOtherFuture } from '../markets.js';

const library = await loadIndicatorLibrary();
const entries = [...CATALOGUE.values()];
const admitted = entries.filter(({ name }) => !Object.hasOwn(REMEMBERING, name));

const SHAPE = { seed: 42, intervalMs: MINUTE_MS, startMs: 0, price: 100, flatness: 0, holes: 0 };
const market = (rows: number): BarTable => makeMarket({ ...SHAPE, rows });

function run(entry: CatalogueEntry, bars: BarTable, start = 0, restarts = false): Float64Array[] {
  const outputs = Array.from({ length: outputCount(entry) }, () => new Float64Array(bars.length).fill(NaN));
  const over = { bars, segment: { start, end: bars.length }, restarts };
  streamSegment(library, { entry, params: entry.params }, over, outputs);
  return outputs;
}

describe('the catalogue', () => {
  it('knows every entry of the package, by its columns or by the reason why it has none', () => {
    const known = new Set([...CATALOGUE.keys(), ...Object.keys(NO_COLUMNS)]);
    const available = (library['getAvailableIndicators'] as () => string[])();
    expect(available.length).toBeGreaterThan(70);
    expect(available.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names the columns of several outputs', () => {
    expect(indicatorColumns(CATALOGUE.get('macd')!, null)).toEqual(['macd', 'macd.signal', 'macd.histogram']);
    expect(indicatorColumns(CATALOGUE.get('stochastic')!, 'st')).toEqual(['st.k', 'st.d']);
    expect(indicatorColumns(CATALOGUE.get('ema')!, 'fast')).toEqual(['fast']);
  });
});

describe('every indicator, bar by bar,', () => {
  const bars = market(400);
  const input = {
    values: Array.from(bars.close),
    open: Array.from(bars.open),
    high: Array.from(bars.high),
    low: Array.from(bars.low),
    close: Array.from(bars.close),
    volume: Array.from(bars.volume),
  };

  for (const entry of entries.filter(({ className }) => className !== null)) {
    it(`has the values of the package's own run over all bars: ${entry.name}`, () => {
      const calculate = library[entry.name] as (input: object) => unknown;
      const params = Object.fromEntries(
        Object.entries(entry.params).map(([name, value]) => [
          name,
          /SimpleMA|useSMA/.test(name) ? false : value,
        ]),
      );
      const copies = Object.fromEntries(Object.entries(input).map(([name, values]) => [name, [...values]]));
      const results = rowsOf(calculate({ ...copies, ...params }));
      const outputs = run(entry, bars);
      results.forEach((result, index) => {
        const t = bars.length - results.length + index;
        outputs.forEach((output, position) => {
          const expected =
            entry.outputs === null ? result : result[entry.outputs[position]! as keyof typeof result];
          expect(output[t]).toBe(expected ?? Number.NaN);
        });
      });
      expect(results.length).toBeGreaterThan(300);
    });
  }

  for (const name of [
    'doji',
    'bullishhammerstick',
    'threewhitesoldiers',
    'bearishengulfingpattern',
    'bullish',
  ]) {
    it(`has the answer of the package for the bars up to it: ${name}`, () => {
      const [output] = run(CATALOGUE.get(name)!, bars);
      const ask = library[name] as (input: object) => boolean;
      for (let t = 4; t < 200; t++) {
        const upTo = Object.fromEntries(
          Object.entries(input).map(([key, values]) => [key, values.slice(0, t + 1)]),
        );
        expect(output![t]).toBe(Number(ask(upTo)));
      }
      expect(output!.subarray(0, 4).every(Number.isNaN)).toBe(true);
    });
  }
});

/** Heikin-Ashi answers columns, all others rows. */
function rowsOf(results: unknown): Record<string, number>[] {
  if (Array.isArray(results)) return results as Record<string, number>[];
  const columns = results as Record<string, number[]>;
  return columns['close']!.map((_, row) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row]!])),
  );
}

describe('every admitted indicator', () => {
  /** Over every segment, cold, started anew where the probe says so. */
  const runAll = (entry: CatalogueEntry, bars: BarTable): Float64Array[] => {
    const { restarts } = probeIndicator(library, { entry, params: entry.params });
    const outputs = Array.from({ length: outputCount(entry) }, () => new Float64Array(bars.length).fill(NaN));
    for (const segment of findSegments(bars.openTimeMs, MINUTE_MS)) {
      streamSegment(library, { entry, params: entry.params }, { bars, segment, restarts }, outputs);
    }
    return outputs;
  };
  const shapes = marketShapes({ rows: 200, intervalMs: MINUTE_MS, startMs: 0 });

  it('does not move when later bars change', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 199 }), fc.integer(), (shape, kept, seed) => {
        const bars = makeMarket(shape);
        const other = withOtherFuture(bars, kept, seed);
        for (const entry of admitted) {
          const after = runAll(entry, other);
          runAll(entry, bars).forEach((output, index) => {
            expect(firstDifference(output, after[index]!, kept), entry.name).toBe(-1);
          });
        }
      }),
      { numRuns: 20 },
    );
  }, 120_000);

  it('stays in its range, rounding aside', () => {
    const ranges: Record<string, readonly [number, number]> = {
      rsi: [0, 100],
      stochastic: [0, 100],
      williamsr: [-100, 0],
      adx: [0, 100],
      atr: [0, Infinity],
    };
    fc.assert(
      fc.property(shapes, (shape) => {
        const bars = makeMarket(shape);
        for (const [name, [low, high]] of Object.entries(ranges)) {
          for (const output of runAll(CATALOGUE.get(name)!, bars)) {
            expect(
              output.findIndex((value) => value < low - 1e-9 || value > high + 1e-9),
              name,
            ).toBe(-1);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has its first value where the probe found it, on another market too', () => {
    const bars = market(300);
    for (const entry of admitted) {
      const { firstBars } = probeIndicator(library, { entry, params: entry.params });
      expect(
        run(entry, bars, 7).map((output) => output.findIndex((value) => !Number.isNaN(value)) - 7),
        entry.name,
      ).toEqual(firstBars);
    }
  });

  it('has values again after a stretch in which nothing moved', () => {
    const bars = market(1200);
    const flat = { ...bars, volume: bars.volume.slice() };
    for (const name of ['open', 'high', 'low', 'close'] as const)
      flat[name] = bars[name].slice().fill(100, 0, 200);
    flat.volume.fill(0, 0, 200);
    for (const entry of admitted.filter(({ className }) => className !== null)) {
      const { restarts } = probeIndicator(library, { entry, params: entry.params });
      for (const output of run(entry, flat, 0, restarts)) expect(output.at(-1), entry.name).not.toBeNaN();
    }
  });
});

describe('admitIndicators', () => {
  const refuse = (request: IndicatorRequest): string[] => {
    const problems = new DefinitionProblems();
    const found = admitIndicators(library, [request], ['rsi'], problems);
    expect(problems.found ? [] : found).toHaveLength(problems.found ? 0 : 1);
    try {
      problems.refuse();
      return [];
    } catch (thrown) {
      const { details } = thrown as { details: { problems: { path: string; text: string }[] } };
      return details.problems.map(({ path, text }) => `${path}: ${text}`);
    }
  };

  it('refuses what depends on where its history starts, with both values', () => {
    for (const name of Object.keys(REMEMBERING)) {
      expect(refuse({ name, as: 'x' })[0]).toMatch(
        /depends on where its history starts: .* from 512 bars, .* from \d,\d{3}/,
      );
    }
    for (const params of [{ step: 0.001 }, { step: 0.02, max: 0.02 }]) {
      expect(refuse({ name: 'psar', params })[0]).toMatch(/depends on where its history starts/);
    }
    expect(refuse({ name: 'psar' })).toEqual([]);
    expect(refuse({ name: 'mfi', as: 'x' })[0]).toMatch(/use the built-in feature "mfi"/);
    expect(refuse({ name: 'ema', params: { period: 300 } })[0]).toMatch(
      /depends on where its history starts/,
    );
    expect(refuse({ name: 'ema', params: { period: 30 } })).toEqual([]);
  });

  it('refuses what has no column, with the reason', () => {
    expect(refuse({ name: 'renko' })[0]).toMatch(/bricks/);
    expect(refuse({ name: 'volumeprofile' })[0]).toMatch(/know the bars after it/);
    expect(refuse({ name: 'crossup' })[0]).toMatch(/write an expression/);
    expect(refuse({ name: 'constructor' })[0]).toMatch(/no indicator/);
  });

  it('refuses names and parameters it does not know, and offers the nearest', () => {
    expect(refuse({ name: 'macdd' })[0]).toMatch(/did you mean "macd"/);
    expect(refuse({ name: 'sma', params: { perod: 5 } })[0]).toMatch(
      /params\.perod: .*did you mean "period"/,
    );
    expect(refuse({ name: 'sma', params: { period: 0 } })[0]).toMatch(/whole number of bars/);
    expect(refuse({ name: 'sma', params: { period: 1.5 } })[0]).toMatch(/whole number of bars/);
    expect(refuse({ name: 'psar', params: { step: Infinity } })[0]).toMatch(/finite number/);
    expect(refuse({ name: 'bollingerbands', params: { stdDev: -1 } })[0]).toMatch(/above 0/);
    for (const value of [-1, 511, 1e308]) {
      expect(refuse({ name: 'macd', params: { SimpleMASignal: value } })[0]).toMatch(/write 0 or 1/);
    }
    expect(refuse({ name: 'truerange', params: { period: 5 } })[0]).toMatch(/has none/);
  });

  it('refuses windows beyond the run-in', () => {
    expect(refuse({ name: 'highest', params: { period: 600 } })[0]).toMatch(/no value within 512 bars/);
    expect(refuse({ name: 'sma', params: { period: 1e9 } })[0]).toMatch(/no value within 512 bars/);
  });

  it('refuses a column name that is taken, unless "as" gives another', () => {
    expect(refuse({ name: 'rsi' })[0]).toMatch(/"rsi", which is taken by another feature: set "as"/);
    expect(refuse({ name: 'rsi', as: 'rsi_fast' })).toEqual([]);
    expect(refuse({ name: 'rsi', as: 'volume' })[0]).toMatch(/bar column/);
  });
});
