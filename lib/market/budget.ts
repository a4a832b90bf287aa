/**
 * One weight budget an exchange origin, shared by every process of this user on this host.
 * A ban is written down here and read before every request, so it survives restarts.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import { MINUTE_MS } from '../bars/interval.js';
import { ExchangeError } from '../errors.js';
import { blockedError } from './answer-errors.js';
import { originOf, pause } from './http.js';
import { isGone, LockedFile } from './locked-file.js';

/** Share of the exchange's limit that we use: other programs may run at the same address. */
const USED_SHARE = 0.9;
/** Longest wait inside a request; beyond it the stage goes and comes back, so that no slot is held. */
const LONGEST_WAIT_MS = 2000;
/** How often a thread looks whether the request of another one is over. */
const POLL_MS = 12;
/** The limit is asked again after this long, and after every 429. */
const LIMIT_VALID_MS = 24 * 60 * MINUTE_MS;

interface Flight {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  readonly untilMs: number;
}

interface BudgetState {
  /** Request weight a minute as the exchange says; null until asked. */
  limit: number | null;
  limitReadMs: number;
  /** UTC minute (epoch ms / 60,000) that `usedWeight` counts. */
  minute: number;
  usedWeight: number;
  /** No request before this moment, UTC ms. */
  blockedUntilMs: number;
  lastSentMs: number;
  /** The one request under way: never two at once, so none can follow a 429 that it has not heard of. */
  flight: Flight | null;
}

export interface Permit {
  readonly token: string;
  readonly minute: number;
}

const EMPTY: BudgetState = {
  limit: null,
  limitReadMs: 0,
  minute: 0,
  usedWeight: 0,
  blockedUntilMs: 0,
  lastSentMs: 0,
  flight: null,
};

type Turn =
  | { readonly kind: 'go'; readonly permit: Permit }
  /** Another request is under way, or the last one was too short a time ago. */
  | { readonly kind: 'later'; readonly untilMs: number }
  | { readonly kind: 'spent'; readonly untilMs: number }
  | { readonly kind: 'blocked'; readonly untilMs: number };

export interface BudgetOptions {
  readonly budgetDir: string;
  readonly restUrl: string;
  /** Least gap between the starts of two requests, over all processes. */
  readonly requestDelayMs: number;
  /** A request under way longer than this belongs to a process that is stopped. */
  readonly longestRequestMs: number;
}

/** The request budget of the origin of `restUrl`. */
export class WeightBudget {
  private readonly file: LockedFile<BudgetState>;

  constructor(private readonly options: BudgetOptions) {
    this.file = new LockedFile(budgetPath(options.budgetDir, options.restUrl), () => ({ ...EMPTY }));
  }

  /** Weight a minute that the exchange allows; null when unknown or old. */
  limit(): number | null {
    const { limit, limitReadMs } = this.file.read();
    return Date.now() - limitReadMs < LIMIT_VALID_MS ? limit : null;
  }

  /** Weight a minute that we allow ourselves; null while the limit is unknown. */
  allowance(): number | null {
    const limit = this.limit();
    return limit === null ? null : allowanceOf(limit);
  }

  async rememberLimit(limit: number): Promise<void> {
    await this.file.update((state) => ({
      next: { ...state, limit, limitReadMs: Date.now() },
      result: undefined,
    }));
  }

  /**
   * Waits for this request's turn and takes it. Every permit must be given back by {@link settle}.
   * @throws ExchangeError EXCHANGE_RATE_LIMITED during a ban or pause, WEIGHT_BUDGET_SPENT when the
   *   minute's budget is used and its rest is longer than two seconds; both say when to come back
   */
  async acquire(weight: number, signal?: AbortSignal): Promise<Permit> {
    for (;;) {
      signal?.throwIfAborted();
      const turn = await this.file.update((state) => this.takeTurn(state, weight), signal);
      const nowMs = Date.now();
      if (turn.kind === 'go') return turn.permit;
      if (turn.kind === 'blocked') throw blockedError(this.options.restUrl, turn.untilMs, nowMs);
      if (turn.kind === 'spent' && turn.untilMs - nowMs > LONGEST_WAIT_MS) {
        throw this.spentError(turn.untilMs, nowMs);
      }
      await pause(Math.max(1, turn.untilMs - nowMs), signal);
    }
  }

