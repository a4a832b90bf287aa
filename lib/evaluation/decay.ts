/** How fast a signal fades: its IC over longer horizons and after delays. */
import { dailyMeans, overDays } from './information.js';
import { followsAfter, type Judged, type JudgedSymbol } from './judged.js';
import { sortValues, type FoldPart, type SortedValues } from './judged-rows.js';
import { meanOf, ownTargets, rankProducts, type Targets } from './rank-products.js';
import type { IcDecay } from './types.js';

export const HORIZONS_BARS = [1, 2, 3, 5, 10, 30, 60];
export const DELAYS_BARS = [0, 1, 2, 3, 5, 10, 30];

/** IC against the return from the next open over `bars` bars, close[t+h]/open[t+1] - 1. */
export function horizonIc(judged: Judged, bars: number): IcDecay {
  if (bars === 1) return { ...delayIc(judged, 0), bars };
  return decayOf(
    judged,
    bars,
    ownTargets((symbol, row) => returnAhead(judged, symbol, row, bars)),
  );
}

/** Return from the open of bar t+1 to the close of bar t+h; NaN across a hole or past the end. */
function returnAhead(judged: Judged, { barRow, bars }: JudgedSymbol, row: number, h: number): number {
  const at = barRow[row]!;
  const unbroken = followsAfter(bars, { from: at, to: at + h }, h, judged.intervalMs);
  return unbroken ? bars.close[at + h]! / bars.open[at + 1]! - 1 : Number.NaN;
}

/** IC against the one-bar return that begins `bars` later than the target's. */
export function delayIc(judged: Judged, bars: number): IcDecay {
  const ahead = 1 + bars;
  return decayOf(judged, bars, {
    seriesOf: (part) => barReturns(part).sorted,
    placesOf: (part, into) => {
      const { bars, barRow } = part.symbol;
      const { firstBar } = barReturns(part);
      for (let at = 0; at < into.length; at++) {
        const to = barRow[part.start + at]! + ahead;
        const follows = followsAfter(bars, { from: to - ahead, to }, ahead, judged.intervalMs);
        into[at] = follows ? to - firstBar : -1;
      }
    },
  });
}

interface BarReturns {
  readonly firstBar: number;
  /** Close over open less 1 of the bars from `firstBar` on, as far as the longest delay reaches. */
  readonly sorted: SortedValues;
}

const returnsOfParts = new WeakMap<FoldPart, BarReturns>();

/** One-bar returns of the bars of a fold's rows and those that come after; worked out once and kept. */
function barReturns(part: FoldPart): BarReturns {
  const known = returnsOfParts.get(part);
  if (known !== undefined) return known;
  const { bars, barRow } = part.symbol;
  const own = barRow.subarray(part.start, part.end);
  const firstBar = own.find((row) => row >= 0) ?? 0;
  const lastBar = own.findLast((row) => row >= 0) ?? -1;
  const endBar = Math.min(bars.openTimeMs.length, lastBar + 2 + Math.max(...DELAYS_BARS));
  const values = new Float64Array(Math.max(0, endBar - firstBar));
  for (let at = 0; at < values.length; at++)
    values[at] = bars.close[firstBar + at]! / bars.open[firstBar + at]! - 1;
  const found = { firstBar, sorted: sortValues(values) };
  returnsOfParts.set(part, found);
  return found;
}

function decayOf(judged: Judged, bars: number, targets: Targets): IcDecay {
  const products = rankProducts(judged, targets);
  const { n, mean } = meanOf(products.product);
  return { bars, n, ic: mean, standardError: overDays(dailyMeans(products))?.standardError ?? null };
}
