/** Random markets with everything that breaks indicators: holes, flat stretches, no volume, odd prices. */
import fc from 'fast-check';
import { allocateBars, sliceBars, type BarTable } from '../../../lib/bars/index.js';

export interface MarketShape {
  readonly seed: number;
  readonly rows: number;
  readonly intervalMs: number;
  readonly startMs: number;
  /** Price around which the market moves. */
  readonly price: number;
  /** Chance that a bar begins a stretch in which nothing moves. */
  readonly flatness: number;
  /** Chance that bars are missing before a bar. */
  readonly holes: number;
}

/** A market of `shape`; the same shape gives the same bars. */
export function makeMarket(shape: MarketShape): BarTable {
  const random = mulberry32(shape.seed);
  const bars = allocateBars(shape.rows);
  let timeMs = shape.startMs;
  let price = shape.price;
  let flatLeft = 0;
  for (let t = 0; t < shape.rows; t++) {
    if (random() < shape.holes) timeMs += shape.intervalMs * Math.ceil(random() * 90);
    if (flatLeft === 0 && random() < shape.flatness) flatLeft = Math.ceil(random() * 60);
    const step = flatLeft > 0 ? 0 : 4e-3;
    const open = price * (1 + (random() - 0.5) * step * 0.1);
    const close = open * (1 + (random() - 0.5) * step);
    bars.openTimeMs[t] = timeMs;
    bars.open[t] = open;
    bars.close[t] = close;
    bars.high[t] = Math.max(open, close) * (1 + random() * step * 0.3);
    bars.low[t] = Math.min(open, close) * (1 - random() * step * 0.3);
    bars.volume[t] = flatLeft > 0 || random() < 0.05 ? 0 : Math.exp(random() * 6);
    bars.quoteVolume[t] = bars.volume[t]! * close;
    bars.trades[t] = Math.floor(random() * 500);
    bars.takerBuyVolume[t] = bars.volume[t]! * random();
    bars.takerBuyQuoteVolume[t] = bars.takerBuyVolume[t]! * close;
    bars.closeTimeMs[t] = timeMs + shape.intervalMs - 1;
    if (flatLeft > 0) flatLeft--;
    price = close;
    timeMs += shape.intervalMs;
  }
  return bars;
}

/** Shapes of small markets; rows and interval as given. */
export function marketShapes(fixed: {
  rows: number;
  intervalMs: number;
  startMs: number;
}): fc.Arbitrary<MarketShape> {
  return fc.record({
    seed: fc.integer(),
    price: fc.constantFrom(1e-8, 0.37, 25_000, 1e8),
    flatness: fc.constantFrom(0, 0.02, 0.2),
    holes: fc.constantFrom(0, 0.01, 0.05),
    rows: fc.constant(fixed.rows),
    intervalMs: fc.constant(fixed.intervalMs),
    startMs: fc.constant(fixed.startMs),
  });
}

/** The same bars up to row `kept`, another market after it at the same times. */
export function withOtherFuture(bars: BarTable, kept: number, seed: number): BarTable {
  const random = mulberry32(seed);
  const other = copyBars(bars);
  for (let t = kept; t < bars.length; t++) {
    const factor = Math.exp((random() - 0.5) * 4);
    const [open, close] = [bars.open[t]! * factor, bars.close[t]! * factor * (1 + (random() - 0.5) * 0.1)];
    other.open[t] = open;
    other.close[t] = close;
    other.high[t] = Math.max(open, close) * (1 + random() * 0.01);
    other.low[t] = Math.min(open, close) * (1 - random() * 0.01);
    other.volume[t] = random() * 1000;
    other.quoteVolume[t] = random() * 1e6;
    other.trades[t] = Math.floor(random() * 1000);
    other.takerBuyVolume[t] = random() * 500;
  }
  return other;
}

/** A copy whose columns may be written. */
export function copyBars(bars: BarTable): BarTable {
  const copy = { ...sliceBars(bars, 0, bars.length) } as Record<string, unknown>;
  for (const [name, column] of Object.entries(copy)) {
    if (column instanceof Float64Array) copy[name] = column.slice();
  }
  return copy as unknown as BarTable;
}

/** The same bars with prices and volumes multiplied. */
export function scaled(bars: BarTable, priceFactor: number, volumeFactor: number): BarTable {
  const copy = copyBars(bars);
  for (const name of ['open', 'high', 'low', 'close'] as const) {
    copy[name].forEach((value, t) => (copy[name][t] = value * priceFactor));
  }
  copy.volume.forEach((value, t) => (copy.volume[t] = value * volumeFactor));
  return copy;
}

/** First row below `rows` at which two columns differ in a bit, NaN being equal to NaN; -1 where none does. */
export function firstDifference(
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  rows = left.length,
): number {
  for (let t = 0; t < rows; t++) if (!Object.is(left[t], right[t])) return t;
  return -1;
}

export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
