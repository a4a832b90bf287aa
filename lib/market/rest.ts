/** Binance's REST, as far as klines need it: every request paid from the shared budget. */
import type { BarTable } from '../bars/bar-table.js';
import { INTERVALS_MS, type Interval } from '../bars/interval.js';
import { ExchangeError } from '../errors.js';
import type { Market } from '../config/types.js';
import {
  answerError,
  blockedError,
  blockOf,
  malformedError,
  OWN_WAITS,
  type Block,
} from './answer-errors.js';
import { WeightBudget, type Permit } from './budget.js';
import { clockSkewMs } from './exchange-clock.js';
import { httpGet, pause, type HttpAnswer } from './http.js';
import { readKlineRows } from './kline-rows.js';
import { MARKET_RULES, type MarketRules } from './markets.js';
import { pageProblem } from './page-check.js';

export interface RestOptions {
  readonly restUrl: string;
  readonly market: Market;
  readonly budgetDir: string;
  readonly requestDelayMs: number;
  /** Default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** False where the environment names no proxy. */
  readonly hasProxy?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface KlinesQuery {
  readonly symbol: string;
  readonly interval: Interval;
  /** First open asked for; without it and `endMs`, the most recent bars. */
  readonly startMs?: number;
  /** Exclusive. */
  readonly endMs?: number;
  readonly limit: number;
}

export interface ExchangeInfo {
  readonly symbols: readonly string[];
  /** UTC ms of the exchange's clock. */
  readonly timeMs: number;
  /** Request weight a minute; null where it does not say. */
  readonly weightLimit: number | null;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;
/** A thread that tells of its request twice in a time-out and was not heard for this many is gone. */
const SILENCE_FACTOR = 1.5;
const BEATS_A_TIMEOUT = 2;
/** Pauses before the second and third try of a request whose answer was lost or broken. */
const RETRY_PAUSES_MS = [250, 1000];
/** Answers that a second try may mend within seconds; blocks and refusals are not among them. */
const RETRIED = new Set(['EXCHANGE_UNREACHABLE', 'EXCHANGE_UNAVAILABLE', 'EXCHANGE_MALFORMED']);

export class RestClient {
  /** Weight of the requests this client sent. */
  weightUsed = 0;
  bytes = 0;
  readonly rules: MarketRules;
  /** `https://fapi.binance.com/fapi/v1` */
  private readonly base: string;
  private readonly budget: WeightBudget;
  private readonly timeoutMs: number;

  constructor(private readonly options: RestOptions) {
    this.rules = MARKET_RULES[options.market];
    this.base = options.restUrl + this.rules.restPath;
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.budget = new WeightBudget({
      budgetDir: options.budgetDir,
      restUrl: options.restUrl,
      requestDelayMs: options.requestDelayMs,
      silenceMs: SILENCE_FACTOR * this.timeoutMs,
    });
  }

  /** Symbols the exchange lists, and its clock; its request weight a minute is remembered on the way. */
  async exchangeInfo(): Promise<ExchangeInfo> {
    const url = `${this.base}/exchangeInfo`;
    const info = await this.ask(url, this.rules.exchangeInfoWeight, (json, nowMs) =>
      readExchangeInfo(url, json, nowMs),
    );
    await this.budget.rememberLimit(info.weightLimit ?? this.rules.weightLimit);
    return info;
  }

  /** Weight a minute we may use here, asking the exchange for its limit when it is not known. */
  async allowance(): Promise<number | null> {
    if (this.budget.limit() === null) await this.exchangeInfo();
    return this.budget.allowance();
  }

  /** Weight used and allowed in the minute that runs, for showing. */
  weightOfMinute(): { used: number; allowed: number | null } {
    return { used: this.budget.used(), allowed: this.budget.allowance() };
  }

  /** Where klines are asked for, for messages. */
  get klinesUrl(): string {
    return `${this.base}/klines`;
  }

  /**
   * One page of klines, checked by `pageProblem`, without a bar that is not closed yet. A page that fails is asked
   * for again.
   * @throws ConfigError SYMBOL_UNKNOWN, EXCHANGE_REGION_REFUSED
   * @throws DataError EXCHANGE_REFUSED
   * @throws ExchangeError for everything that passes, with `retryAfterMs` where it is a limit; EXCHANGE_MALFORMED
   *   for a page that fails every time
   */
  async klines(query: KlinesQuery): Promise<BarTable> {
    const { symbol, interval, startMs, endMs, limit } = query;
    const parameters = new URLSearchParams({ symbol, interval, limit: String(limit) });
    if (startMs !== undefined) parameters.set('startTime', String(startMs));
    if (endMs !== undefined) parameters.set('endTime', String(endMs - 1));
    const url = `${this.base}/klines?${parameters.toString()}`;
    await this.allowance();
    const intervalMs = INTERVALS_MS[interval];
    return this.ask(url, this.rules.klinesWeight(limit), (json, nowMs) => {
      const bars = readKlineRows(url, json, { intervalMs, nowMs, isPast: endMs !== undefined });
      const problem = pageProblem(bars, { startMs, endMs, intervalMs });
      if (problem !== null) throw malformedError(url, problem);
      return bars;
    });
  }

