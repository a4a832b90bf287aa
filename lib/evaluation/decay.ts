/** How fast a signal fades: its IC over longer horizons and after delays. */
import { dailyMeans } from './information.js';
import { followsAfter, type Judged, type JudgedSymbol } from './judged.js';
import { neweyWest } from './newey-west.js';
import { rankProducts, sumOf } from './rank-products.js';
import type { IcDecay } from './types.js';

export const HORIZONS_BARS = [1, 2, 3, 5, 10, 30, 60];
export const DELAYS_BARS = [0, 1, 2, 3, 5, 10, 30];

/** IC against the return from the next open over `bars` bars, close[t+h]/open[t+1] - 1. */
export function horizonIc(judged: Judged, bars: number): IcDecay {
  return decayOf(judged, bars, (symbol, row) => returnAhead(judged, symbol, row, { from: 1, to: bars }));
}

/** IC against the one-bar return that begins `bars` later than the target's. */
export function delayIc(judged: Judged, bars: number): IcDecay {
  return decayOf(judged, bars, (symbol, row) =>
    returnAhead(judged, symbol, row, { from: 1 + bars, to: 1 + bars }),
  );
}

/** Return from the open of bar t+from to the close of bar t+to; NaN across a hole or past the end. */
function returnAhead(
  judged: Judged,
  { barRow, bars }: JudgedSymbol,
  row: number,
  { from, to }: { from: number; to: number },
): number {
  const at = barRow[row]!;
  const last = at + to;
  const unbroken = followsAfter(bars, { from: at, to: last }, to, judged.intervalMs);
  return unbroken ? bars.close[last]! / bars.open[at + from]! - 1 : Number.NaN;
}

function decayOf(
  judged: Judged,
  bars: number,
  targetOf: (symbol: JudgedSymbol, row: number) => number,
): IcDecay {
  const products = rankProducts(judged, targetOf);
  const n = products.product.length;
  if (!products.folds.some(({ ic }) => ic !== null)) return { bars, n, ic: null, standardError: null };
  const ic = sumOf(products.product) / n;
  const daily = neweyWest(dailyMeans(products).map((day) => day.ic));
  return { bars, n, ic, standardError: daily?.standardError ?? null };
}
