/** What an exchange's answer means when it is not the data asked for. Pure. */
import { DAY_MS, MINUTE_MS } from '../bars/interval.js';
import { ConfigError, DataError, ExchangeError, type PipelineError } from '../errors.js';
import { clockSkewMs, clockText } from './exchange-clock.js';
import { configKeyOf, originOf, type HttpAnswer } from './http.js';

/** Binance's codes that pass by themselves: disconnected, overloaded, time-out of the backend. */
const PASSING_CODES = new Set([-1000, -1001, -1006, -1007, -1008, -1016]);
const INVALID_SYMBOL = -1121;
/** The longest ban that is known lasts three days; a body that says more is not believed. */
const LONGEST_BLOCK_MS = 4 * DAY_MS;

/** Waits of our own, before the exchange is asked. */
export const OWN_WAITS: ReadonlySet<string> = new Set(['REQUEST_DELAYED', 'WEIGHT_BUDGET_SPENT']);

export interface ErrorBody {
  readonly code: number | null;
  readonly msg: string;
}

/** The `code` and `msg` of an error body; code null where the body is none of Binance's. */
export function readErrorBody(body: Buffer): ErrorBody {
  const text = body.subarray(0, 4096).toString('utf8');
  try {
    const parsed = JSON.parse(text) as { code?: unknown; msg?: unknown } | null;
    if (typeof parsed?.code === 'number') return { code: parsed.code, msg: String(parsed.msg ?? '') };
  } catch {
    return { code: null, msg: text.slice(0, 200) };
  }
  return { code: null, msg: text.slice(0, 200) };
}

/** How an origin refuses requests: `banned` by 418, `limited` by 429. */
export type BlockKind = 'banned' | 'limited';

export interface Block {
  readonly kind: BlockKind;
  /** No request before this moment of our clock, UTC ms. */
  readonly untilMs: number;
}

/**
 * The block that a 429 or 418 means: until the latest of `Retry-After`, `banned until` in the body and the
 * end of the exchange's minute. `banned until` and the minute are in the exchange's clock, told by `Date`.
 */
export function blockOf(answer: HttpAnswer, nowMs: number): Block {
  const exchangeMs = nowMs + clockSkewMs(answer.headers, nowMs);
  const afterMs = retryAfterMs(answer.headers['retry-after'] ?? '', exchangeMs);
  const banned = /banned until (\d{10,16})/.exec(answer.body.subarray(0, 4096).toString('utf8'));
  const bannedMs = banned === null ? 0 : Number(banned[1]) - exchangeMs;
  const restOfMinuteMs = MINUTE_MS - (exchangeMs % MINUTE_MS);
  const waitMs = Math.min(LONGEST_BLOCK_MS, Math.max(afterMs, bannedMs, restOfMinuteMs));
  return { kind: answer.status === 418 ? 'banned' : 'limited', untilMs: Math.ceil(nowMs + waitMs) };
}

/** The wait that a `Retry-After` asks for, by seconds or by a date of the exchange's clock; 0 for none. */
function retryAfterMs(text: string, exchangeMs: number): number {
  if (text.trim() === '') return 0;
  const seconds = Number(text);
  const waitMs = Number.isNaN(seconds) ? Date.parse(text) - exchangeMs : seconds * 1000;
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : 0;
}

/** The error of a block; nothing may be sent before its end. */
export function blockedError(url: string, { kind, untilMs }: Block, nowMs: number): ExchangeError {
  const origin = originOf(url);
  const until = clockText(untilMs, nowMs);
  return new ExchangeError('EXCHANGE_RATE_LIMITED', {
    what:
      kind === 'banned'
        ? `banned until ${until}: ${origin} takes no requests from this address (HTTP 418).`
        : `paused until ${until}: ${origin} counts too many requests from this address (HTTP 429).`,
    fix: 'Nothing is to be done: the stage comes back then. Other programs on this address share the limit.',
    details: { origin, untilMs, waiting: `${kind === 'banned' ? 'banned' : 'paused'} until ${until}` },
    retryAfterMs: Math.max(1, untilMs - nowMs),
  });
}

/**
 * The typed error of an answer that is not 200, except 429 and 418, which the budget handles.
 * 451 and a refused parameter are the user's to mend; what passes is an ExchangeError.
 */
export function answerError(url: string, answer: HttpAnswer): PipelineError {
  const { code, msg } = readErrorBody(answer.body);
  const details = { url, status: answer.status, code, msg };
  const said = `${originOf(url)} answered ${answer.status}${code === null ? '' : ` (code ${code})`}: ${msg || 'no text'}.`;
  if (code === INVALID_SYMBOL) return unknownSymbolError(url, details);
  if (answer.status === 451) {
    return new ConfigError('EXCHANGE_REGION_REFUSED', {
      what: `${originOf(url)} does not serve this region (HTTP 451).`,
      fix: `Run where it is served, or name another server in ${configKeyOf(url)}.`,
      details,
    });
  }
  if (answer.status === 403) {
    return new ExchangeError('EXCHANGE_FIREWALL', {
      what: `${originOf(url)} refused the request at its firewall (HTTP 403).`,
      fix: `Wait some minutes; if it stays, check any proxy between and ${configKeyOf(url)}.`,
      details,
    });
  }
  if (answer.status === 407) {
    return new ExchangeError('PROXY_REFUSED', {
      what: `The proxy to ${originOf(url)} wants to know who asks (HTTP 407).`,
      fix: 'Give its user and password in http_proxy and https_proxy (http://user:password@host:port).',
      details,
    });
  }
  if (isPassing(answer.status, code)) {
    return new ExchangeError('EXCHANGE_UNAVAILABLE', {
      what: said,
      fix: 'It is tried again; if it stays, see the status page of the exchange.',
      details,
    });
  }
  return new DataError('EXCHANGE_REFUSED', {
    what: said,
    fix: `Check that ${configKeyOf(url)} names Binance USDT-M futures or a compatible server.`,
    details,
  });
}

function isPassing(status: number, code: number | null): boolean {
  return status === 408 || status === 425 || status >= 500 || (code !== null && PASSING_CODES.has(code));
}

function unknownSymbolError(url: string, details: Record<string, unknown>): ConfigError {
  const symbol = new URL(url).searchParams.get('symbol') ?? '';
  return new ConfigError('SYMBOL_UNKNOWN', {
    what: `${originOf(url)} knows no symbol ${symbol}.`,
    fix: 'Correct train_symbols or inference_symbol in the config.',
    details: { ...details, symbol, key: 'train_symbols' },
  });
}

/** True of the error of a symbol that REST does not know, or no longer. */
export function isUnknownSymbol(thrown: unknown): boolean {
  return thrown instanceof ConfigError && thrown.code === 'SYMBOL_UNKNOWN';
}

/** A 200 whose body is not what was asked for: a login page, a cut answer, another server. */
export function malformedError(url: string, problem: string): ExchangeError {
  return new ExchangeError('EXCHANGE_MALFORMED', {
    what: `${originOf(url)} answered 200 to ${new URL(url).pathname}, but ${problem}.`,
    fix: `It is tried again; if it stays, check any proxy between and ${configKeyOf(url)}.`,
    details: { url },
  });
}
