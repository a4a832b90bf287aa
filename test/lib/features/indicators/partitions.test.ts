import { describe, expect, it } from 'vitest';
import {
  findSegments,
  HOUR_MS,
  lowerBound,
  monthEndMs,
  monthStartMs,
  sliceBars,
  type BarTable,
} from '../../../../lib/bars/index.js';
import { RECURSION_BARS } from '../../../../lib/features/column-plan.js';
import { compileFeatures, computeModelRows, type ModelRows } from '../../../../lib/features/index.js';
import {
  CATALOGUE,
  REMEMBERING,
  type CatalogueEntry,
} from '../../../../lib/features/indicators/catalogue.js';
import {
  loadIndicatorLibrary,
  outputCount,
  streamSegment,
} from '../../../../lib/features/indicators/indicator-stream.js';
import { indicatorColumns } from '../../../../lib/features/indicators/plan-indicators.js';
import { probeIndicator } from '../../../../lib/features/indicators/probe.js';
import { firstDifference, makeMarket } from '../markets.js';

/** Long bars, so that a month and its run-in of 512 are few of them. */
const INTERVAL_MS = 4 * HOUR_MS;
const ROWS = 1000;
const MONTHS = ['2023-04', '2023-05'];
const SHAPE = { seed: 3, rows: ROWS, intervalMs: INTERVAL_MS, startMs: Date.UTC(2023, 0, 1), flatness: 0.01 };

const library = await loadIndicatorLibrary();
const admitted = [...CATALOGUE.values()].filter(({ name }) => !Object.hasOwn(REMEMBERING, name));
const prefixOf = ({ name }: CatalogueEntry): string => `all_${name}`;
const features = await compileFeatures({
  flags: {},
  expressions: {},
  indicators: admitted.map((entry) => ({ name: entry.name, as: prefixOf(entry) })),
});

function rowsOf(bars: BarTable, first: string, last = first): ModelRows {
  const range = { rangeStartMs: monthStartMs(first), rangeEndMs: monthEndMs(last) };
  return computeModelRows({ bars, symbol: 'BTCUSDT', intervalMs: INTERVAL_MS, features, ...range });
}

/** The bars that a month may know: from its look-back to its end. */
function barsOfMonth(bars: BarTable, month: string): BarTable {
  const fromMs = monthStartMs(month) - (features.lookBackBars + 1) * INTERVAL_MS;
  const { openTimeMs } = bars;
  return sliceBars(bars, lowerBound(openTimeMs, fromMs), lowerBound(openTimeMs, monthEndMs(month)));
}

/** The outputs of an entry as the package gives them, cold at row `from` and at each segment after it. */
function streamFrom(entry: CatalogueEntry, bars: BarTable, from: number): Float64Array[] {
  const configured = { entry, params: entry.params };
  const { restarts } = probeIndicator(library, configured);
  const outputs = Array.from({ length: outputCount(entry) }, () => new Float64Array(ROWS).fill(Number.NaN));
  for (const { start, end } of findSegments(bars.openTimeMs, INTERVAL_MS)) {
    if (end <= from) continue;
    const segment = { start: Math.max(start, from), end };
    streamSegment(library, configured, { bars, segment, restarts }, outputs);
  }
  return outputs;
}

// The price beside the common one: that of the cheapest pairs, and one larger than any.
for (const [price, holes] of [
  [1e-8, 0],
  [1e8, 0.004],
] as const) {
  const bars = makeMarket({ ...SHAPE, price, holes });
  const whole = rowsOf(bars, MONTHS[0]!, MONTHS.at(-1)!);
  const alone = MONTHS.map((month) => rowsOf(barsOfMonth(bars, month), month));

  describe(`a month of an admitted indicator at a price of ${price}`, () => {
    it('has the rows of a pass over all months', () => {
      expect(alone.flatMap(({ openTimeMs }) => [...openTimeMs])).toEqual([...whole.openTimeMs]);
    });

    for (const entry of admitted) {
      it(`is alone what it is in a pass over all, cold 512 bars before it: ${entry.name}`, () => {
        const expected = MONTHS.map((month) => {
          const cold = lowerBound(bars.openTimeMs, monthStartMs(month) - RECURSION_BARS * INTERVAL_MS);
          return streamFrom(entry, bars, cold);
        });
        indicatorColumns(entry, prefixOf(entry)).forEach((name, output) => {
          const index = features.columns.indexOf(name);
          let row = 0;
          alone.forEach(({ openTimeMs, columns, rows }, month) => {
            const got = columns[index]!;
            expect(firstDifference(got, whole.columns[index]!.subarray(row, row + rows)), name).toBe(-1);
            const streamed = expected[month]![output]!;
            const atRows = openTimeMs.map((timeMs) => streamed[lowerBound(bars.openTimeMs, timeMs)]!);
            expect(firstDifference(got, atRows), name).toBe(-1);
            row += rows;
          });
        });
      });
    }
  });
}
