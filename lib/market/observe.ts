/** What the exchange has of a symbol now: its first and last bar, its archives. */
import {
  DAY_MS,
  INTERVALS_MS,
  monthEndMs,
  monthOf,
  monthsBetween,
  monthStartMs,
  type Interval,
} from '../bars/interval.js';
import type { Market } from '../config/types.js';
import { ConfigError, ExchangeError } from '../errors.js';
import { distance } from 'fastest-levenshtein';
import { isUnknownSymbol } from './answer-errors.js';
import { ArchiveClient } from './archive.js';
import { KnownSpan } from './known-span.js';
import { RestClient } from './rest.js';

/** The listing is looked for this long before the first archive. */
const CM_BEFORE_MS = 120 * DAY_MS;

export interface ExchangeOptions {
  readonly restUrl: string;
  readonly market: Market;
  readonly budgetDir: string;
  /** Default 0. */
  readonly requestDelayMs?: number | undefined;
  readonly restTimeoutMs?: number | undefined;
  readonly archiveTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ObserveOptions extends ExchangeOptions {
  readonly archiveUrl: string;
  readonly symbol: string;
  readonly interval: Interval;
  /** End of the bars that matter, UTC ms: a last bar seen to reach it is not asked for again. Default: none. */
  readonly neededEndMs?: number | undefined;
  /** Asks for the first bar, too, however well it is known. */
  readonly isRecheck?: boolean | undefined;
}

export interface ObservedSymbol {
  readonly symbol: string;
  /** Open of the first bar and of the last closed one, UTC ms. */
  readonly firstBarMs: number;
  readonly lastBarMs: number;
  /** `2023-03`, ascending. */
  readonly monthlyArchives: string[];
  /** `2023-03-24`, ascending, of months without a monthly archive. */
  readonly dailyArchives: string[];
}

/**
 * UTC ms of the exchange's clock, by one request, which also reads the exchange's request limit again.
 * @throws ExchangeError when it cannot be reached
 */
export async function exchangeTimeMs(options: ExchangeOptions): Promise<number> {
  return (await restOf(options).exchangeInfo()).timeMs;
}

/**
 * Asks REST for a symbol's first and last closed bar and the archive for its files. A delisted symbol, which
 * REST has forgotten, has what its archives cover.
 * @throws ConfigError SYMBOL_UNKNOWN (with the nearest name), SYMBOL_EMPTY when the archive has none of it either
 * @throws ExchangeError when a server cannot be reached or refuses for now
 */
export async function observeSymbol(options: ObserveOptions): Promise<ObservedSymbol> {
  const { symbol } = options;
  const rest = restOf(options);
  const archives = archivesOf(options);
  const monthlyArchives = await archives.list('monthly');
  const { firstBarMs, lastBarMs } = await observeBars(rest, options, { archives, monthlyArchives });
  const dailyArchives = await observeDays(archives, monthlyArchives, { firstBarMs, lastBarMs });
  return { symbol, firstBarMs, lastBarMs, monthlyArchives, dailyArchives };
}

/**
 * The hash that the archive publishes now for the zip of a month or day; null when it publishes none.
 * @throws ExchangeError when the archive cannot be reached
 */
export async function archivedHash(options: ObserveOptions, when: string): Promise<string | null> {
  return archivesOf(options).publishedHash(when.length === 7 ? 'monthly' : 'daily', when);
}

interface BarSpan {
  readonly firstBarMs: number;
  readonly lastBarMs: number;
}

function restOf(options: ExchangeOptions): RestClient {
  const { restUrl, market, budgetDir, requestDelayMs = 0, restTimeoutMs: timeoutMs, signal } = options;
  return new RestClient({ restUrl, market, budgetDir, requestDelayMs, timeoutMs, signal });
}

function archivesOf(options: ObserveOptions): ArchiveClient {
  const { archiveUrl, market, budgetDir, symbol, interval, archiveTimeoutMs: timeoutMs, signal } = options;
  return new ArchiveClient({ archiveUrl, market, budgetDir, symbol, interval, timeoutMs, signal });
}

/** By REST; by the archives' names where REST has forgotten the symbol or has no bar of it. */
async function observeBars(
  rest: RestClient,
  options: ObserveOptions,
  { archives, monthlyArchives }: { archives: ArchiveClient; monthlyArchives: readonly string[] },
): Promise<BarSpan> {
  const { symbol, interval, restUrl, market, budgetDir } = options;
  const known = new KnownSpan(budgetDir, [restUrl, market, symbol, interval]);
  const byRest = await restSpan(rest, options, { known, firstArchive: monthlyArchives[0] ?? null });
  if (byRest !== null && !(byRest instanceof ConfigError)) return byRest;
  const span = await archivedSpan(archives, monthlyArchives, INTERVALS_MS[interval]);
  if (span !== null) return { ...span, firstBarMs: firstOfArchived(span, known.firstBarMs) };
  if (byRest !== null) throw await withNearest(rest, byRest);
  throw new ConfigError('SYMBOL_EMPTY', {
    what: `${restUrl} has no closed ${interval} bar of ${symbol}.`,
    fix: 'Take it out of train_symbols in the config, or choose another interval.',
    details: { symbol, interval, key: 'train_symbols' },
  });
}

/** What REST told before it forgot the symbol is more exact than the name of the archive that holds that bar. */
function firstOfArchived({ firstBarMs }: BarSpan, toldMs: number | null): number {
  return toldMs !== null && monthOf(toldMs) === monthOf(firstBarMs) ? toldMs : firstBarMs;
}

/** Null where REST has no closed bar; the error where it does not know the symbol. */
async function restSpan(
  rest: RestClient,
  options: ObserveOptions,
  { known, firstArchive }: { known: KnownSpan; firstArchive: string | null },
): Promise<BarSpan | ConfigError | null> {
  const { symbol, interval, market, isRecheck = false } = options;
  const { neededEndMs = Number.POSITIVE_INFINITY } = options;
  // Coin-margined klines reach no further than 200 days from the start asked for.
  const startMs = market === 'cm' && firstArchive !== null ? monthStartMs(firstArchive) - CM_BEFORE_MS : 0;
  try {
    if (isRecheck || !known.isFresh(firstArchive)) {
      const [firstBarMs] = (await rest.klines({ symbol, interval, startMs, limit: 1 })).openTimeMs;
      if (firstBarMs === undefined) return null;
      known.keepFirst(firstBarMs, firstArchive);
    }
    const reach = (known.lastBarMs ?? Number.NEGATIVE_INFINITY) + INTERVALS_MS[interval];
    if (reach < neededEndMs) {
      // The most recent bar is still open; the one before it is closed.
      const lastBarMs = (await rest.klines({ symbol, interval, limit: 2 })).openTimeMs.at(-1);
      if (lastBarMs === undefined) return null;
      known.keepLast(lastBarMs);
    }
    return { firstBarMs: known.firstBarMs!, lastBarMs: known.lastBarMs! };
  } catch (thrown) {
    if (thrown instanceof ConfigError && isUnknownSymbol(thrown)) return thrown;
    throw thrown;
  }
}

/** First and last bar as the archives' names tell; null where there are none. */
async function archivedSpan(
  archives: ArchiveClient,
  monthlyArchives: readonly string[],
  intervalMs: number,
): Promise<BarSpan | null> {
  const [firstMonth, lastMonth] = [monthlyArchives[0], monthlyArchives.at(-1)];
  const days = await archives.list('daily', { after: lastMonth ?? '' });
  const [firstDay, lastDay] = [days[0], days.at(-1)];
  const starts = [firstMonth && monthStartMs(firstMonth), firstDay && dayMs(firstDay)];
  const ends = [lastMonth && monthEndMs(lastMonth), lastDay && dayMs(lastDay) + DAY_MS];
  const known = (times: typeof starts): number[] => times.filter((time) => typeof time === 'number');
  if (known(starts).length === 0) return null;
  return { firstBarMs: Math.min(...known(starts)), lastBarMs: Math.max(...known(ends)) - intervalMs };
}

function dayMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The error with the nearest name, where the exchange tells its names at once. */
async function withNearest(rest: RestClient, error: ConfigError): Promise<ConfigError> {
  const symbol = String(error.details.symbol);
  const { symbols } = await rest.exchangeInfo().catch((thrown: unknown) => {
    // Worth no waiting: the next attempt would ask for the unknown symbol again.
    if (thrown instanceof ExchangeError) return { symbols: [] };
    throw thrown;
  });
  const nearest = [...symbols].sort((a, b) => distance(symbol, a) - distance(symbol, b))[0];
  if (nearest === undefined) return error;
  return new ConfigError(error.code, {
    what: error.what,
    fix: `${error.fix} The nearest name it knows is ${nearest}.`,
    details: { ...error.details, nearest },
    cause: error,
  });
}

async function observeDays(
  archives: ArchiveClient,
  monthlyArchives: readonly string[],
  { firstBarMs, lastBarMs }: { firstBarMs: number; lastBarMs: number },
): Promise<string[]> {
  const monthly = new Set(monthlyArchives);
  const lacking = monthsBetween(firstBarMs, lastBarMs + 1).filter((month) => !monthly.has(month));
  if (lacking[0] === undefined) return [];
  const days = await archives.list('daily', { after: lacking[0] });
  return days.filter((day) => !monthly.has(day.slice(0, 7)));
}
