/**
 * Means, deviations and correlations of sliding windows: Welford's updates inside a block, joined by
 * the parallel rule of Chan, Golub and LeVeque. A window of equal values deviates by exactly 0.
 */
import { visitBlocks } from './blocks.js';
import { finite } from './pointwise.js';
import type { WindowCall } from './window-operations.js';

/** 1 / n by n: a mean waits for its share of each value, and a product is there sooner than a quotient. */
function reciprocals(count: number): Float64Array {
  return Float64Array.from({ length: count + 1 }, (_, n) => 1 / n);
}

/** Mean and sum of squared deviations of the d rows before a block, by d. */
interface Tails {
  readonly mean: Float64Array;
  readonly squares: Float64Array;
  readonly shares: Float64Array;
}

function allocateTails(rows: number, shares: Float64Array): Tails {
  return { mean: new Float64Array(rows), squares: new Float64Array(rows), shares };
}

function accumulateTails(tails: Tails, values: Float64Array, start: number, deepest: number): void {
  let mean = 0;
  let squares = 0;
  for (let d = 1; d <= deepest; d++) {
    const value = values[start - d]!;
    const distance = value - mean;
    mean += distance * tails.shares[d]!;
    squares += distance * (value - mean);
    tails.mean[d] = mean;
    tails.squares[d] = squares;
  }
}

/**
 * `deviation`: the window's sample standard deviation (n - 1). `score`: the distance of the current
 * value from the window's mean in such deviations, NaN where they are 0.
 */
export function rollingMoments(
  { ordinalOf, segment, windowBars }: WindowCall,
  values: Float64Array,
  wanted: 'deviation' | 'score',
  output: Float64Array,
): void {
  const rowsHeld = Math.min(windowBars, segment.end - segment.start + 1);
  const shares = reciprocals(rowsHeld);
  const tails = allocateTails(rowsHeld, shares);
  const firstFull = segment.start + windowBars - 1;
  visitBlocks(ordinalOf, segment, windowBars, (start, end) => {
    accumulateTails(tails, values, start, Math.min(windowBars - 1, start - segment.start));
    let mean = 0;
    let squares = 0;
    for (let t = start; t < end; t++) {
      const value = values[t]!;
      const distance = value - mean;
      const rows = t - start + 1;
      mean += distance * shares[rows]!;
      squares += distance * (value - mean);
      if (t < firstFull) continue;
      const tail = windowBars - rows;
      const apart = tails.mean[tail]! - mean;
      const total = squares + tails.squares[tail]! + apart * apart * ((rows * tail) / windowBars);
      const deviation = Math.sqrt(total / (windowBars - 1));
      const result =
        wanted === 'deviation' ? deviation : (value - (mean + (apart * tail) / windowBars)) / deviation;
      output[t] = finite(result);
    }
  });
}

/** Pearson's correlation of two columns over the window, in [-1, 1]; NaN where one does not vary. */
export function rollingCorrelation(
  call: WindowCall,
  x: Float64Array,
  y: Float64Array,
  output: Float64Array,
): void {
  const { ordinalOf, segment, windowBars } = call;
  const rows = Math.min(windowBars, segment.end - segment.start + 1);
  const shares = reciprocals(rows);
  const tails = {
    x: allocateTails(rows, shares),
    y: allocateTails(rows, shares),
    products: new Float64Array(rows),
  };
  const firstFull = segment.start + windowBars - 1;
  visitBlocks(ordinalOf, segment, windowBars, (start, end) => {
    const deepest = Math.min(windowBars - 1, start - segment.start);
    accumulatePairTails(tails, { x, y, start, deepest });
    correlateBlock({ x, y, start, end, firstFull, windowBars, tails, shares }, output);
  });
}

/** As {@link accumulateTails} of both columns, side by side because each update waits for the one before it. */
function accumulatePairTails(
  tails: PairTails,
  { x, y, start, deepest }: { x: Float64Array; y: Float64Array; start: number; deepest: number },
): void {
  const { shares } = tails.x;
  let meanX = 0;
  let meanY = 0;
  let squaresX = 0;
  let squaresY = 0;
  let products = 0;
  for (let d = 1; d <= deepest; d++) {
    const distanceX = x[start - d]! - meanX;
    const distanceY = y[start - d]! - meanY;
    meanX += distanceX * shares[d]!;
    meanY += distanceY * shares[d]!;
    squaresX += distanceX * (x[start - d]! - meanX);
    squaresY += distanceY * (y[start - d]! - meanY);
    products += distanceX * (y[start - d]! - meanY);
    tails.x.mean[d] = meanX;
    tails.x.squares[d] = squaresX;
    tails.y.mean[d] = meanY;
    tails.y.squares[d] = squaresY;
    tails.products[d] = products;
  }
}

interface PairTails {
  readonly x: Tails;
  readonly y: Tails;
  readonly products: Float64Array;
}

interface CorrelationBlock {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly start: number;
  readonly end: number;
  readonly firstFull: number;
  readonly windowBars: number;
  readonly tails: PairTails;
  readonly shares: Float64Array;
}

function correlateBlock(block: CorrelationBlock, output: Float64Array): void {
  const { x, y, start, end, firstFull, windowBars, tails, shares } = block;
  let meanX = 0;
  let meanY = 0;
  let squaresX = 0;
  let squaresY = 0;
  let products = 0;
  for (let t = start; t < end; t++) {
    const rows = t - start + 1;
    const distanceX = x[t]! - meanX;
    const distanceY = y[t]! - meanY;
    meanX += distanceX * shares[rows]!;
    meanY += distanceY * shares[rows]!;
    squaresX += distanceX * (x[t]! - meanX);
    squaresY += distanceY * (y[t]! - meanY);
    products += distanceX * (y[t]! - meanY);
    if (t < firstFull) continue;
    const tail = windowBars - rows;
    const weight = (rows * tail) / windowBars;
    const apartX = tails.x.mean[tail]! - meanX;
    const apartY = tails.y.mean[tail]! - meanY;
    const spreadX = Math.sqrt(squaresX + tails.x.squares[tail]! + apartX * apartX * weight);
    const spreadY = Math.sqrt(squaresY + tails.y.squares[tail]! + apartY * apartY * weight);
    const shared = products + tails.products[tail]! + apartX * apartY * weight;
    const result = finite(shared / (spreadX * spreadY));
    // Rounding may pass the ends by one part in 2^52. A NaN is neither above nor below.
    output[t] = result > 1 ? 1 : result < -1 ? -1 : result;
  }
}
