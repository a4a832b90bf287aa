/**
 * Operations on the last bars of a column, the current one included, inside one segment. NaN until the
 * window is full, and wherever it holds a NaN or the result is no finite number.
 */
import type { Segment } from '../../bars/index.js';
import { rollingExtreme } from '../rolling-extreme.js';
import { visitBlocks, type OrdinalOf } from './blocks.js';
import { rollingMoments, rollingCorrelation } from './moments.js';
import { finite } from './pointwise.js';
import { rollingRank } from './rolling-rank.js';

export interface WindowCall {
  readonly ordinalOf: OrdinalOf;
  readonly segment: Segment;
  readonly windowBars: number;
}

export type WindowRun = (call: WindowCall, inputs: readonly Float64Array[], output: Float64Array) => void;

export interface WindowOperation {
  readonly columns: number;
  readonly minWindowBars: number;
  readonly run: WindowRun;
}

/** Sum of the window over `divisor`. */
function rollingSum(
  { ordinalOf, segment, windowBars }: WindowCall,
  values: Float64Array,
  divisor: number,
  output: Float64Array,
): void {
  // tails[d]: sum of the d rows before the block.
  const tails = new Float64Array(Math.min(windowBars, segment.end - segment.start + 1));
  const firstFull = segment.start + windowBars - 1;
  visitBlocks(ordinalOf, segment, windowBars, (start, end) => {
    const deepest = Math.min(windowBars - 1, start - segment.start);
    for (let d = 1; d <= deepest; d++) tails[d] = tails[d - 1]! + values[start - d]!;
    let sum = 0;
    for (let t = start; t < end; t++) {
      sum += values[t]!;
      const total = t < firstFull ? Number.NaN : (sum + tails[windowBars - 1 - (t - start)]!) / divisor;
      output[t] = finite(total);
    }
  });
}

/** Every window operation by its name. */
export const WINDOWS: Readonly<Record<string, WindowOperation>> = {
  sum: {
    columns: 1,
    minWindowBars: 1,
    run: (call, [x], output) => rollingSum(call, x!, 1, output),
  },
  sma: {
    columns: 1,
    minWindowBars: 1,
    run: (call, [x], output) => rollingSum(call, x!, call.windowBars, output),
  },
  std: {
    columns: 1,
    minWindowBars: 2,
    run: (call, [x], output) => rollingMoments(call, x!, 'deviation', output),
  },
  zscore: {
    columns: 1,
    minWindowBars: 2,
    run: (call, [x], output) => rollingMoments(call, x!, 'score', output),
  },
  min: {
    columns: 1,
    minWindowBars: 1,
    run: ({ segment, windowBars }, [x], output) =>
      rollingExtreme(x!, segment, { windowBars, sign: -1 }, output),
  },
  max: {
    columns: 1,
    minWindowBars: 1,
    run: ({ segment, windowBars }, [x], output) =>
      rollingExtreme(x!, segment, { windowBars, sign: 1 }, output),
  },
  rank: { columns: 1, minWindowBars: 2, run: (call, [x], output) => rollingRank(call, x!, output) },
  corr: {
    columns: 2,
    minWindowBars: 2,
    run: (call, [x, y], output) => rollingCorrelation(call, x!, y!, output),
  },
};
