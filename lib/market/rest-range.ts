/** Ranges of bars by REST: paged by time, every page checked, nothing taken on trust of a page's length. */
import { allocateBars, type BarTable } from '../bars/bar-table.js';
import { INTERVALS_MS, isoOf, type Interval } from '../bars/interval.js';
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

/** An empty page that other answers contradict is asked for this often. */
const ASKED_WHEN_EMPTY = 3;

/**
 * Bars of [startMs, endMs) page by page, ascending; `take` gets each page.
 * A short page is not the end: the next request starts after its last bar; only an empty page is, and only where
 * the exchange names no bar of the range when asked which comes first.
 * @throws ExchangeError EXCHANGE_MALFORMED when a page cannot be an answer to what was asked, every time
 */
export async function fetchRange(
  options: RestRangeOptions,
  { startMs, endMs }: BarRange,
  take: (page: BarTable) => void,
): Promise<void> {
  const { journal, interval } = options;
  let fromMs = startMs;
  while (fromMs < endMs) {
    const kept = journal.pageAt(fromMs);
    if (kept !== null && !kept.isDoubtful) {
      take(kept.bars);
      fromMs = kept.endMs;
      continue;
    }
    const isDoubted = kept?.endMs === endMs && kept.bars.length === 0;
    const bars = await believedPage(options, { startMs: fromMs, endMs }, isDoubted);
    const lastMs = bars.openTimeMs.at(-1);
    const untilMs = lastMs === undefined ? endMs : lastMs + INTERVALS_MS[interval];
    journal.keep({ startMs: fromMs, endMs: untilMs, bars });
    take(bars);
    fromMs = untilMs;
  }
}

/**
 * The first page of a range; an empty one only where nothing contradicts it. What was asked is kept, as a long
 * request_delay lets one request through an attempt: `isDoubted` when an earlier one had an empty page.
 */
async function believedPage(
  options: RestRangeOptions,
  range: BarRange,
  isDoubted: boolean,
): Promise<BarTable> {
  const { rest, symbol, interval, journal } = options;
  const { startMs, endMs } = range;
  for (let attempt = 1; ; attempt++) {
    if (attempt > 1 || !isDoubted) {
      const bars = await askPage(options, range);
      if (bars.length > 0) return bars;
      journal.keep({ ...range, bars, isDoubtful: true });
    }
    // Without an end the exchange answers its next bar, wherever that is.
    const next = await rest.klines({ symbol, interval, startMs, limit: 1 });
    const firstMs = next.openTimeMs[0];
    if (firstMs === undefined || firstMs >= endMs) return allocateBars(0);
    journal.keep({ ...range, bars: next, isDoubtful: true });
    if (attempt < ASKED_WHEN_EMPTY) continue;
    const asked = `without a bar from ${isoOf(startMs)} to ${isoOf(endMs)}`;
    throw malformedError(
      rest.klinesUrl,
      `${asked}, and with one of ${isoOf(firstMs)} when asked for the first`,
    );
  }
}

async function askPage(options: RestRangeOptions, { startMs, endMs }: BarRange): Promise<BarTable> {
  const { rest, symbol, interval, maxKlinesPerRequest } = options;
  const wanted = Math.ceil((endMs - startMs) / INTERVALS_MS[interval]);
  const allowance = await rest.allowance();
  const limit = pageRows(rest.rules, wanted, { ceiling: maxKlinesPerRequest, allowance });
  return rest.klines({ symbol, interval, startMs, endMs, limit });
}
