/** Ranges of bars by REST: paged by time, every page checked, nothing taken on trust of a page's length. */
import type { BarTable } from '../bars/bar-table.js';
import { INTERVALS_MS, type Interval } from '../bars/interval.js';
import { malformedError } from './answer-errors.js';
import { pageRows, rangeWeight, type MarketRules } from './markets.js';
import type { PageJournal } from './page-journal.js';
import type { RestClient } from './rest.js';

/** [startMs, endMs) of opens. */
export interface BarRange {
  readonly startMs: number;
  readonly endMs: number;
}

export interface RestRangeOptions {
  readonly rest: RestClient;
  readonly symbol: string;
  readonly interval: Interval;
  /** Ceiling of `limit`. */
  readonly maxKlinesPerRequest: number;
  readonly journal: PageJournal;
}

/**
 * Holes as ranges to ask for: neighbours are asked for together where that costs no more weight, so that a
 * hundred holes of one bar are not a hundred requests.
 */
export function rangesToAsk(
  holes: readonly BarRange[],
  { rules, intervalMs, ceiling }: { rules: MarketRules; intervalMs: number; ceiling: number },
): BarRange[] {
  const weight = (startMs: number, endMs: number): number =>
    rangeWeight(rules, Math.ceil((endMs - startMs) / intervalMs), ceiling);
  const ranges: BarRange[] = [];
  for (const { startMs, endMs } of holes) {
    const last = ranges.at(-1);
    const apart = last === undefined ? 0 : weight(last.startMs, last.endMs) + weight(startMs, endMs);
    if (last !== undefined && weight(last.startMs, endMs) <= apart) {
      ranges[ranges.length - 1] = { startMs: last.startMs, endMs };
    } else ranges.push({ startMs, endMs });
  }
  return ranges;
}

/**
 * Bars of [startMs, endMs) page by page, in the order the exchange sent them; `take` gets each page.
 * A short page is not the end: the next request starts after its last bar; only an empty page is.
 * @throws ExchangeError EXCHANGE_MALFORMED when a page starts before what was asked
 */
export async function fetchRange(
  options: RestRangeOptions,
  { startMs, endMs }: BarRange,
  take: (page: BarTable) => void,
): Promise<void> {
  const { rest, journal, symbol, interval, maxKlinesPerRequest } = options;
  const intervalMs = INTERVALS_MS[interval];
  let fromMs = startMs;
  while (fromMs < endMs) {
    const kept = journal.pageAt(fromMs);
    if (kept !== null) {
      take(kept.bars);
      fromMs = kept.endMs;
      continue;
    }
    const wanted = Math.ceil((endMs - fromMs) / intervalMs);
    const allowance = await rest.allowance();
    const limit = pageRows(rest.rules, wanted, { ceiling: maxKlinesPerRequest, allowance });
    const bars = await rest.klines({ symbol, interval, startMs: fromMs, endMs, limit });
    const untilMs = coveredUntil(options, bars, { fromMs, endMs });
    journal.keep({ startMs: fromMs, endMs: untilMs, bars });
    take(bars);
    fromMs = untilMs;
  }
}

/** First open that the page says nothing about. */
function coveredUntil(
  { rest, interval }: RestRangeOptions,
  bars: BarTable,
  { fromMs, endMs }: { fromMs: number; endMs: number },
): number {
  let lastMs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < bars.length; row++) {
    const openMs = bars.openTimeMs[row]!;
    if (openMs < fromMs) {
      throw malformedError(
        rest.klinesUrl,
        `with a bar of ${new Date(openMs).toISOString()} where bars from ${new Date(fromMs).toISOString()} were asked`,
      );
    }
    // Disorder inside a page is put right on the grid; a bar beyond the range tells nothing about it.
    if (openMs < endMs) lastMs = Math.max(lastMs, openMs);
  }
  return lastMs === Number.NEGATIVE_INFINITY ? endMs : lastMs + INTERVALS_MS[interval];
}