  /**
   * Ends a request. `usedWeight` is the answer's `X-MBX-USED-WEIGHT-1M` (null when absent or
   * negative), which also counts other programs; `blockedUntilMs` is set by a 429 or 418.
   */
  async settle(
    permit: Permit,
    answer: { usedWeight: number | null; blockedUntilMs: number | null },
  ): Promise<void> {
    await this.file.update((state) => {
      const next = { ...state };
      if (state.flight?.token === permit.token) next.flight = null;
      // A count that began in another minute says nothing about this one.
      if (answer.usedWeight !== null && permit.minute === minuteNow()) {
        next.minute = permit.minute;
        next.usedWeight = Math.max(state.minute === permit.minute ? state.usedWeight : 0, answer.usedWeight);
      }
      if (answer.blockedUntilMs !== null) {
        next.blockedUntilMs = Math.max(state.blockedUntilMs, answer.blockedUntilMs);
        next.limitReadMs = 0;
      }
      return { next, result: undefined };
    });
  }

  private takeTurn(state: BudgetState, weight: number): { next: BudgetState; result: Turn } {
    const nowMs = Date.now();
    const answer = (turn: Turn): { next: BudgetState; result: Turn } => ({ next: state, result: turn });
    if (state.blockedUntilMs > nowMs) return answer({ kind: 'blocked', untilMs: state.blockedUntilMs });
    if (state.flight !== null && isLive(state.flight, nowMs)) {
      return answer({ kind: 'later', untilMs: nowMs + POLL_MS });
    }
    // A clock set back must not become a long wait.
    const nextMs = Math.min(state.lastSentMs, nowMs) + this.options.requestDelayMs;
    if (nextMs > nowMs) return answer({ kind: 'later', untilMs: nextMs });
    const minute = minuteNow();
    const used = state.minute === minute ? state.usedWeight : 0;
    const allowed = Math.max(weight, allowanceOf(state.limit ?? Number.POSITIVE_INFINITY));
    if (used + weight > allowed) return answer({ kind: 'spent', untilMs: (minute + 1) * MINUTE_MS });
    const permit: Permit = { token: randomUUID(), minute };
    const flight: Flight = {
      token: permit.token,
      host: hostname(),
      pid: process.pid,
      untilMs: nowMs + this.options.longestRequestMs,
    };
    const next = { ...state, minute, usedWeight: used + weight, lastSentMs: nowMs, flight };
    return { next, result: { kind: 'go', permit } };
  }

  private spentError(untilMs: number, nowMs: number): ExchangeError {
    const origin = originOf(this.options.restUrl);
    return new ExchangeError('WEIGHT_BUDGET_SPENT', {
      what: `The request weight of this minute at ${origin} is spent.`,
      fix: 'Nothing is to be done: the stage comes back in the next minute.',
      details: { origin, untilMs },
      retryAfterMs: Math.max(1, untilMs - nowMs),
    });
  }
}

/** Nine tenths of the limit, and at least one unit. */
export function allowanceOf(limit: number): number {
  return Math.max(1, Math.floor(limit * USED_SHARE));
}

/** Where the budget of an origin lies: `<dir>/https_fapi.binance.com.json`. */
export function budgetPath(budgetDir: string, restUrl: string): string {
  const { protocol, host } = new URL(restUrl);
  return path.join(budgetDir, `${protocol.slice(0, -1)}_${host.replace(/[^\w.-]/g, '_')}.json`);
}

function minuteNow(): number {
  return Math.floor(Date.now() / MINUTE_MS);
}

function isLive(flight: Flight, nowMs: number): boolean {
  return flight.untilMs > nowMs && !isGone(flight.host, flight.pid);
}
