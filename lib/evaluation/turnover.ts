/** How restless a signal is. Pure. */
import type { Judged } from './judged.js';
import { rankProducts, sumOf } from './rank-products.js';

export const AUTOCORRELATION_BARS = [1, 5, 15, 60, 240];

/** Share of neighbouring bars at which a symbol's bin changes; null where no two neighbours have one. */
export function binTurnover(judged: Judged, bins: readonly Int32Array[]): number | null {
  let pairs = 0;
  let changes = 0;
  judged.symbols.forEach(({ timeMs }, index) => {
    const own = bins[index]!;
    for (let row = 1; row < own.length; row++) {
      if (own[row] === 0 || own[row - 1] === 0 || timeMs[row]! - timeMs[row - 1]! !== judged.intervalMs)
        continue;
      pairs += 1;
      if (own[row] !== own[row - 1]) changes += 1;
    }
  });
  return pairs === 0 ? null : changes / pairs;
}

/** Rank correlation, within fold and symbol, of a prediction with the one `bars` earlier; null where undefined. */
export function rankAutocorrelation(judged: Judged, bars: number): number | null {
  const { product, folds } = rankProducts(judged, ({ timeMs, prediction, fold }, row) => {
    const before = row - bars;
    const neighbours =
      before >= 0 &&
      timeMs[row]! - timeMs[before]! === bars * judged.intervalMs &&
      fold[before] === fold[row];
    return neighbours ? prediction[before]! : Number.NaN;
  });
  if (!folds.some(({ ic }) => ic !== null)) return null;
  return sumOf(product) / product.length;
}