  private async ask<R>(url: string, weight: number, read: (json: unknown, nowMs: number) => R): Promise<R> {
    let failure: unknown = null;
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.get(url, weight);
        return read(parseJson(url, answer.body), clockOf(answer));
      } catch (thrown) {
        const waitMs = RETRY_PAUSES_MS[attempt];
        // A wait of our own before another try must not hide why there is another try.
        if (failure !== null && isOwnWait(thrown)) throw failure;
        const retried = thrown instanceof ExchangeError && RETRIED.has(thrown.code);
        if (!retried || waitMs === undefined) throw thrown;
        failure = thrown;
        await pause(waitMs, this.options.signal);
      }
    }
  }

  /** A wait before the first request says nothing about whether the exchange answers: it is told as such. */
  private async acquire(weight: number): Promise<Permit> {
    try {
      return await this.budget.acquire(weight, this.options.signal);
    } catch (thrown) {
      if (isOwnWait(thrown) && this.weightUsed === 0) thrown.details.nothingAsked = true;
      throw thrown;
    }
  }

  private async get(url: string, weight: number): Promise<HttpAnswer> {
    const permit = await this.acquire(weight);
    this.weightUsed += weight;
    let usedWeight: number | null = null;
    let skewMs: number | null = null;
    let block: Block | null = null;
    // A failure to tell is one that settling meets, too.
    const tell = (): void => void this.budget.stillUnderWay(permit).catch(() => undefined);
    const beat = setInterval(tell, this.timeoutMs / BEATS_A_TIMEOUT);
    try {
      const { hasProxy, signal } = this.options;
      const limits = { timeoutMs: this.timeoutMs, maxBytes: MOST_BYTES, hasProxy, signal };
      const answer = await httpGet(url, limits);
      this.bytes += answer.body.length;
      const nowMs = Date.now();
      usedWeight = readUsedWeight(answer);
      skewMs = clockSkewMs(answer.headers, nowMs);
      if (answer.status === 429 || answer.status === 418) {
        block = blockOf(answer, nowMs);
        throw blockedError(url, block, nowMs);
      }
      if (answer.status !== 200) throw answerError(url, answer);
      return answer;
    } finally {
      clearInterval(beat);
      await this.budget.settle(permit, { usedWeight, block, skewMs });
    }
  }
}

function isOwnWait(thrown: unknown): thrown is ExchangeError {
  return thrown instanceof ExchangeError && OWN_WAITS.has(thrown.code);
}

function readUsedWeight(answer: HttpAnswer): number | null {
  const used = Number(answer.headers['x-mbx-used-weight-1m'] ?? Number.NaN);
  return Number.isFinite(used) && used >= 0 ? used : null;
}

/** The exchange's clock, to the second; ours where it does not say. */
function clockOf(answer: HttpAnswer): number {
  const dateMs = Date.parse(answer.headers.date ?? '');
  return Number.isNaN(dateMs) ? Date.now() : dateMs + 999;
}

function parseJson(url: string, body: Buffer): unknown {
  const text = body.toString('utf8');
  if (/^\s*</.test(text)) throw malformedError(url, 'with a web page instead of JSON');
  try {
    return JSON.parse(text);
  } catch {
    throw malformedError(url, `the JSON breaks off or is none (${body.length} bytes)`);
  }
}

interface RateLimit {
  readonly rateLimitType?: unknown;
  readonly interval?: unknown;
  readonly intervalNum?: unknown;
  readonly limit?: unknown;
}

function readExchangeInfo(url: string, json: unknown, nowMs: number): ExchangeInfo {
  const { symbols, rateLimits, serverTime } = (json ?? {}) as Partial<Record<string, unknown>>;
  if (!Array.isArray(symbols) || !Array.isArray(rateLimits)) {
    throw malformedError(url, 'without symbols and rateLimits');
  }
  const minute = (rateLimits as RateLimit[]).find(
    (each) => each.rateLimitType === 'REQUEST_WEIGHT' && each.interval === 'MINUTE' && each.intervalNum === 1,
  );
  return {
    symbols: (symbols as { symbol?: unknown }[]).map(({ symbol }) => String(symbol)),
    timeMs: typeof serverTime === 'number' ? serverTime : nowMs,
    weightLimit: typeof minute?.limit === 'number' && minute.limit > 0 ? minute.limit : null,
  };
}
