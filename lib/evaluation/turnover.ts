/** How restless a signal is. Pure. */
import { followsAfter, type Judged, type JudgedSymbol } from './judged.js';
import { meanOf, rankProducts } from './rank-products.js';

export const AUTOCORRELATION_BARS = [1, 5, 15, 60, 240];

/** True where the row's bar comes `bars` bars after that of the row `bars` before it, without a hole. */
function areApart(judged: Judged, symbol: JudgedSymbol, row: number, bars: number): boolean {
  const { timeMs, barRow } = symbol;
  if (symbol.bars.volumeBars === undefined) {
    return timeMs[row]! - timeMs[row - bars]! === bars * judged.intervalMs;
  }
  return followsAfter(symbol.bars, { from: barRow[row - bars]!, to: barRow[row]! }, bars, judged.intervalMs);
}

/** Share of neighbouring bars at which a symbol's bin changes; null where no two neighbours have one. */
export function binTurnover(judged: Judged, bins: readonly Int32Array[]): number | null {
  let pairs = 0;
  let changes = 0;
  judged.symbols.forEach((symbol, index) => {
    const own = bins[index]!;
    for (let row = 1; row < own.length; row++) {
      if (own[row] === 0 || own[row - 1] === 0 || !areApart(judged, symbol, row, 1)) continue;
      pairs += 1;
      if (own[row] !== own[row - 1]) changes += 1;
    }
  });
  return pairs === 0 ? null : changes / pairs;
}

/** Rank correlation, within fold and symbol, of a prediction with the one `bars` earlier; null where undefined. */
export function rankAutocorrelation(judged: Judged, bars: number): number | null {
  const { product } = rankProducts(judged, {
    seriesOf: ({ predictions }) => predictions,
    placesOf: ({ symbol, start }, into) => {
      for (let at = 0; at < into.length; at++)
        into[at] = at >= bars && areApart(judged, symbol, start + at, bars) ? at - bars : -1;
    },
  });
  return meanOf(product).mean;
}
