/** What there is to judge: bars and holes between the first and the last judged row. Pure. */
import type { Judged, JudgedSymbol } from './judged.js';
import type { JudgedDataSummary, SourceRows } from './types.js';

/** Bars, segments and missing bars of each symbol over its judged rows, and rows left out by reason. */
export function judgedData(
  judged: Judged,
  sourceRows: Readonly<Record<string, SourceRows>>,
): JudgedDataSummary[] {
  return judged.symbols.map((symbol) => ({
    symbol: symbol.symbol,
    source: sourceRows[symbol.symbol]!,
    ...rowCounts(symbol, judged.intervalMs),
  }));
}

function rowCounts(symbol: JudgedSymbol, intervalMs: number): Omit<JudgedDataSummary, 'symbol' | 'source'> {
  const { openTimeMs } = symbol.bars;
  const first = symbol.barRow.find((row) => row >= 0) ?? 0;
  const last = symbol.barRow.findLast((row) => row >= 0) ?? -1;
  let [segments, missingBars] = [last < first ? 0 : 1, 0];
  for (let row = first + 1; row <= last; row++) {
    const skipped = (openTimeMs[row]! - openTimeMs[row - 1]!) / intervalMs - 1;
    if (skipped <= 0) continue;
    segments += 1;
    missingBars += skipped;
  }
  return {
    bars: Math.max(0, last - first + 1),
    segments,
    missingBars,
    rows: symbol.timeMs.length,
    withoutPrediction: symbol.prediction.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0),
    withoutTarget: symbol.target.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0),
  };
}
