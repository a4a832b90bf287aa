/** Funding: what a long position pays to the short ones at fixed times of the day, as a series of the user's. Pure. */
import { DAY_MS, isoOf } from '../bars/interval.js';
import { DataError } from '../errors.js';
import type { AccountBars } from './account.js';

/** The rates of one symbol, ascending in time. */
export interface FundingRates {
  /** UTC ms, whole seconds: the exchange stamps a rate some milliseconds after its hour. */
  readonly timeMs: Float64Array;
  /** Fraction of the position's value that a long one pays; below 0 it is paid. */
  readonly rateFrac: Float64Array;
}

const SECOND_MS = 1000;
/** Exchanges charge every 8 hours or more often: a longer stretch without a rate is a hole in the file. */
const LONGEST_GAP_MS = DAY_MS;

/** Header names, ours first and then those of Binance's REST answers and archives. */
const NAMES = {
  symbol: ['symbol'],
  time: ['timestamp', 'fundingTime', 'calc_time'],
  rate: ['rate', 'fundingRate', 'last_funding_rate'],
} as const;

/**
 * Parses a CSV of rates with a header: `symbol`, `timestamp` (UTC ms) and `rate`, in any order and among other
 * columns; rows in any order.
 * @param file its name, for the errors
 * @throws DataError FUNDING_UNREADABLE with the line
 */
export function parseFunding(text: string, file: string): Map<string, FundingRates> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = (lines[0] ?? '').split(',').map((cell) => cell.trim());
  const place = (of: keyof typeof NAMES): number => {
    const at = header.findIndex((cell) => (NAMES[of] as readonly string[]).includes(cell));
    if (at >= 0) return at;
    throw unreadable(file, 1, `has no column ${NAMES[of].map((name) => `"${name}"`).join(' or ')}`);
  };
  const [symbolAt, timeAt, rateAt] = [place('symbol'), place('time'), place('rate')];
  const bySymbol = new Map<string, Map<number, number>>();
  lines.forEach((line, index) => {
    if (index === 0 || line.trim() === '') return;
    const cells = line.split(',').map((cell) => cell.trim());
    const [symbol, timeMs, rate] = [cells[symbolAt], numberOf(cells[timeAt]), numberOf(cells[rateAt])];
    if (!symbol || !Number.isInteger(timeMs) || !(Math.abs(rate) <= 1)) {
      throw unreadable(
        file,
        index + 1,
        `"${line.slice(0, 80)}" is no symbol, whole number of ms and rate within 1`,
      );
    }
    const rates = bySymbol.get(symbol) ?? new Map<number, number>();
    bySymbol.set(symbol, rates);
    const secondMs = Math.floor(timeMs / SECOND_MS) * SECOND_MS;
    if (rates.has(secondMs) && rates.get(secondMs) !== rate) {
      throw unreadable(
        file,
        index + 1,
        `gives ${symbol} another rate at ${isoOf(secondMs)} than a line before`,
      );
    }
    rates.set(secondMs, rate);
  });
  return new Map([...bySymbol].map(([symbol, rates]) => [symbol, sortedRates(rates)]));
}

function numberOf(cell: string | undefined): number {
  return cell === undefined || cell === '' ? Number.NaN : Number(cell);
}

function sortedRates(rates: ReadonlyMap<number, number>): FundingRates {
  const sorted = [...rates].sort(([left], [right]) => left - right);
  return {
    timeMs: Float64Array.from(sorted, ([timeMs]) => timeMs),
    rateFrac: Float64Array.from(sorted, ([, rate]) => rate),
  };
}

function unreadable(file: string, line: number, problem: string): DataError {
  return new DataError('FUNDING_UNREADABLE', {
    what: `${file}, line ${line}: ${problem}.`,
    fix: 'Write a CSV with the header "symbol,timestamp,rate": UTC milliseconds and a fraction like 0.0001.',
    details: { file, line },
  });
}

/**
 * Refuses rates that do not reach over the traded time: a missing rate would be a cost of 0.
 * @throws DataError FUNDING_MISSING
 */
export function checkFundingCovers(
  symbol: string,
  rates: FundingRates | undefined,
  { startMs, endMs }: { startMs: number; endMs: number },
): FundingRates {
  const inside =
    rates === undefined ? [] : [...rates.timeMs].filter((time) => time > startMs && time < endMs);
  const ends = [startMs, ...inside, endMs];
  const at = ends.findIndex((time, index) => index > 0 && time - ends[index - 1]! > LONGEST_GAP_MS);
  if (rates !== undefined && at < 0) return rates;
  const hole = at < 0 ? [startMs, endMs] : [ends[at - 1]!, ends[at]!];
  throw new DataError('FUNDING_MISSING', {
    what: `The funding file has no rate of ${symbol} from ${isoOf(hole[0]!)} to ${isoOf(hole[1]!)}, where it is traded.`,
    fix: 'Add the missing rates, or leave backtest.funding out to charge none.',
    details: { symbol, start: isoOf(hole[0]!), end: isoOf(hole[1]!) },
  });
}

/**
 * By row of `bars`, the sum of the rates that are due on the position held over that bar: a rate falls due on
 * the last bar that has ended by its time, so on who holds before the fills of that moment; inside a hole, on
 * the bar before it. Rates after the last traded bar's end are nobody's. Allocates.
 */
export function fundingByBar(
  rates: FundingRates,
  bars: Pick<AccountBars, 'openTimeMs'>,
  { endRow, intervalMs }: { endRow: number; intervalMs: number },
): Float64Array {
  const due = new Float64Array(bars.openTimeMs.length);
  const endMs = bars.openTimeMs[endRow - 1]! + intervalMs;
  let row = -1;
  for (let at = 0; at < rates.timeMs.length; at++) {
    const timeMs = rates.timeMs[at]!;
    if (timeMs >= endMs) break;
    while (row + 1 < endRow && bars.openTimeMs[row + 1]! + intervalMs <= timeMs) row += 1;
    if (row >= 0) due[row]! += rates.rateFrac[at]!;
  }
  return due;
}

/** What a long position of one unit of value at `firstRow`'s open has paid by each row's close, of that value. */
export function fundingOfHolding(
  due: Float64Array | null,
  bars: AccountBars,
  { firstRow, endRow }: { firstRow: number; endRow: number },
): Float64Array {
  const paid = new Float64Array(endRow - firstRow);
  if (due === null) return paid;
  let sum = 0;
  for (let row = firstRow; row < endRow; row++) {
    sum += (due[row]! * bars.close[row]!) / bars.open[firstRow]!;
    paid[row - firstRow] = sum;
  }
  return paid;
}
