/** `/fapi/v1`: klines, exchangeInfo, time and ping, with Binance's weights and error bodies. */
import { INTERVALS_MS, type Interval } from '../lib/bars/interval.js';
import type { Faults } from './faults/faults.js';
import { errorReply, jsonReply, type Reply } from './reply.js';
import { restRow } from './sources/csv-lines.js';
import { queryLines, type MarketSource } from './sources/source.js';

/** USDT-M futures; coin-margined and spot clients find the same bars under their own paths. */
const REST_PREFIXES = ['/fapi/v1/', '/dapi/v1/', '/api/v3/'];
const DEFAULT_LIMIT = 500;
const HIGHEST_LIMIT = 1500;

export interface RestContext {
  readonly source: MarketSource;
  readonly faults: Faults;
  readonly weightLimit: number;
  readonly now: () => number;
}

/** `klines` of `/fapi/v1/klines`; null for a path that is none of REST. */
export function restMethod(path: string): string | null {
  const prefix = REST_PREFIXES.find((each) => path.startsWith(each));
  return prefix === undefined ? null : path.slice(prefix.length);
}

/** Request weight by path; of futures klines by `limit`, not by the rows that come back. */
export function weightOf(path: string, query: URLSearchParams): number {
  const isSpot = path.startsWith('/api/');
  if (restMethod(path) !== 'klines') return isSpot && restMethod(path) === 'exchangeInfo' ? 20 : 1;
  if (isSpot) return 2;
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1000 ? 5 : 10;
}

/** The answer to a REST request that the limits let pass. */
export function answerRest(context: RestContext, path: string, query: URLSearchParams): Reply {
  switch (restMethod(path)) {
    case 'klines':
      return klines(context, query);
    case 'exchangeInfo':
      return exchangeInfo(context);
    case 'time':
      return jsonReply(200, { serverTime: context.now() });
    case 'ping':
      return jsonReply(200, {});
    default:
      return errorReply(404, -5000, `Path ${path}, Method GET is invalid`);
  }
}

function klines(context: RestContext, query: URLSearchParams): Reply {
  const parsed = parseKlinesQuery(context, query);
  if ('status' in parsed) return parsed;
  const { symbol, interval, startMs, endMs, limit } = parsed;
  const intervalMs = INTERVALS_MS[interval];
  const nowMs = context.now();
  // A bar exists once it is closed: `open-bar` shows the one before that.
  const closedMs = Math.floor(nowMs / intervalMs) * intervalMs;
  const lines = queryLines(context.source.partitions(symbol, interval), {
    startMs,
    endMs: Math.min(endMs, closedMs),
    limit,
  });
  return jsonReply(200, context.faults.page(lines, { intervalMs, nowMs }).map(restRow));
}

interface KlinesQuery {
  readonly symbol: string;
  readonly interval: Interval;
  readonly startMs: number | null;
  readonly endMs: number;
  readonly limit: number;
}

function parseKlinesQuery({ source }: RestContext, query: URLSearchParams): KlinesQuery | Reply {
  for (const name of ['symbol', 'interval']) {
    if (!query.get(name)) {
      return errorReply(
        400,
        -1102,
        `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
      );
    }
  }
  for (const name of ['startTime', 'endTime', 'limit']) {
    const text = query.get(name);
    if (text !== null && !/^\d{1,20}$/.test(text)) {
      return errorReply(
        400,
        -1100,
        `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`,
      );
    }
  }
  const symbol = query.get('symbol')!;
  const interval = query.get('interval')!;
  if (!Object.hasOwn(INTERVALS_MS, interval)) return errorReply(400, -1120, 'Invalid interval.');
  if (!source.symbols.includes(symbol)) return errorReply(400, -1121, 'Invalid symbol.');
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (limit < 1 || limit > HIGHEST_LIMIT) {
    return errorReply(400, -1130, "Data sent for parameter 'limit' is not valid.");
  }
  const startMs = query.has('startTime') ? Number(query.get('startTime')) : null;
  const endMs = query.has('endTime') ? Number(query.get('endTime')) + 1 : Number.POSITIVE_INFINITY;
  if (startMs !== null && startMs >= endMs) {
    return errorReply(400, -1023, 'Start time is greater than end time.');
  }
  return { symbol, interval: interval as Interval, startMs, endMs, limit };
}

function exchangeInfo({ source, weightLimit, now }: RestContext): Reply {
  return jsonReply(200, {
    timezone: 'UTC',
    serverTime: now(),
    futuresType: 'U_MARGINED',
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightLimit },
      { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1200 },
    ],
    exchangeFilters: [],
    assets: [],
    symbols: source.symbols.map((symbol) => ({
      symbol,
      pair: symbol,
      contractType: 'PERPETUAL',
      status: 'TRADING',
      quoteAsset: 'USDT',
    })),
  });
}
