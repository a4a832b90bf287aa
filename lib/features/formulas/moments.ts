/**
 * Means, deviations and correlations of sliding windows: Welford's updates inside a block, joined by
 * the parallel rule of Chan, Golub and LeVeque. A window of equal values deviates by exactly 0.
 */
import { visitBlocks } from './blocks.js';
import { finite } from './pointwise.js';
import type { WindowCall } from './window-operations.js';

/** Mean and sum of squared deviations of the d rows before a block, by d. */
interface Tails {
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

function allocateTails(rows: number): Tails {
  return { mean: new Float64Array(rows), squares: new Float64Array(rows) };
}

function accumulateTails(tails: Tails, values: Float64Array, start: number, deepest: number): void {
  let mean = 0;
  let squares = 0;
  for (let d = 1; d <= deepest; d++) {
    const value = values[start - d]!;
    const distance = value - mean;
    mean += distance / d;
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
  const tails = allocateTails(Math.min(windowBars, segment.end - segment.start + 1));
  const firstFull = segment.start + windowBars - 1;
  visitBlocks(ordinalOf, segment, windowBars, (start, end) => {
    accumulateTails(tails, values, start, Math.min(windowBars - 1, start - segment.start));
    let mean = 0;
    let squares = 0;
    for (let t = start; t < end; t++) {
      const value = values[t]!;
      const distance = value - mean;
      const rows = t - start + 1;
      mean += distance / rows;
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
  const tails = { x: allocateTails(rows), y: allocateTails(rows), products: new Float64Array(rows) };
  const firstFull = segment.start + windowBars - 1;
  visitBlocks(ordinalOf, segment, windowBars, (start, end) => {
    const deepest = Math.min(windowBars - 1, start - segment.start);
    accumulateTails(tails.x, x, start, deepest);
    accumulateTails(tails.y, y, start, deepest);
    let meanX = 0;
    for (let d = 1; d <= deepest; d++) {
      const distance = x[start - d]! - meanX;
      meanX = tails.x.mean[d]!;
      tails.products[d] = tails.products[d - 1]! + distance * (y[start - d]! - tails.y.mean[d]!);
    }
    correlateBlock({ x, y, start, end, firstFull, windowBars, tails }, output);
  });
}

interface CorrelationBlock {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly start: number;
  readonly end: number;
  readonly firstFull: number;
  readonly windowBars: number;
  readonly tails: { readonly x: Tails; readonly y: Tails; readonly products: Float64Array };
}

function correlateBlock(block: CorrelationBlock, output: Float64Array): void {
  const { x, y, start, end, firstFull, windowBars, tails } = block;
  let meanX = 0;
  let meanY = 0;
  let squaresX = 0;
  let squaresY = 0;
  let products = 0;
  for (let t = start; t < end; t++) {
    const rows = t - start + 1;
    const distanceX = x[t]! - meanX;
    const distanceY = y[t]! - meanY;
    meanX += distanceX / rows;
    meanY += distanceY / rows;
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
    const result = shared / spreadX / spreadY;
    // Rounding may pass the ends by one part in 2^52.
    output[t] = Math.max(-1, Math.min(1, finite(result)));
  }
}
