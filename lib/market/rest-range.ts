/** Ranges of bars by REST: paged by time, every page checked, nothing taken on trust of a page's length. */
import type { BarTable } from '../bars/bar-table.js';
import { INTERVALS_MS, type Interval } from '../bars/interval.js';
import { malformedError } from './answer-errors.js';
import type { PageJournal } from './page-journal.js';
import type { RestClient } from './rest.js';

/** Most rows a unit of weight: 499 cost 2, 500 cost 5. */
const BEST_PAGE_ROWS = 499;
const SMALL_PAGE_ROWS = 99;

export interface RestRangeOptions {
  readonly rest: RestClient;
  readonly restUrl: string;
  readonly symbol: string;
  readonly interval: Interval;
  /** Ceiling of `limit`. */
  readonly maxKlinesPerRequest: number;
  readonly journal: PageJournal;
}

/**
 * The `limit` of a request for `bars` bars: no more weight than they need, at most the ceiling, and one
 * unit of weight where the budget is so small that two do not fit.
 */
export function pageRows(bars: number, ceiling: number, allowance: number | null): number {
  const best = allowance !== null && allowance < 2 ? SMALL_PAGE_ROWS : BEST_PAGE_ROWS;
  return Math.max(1, Math.min(bars, best, ceiling));
}

/**
 * Bars of [startMs, endMs) page by page, in the order the exchange sent them; `take` gets each page.
 * A short page is not the end: the next request starts after its last bar; only an empty page is.
 * @throws ExchangeError EXCHANGE_MALFORMED when a page starts before what was asked
 */
export async function fetchRange(
  options: RestRangeOptions,
  { startMs, endMs }: { startMs: number; endMs: number },
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
    const limit = pageRows(wanted, maxKlinesPerRequest, await rest.allowance());
    const bars = await rest.klines({ symbol, interval, startMs: fromMs, endMs, limit });
    const untilMs = coveredUntil(options, bars, { fromMs, endMs });
    journal.keep({ startMs: fromMs, endMs: untilMs, bars });
    take(bars);
    fromMs = untilMs;
  }
}

/** First open that the page says nothing about. */
function coveredUntil(
  { restUrl, interval }: RestRangeOptions,
  bars: BarTable,
  { fromMs, endMs }: { fromMs: number; endMs: number },
): number {
  let lastMs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < bars.length; row++) {
    const openMs = bars.openTimeMs[row]!;
    if (openMs < fromMs) {
      throw malformedError(
        `${restUrl}/fapi/v1/klines`,
        `with a bar of ${new Date(openMs).toISOString()} where bars from ${new Date(fromMs).toISOString()} were asked`,
      );
    }
    // Disorder inside a page is put right on the grid; a bar beyond the range tells nothing about it.
    if (openMs < endMs) lastMs = Math.max(lastMs, openMs);
  }
  return lastMs === Number.NEGATIVE_INFINITY ? endMs : lastMs + INTERVALS_MS[interval];
}
