/**
 * One weight budget an exchange origin, shared by every process of this user on this host.
 * A ban is written down here and read before every request, so it survives restarts.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MINUTE_MS } from '../bars/interval.js';
import { ExchangeError } from '../errors.js';
import { blockedError, type Block } from './answer-errors.js';
import {
  blockAt,
  inMinute,
  minuteAt,
  nextMinuteMs,
  openBudget,
  withBlock,
  type BudgetState,
  type Flight,
} from './budget-state.js';
import { clockText } from './exchange-clock.js';
import { originOf, pause } from './http.js';
import { isGone, type LockedFile } from './locked-file.js';

/** Share of the exchange's limit that we use: other programs may run at the same address. */
const USED_SHARE = 0.9;
/** Longest wait inside a request; beyond it the stage goes and comes back, so that no slot is held. */
const LONGEST_WAIT_MS = 2000;
/** A thread looks whether the request of another one is over after about this long, then after twice that, .. */
const FIRST_LOOK_MS = 4;
const LONGEST_LOOK_MS = 64;
/** The limit is asked again after this long, and after every 429. */
const LIMIT_VALID_MS = 24 * 60 * MINUTE_MS;
/** Share of the limit that is kept at a minute's start for programs not heard of yet, and less as it passes. */
const UNHEARD_SHARE = 1 / 3;
/** A burst of another program in the first seconds is not taken for its pace. */
const PACE_FROM_MS = 10_000;
/** How long to wait for a better guess of what others will use. */
const GUESS_AGAIN_MS = 10_000;

export interface Permit {
  readonly token: string;
  readonly minute: number;
}

/** What an answer tells the budget. */
export interface AnswerNews {
  /** `X-MBX-USED-WEIGHT-1M`, which also counts other programs; null when absent or negative. */
  readonly usedWeight: number | null;
  readonly block: Block | null;
  /** Null when there was no answer. */
  readonly skewMs: number | null;
}

type Turn =
  | { readonly kind: 'go'; readonly permit: Permit }
  /** Another request is under way. */
  | { readonly kind: 'busy' }
  /** The last one was too short a time ago. */
  | { readonly kind: 'later'; readonly untilMs: number }
  | { readonly kind: 'spent'; readonly untilMs: number }
  | { readonly kind: 'blocked'; readonly block: Block };

export interface BudgetOptions {
  readonly budgetDir: string;
  readonly restUrl: string;
  /** Least gap between the starts of two requests, over all processes. */
  readonly requestDelayMs: number;
  /** A request under way of which nothing was heard for this long belongs to a thread that is gone. */
  readonly silenceMs: number;
}

/** The request budget of the origin of `restUrl`. */
export class WeightBudget {
  private readonly file: LockedFile<BudgetState>;

  constructor(private readonly options: BudgetOptions) {
    this.file = openBudget(options.budgetDir, options.restUrl);
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

  /** Weight used in the minute that runs, by every program as far as it is known. */
  used(): number {
    return inMinute(this.file.read(), Date.now()).usedWeight;
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
   *   minute's budget is used, REQUEST_DELAYED when `request_delay` is not over; the two last only where
   *   the wait is longer than two seconds. All say when to come back
   */
  async acquire(weight: number, signal?: AbortSignal): Promise<Permit> {
    for (let looks = 0; ;) {
      signal?.throwIfAborted();
      const turn = await this.nextTurn(weight, signal);
      const nowMs = Date.now();
      if (turn.kind === 'go') return turn.permit;
      if (turn.kind === 'blocked') throw blockedError(this.options.restUrl, turn.block, nowMs);
      if (turn.kind === 'busy') {
        await pause(lookAgainMs(looks++), signal);
        continue;
      }
      if (turn.untilMs - nowMs > LONGEST_WAIT_MS) throw this.comeBack(turn.kind, turn.untilMs, nowMs);
      await pause(Math.max(1, turn.untilMs - nowMs), signal);
    }
  }

  /** Says that a request is still under way; to be called several times in `silenceMs`. */
  async stillUnderWay(permit: Permit): Promise<void> {
    await this.file.update((state) => {
      const { flight } = state;
      if (flight?.token !== permit.token) return { next: state, result: undefined };
      const untilMs = Date.now() + this.options.silenceMs;
      return { next: { ...state, flight: { ...flight, untilMs } }, result: undefined };
    });
  }

  /** Ends a request with what its answer told. */
  async settle(permit: Permit, { usedWeight, block, skewMs }: AnswerNews): Promise<void> {
    await this.file.update((before) => {
      let next: BudgetState = { ...before, skewMs: skewMs ?? before.skewMs };
      if (before.flight?.token === permit.token) next = { ...next, flight: null };
      // A count that began in another minute says nothing about this one.
      const counted = usedWeight !== null && permit.minute === minuteAt(next, Date.now());
      if (counted && next.minute === permit.minute) {
        next = { ...next, usedWeight: Math.max(next.usedWeight, usedWeight) };
      }
      return { next: block === null ? next : withBlock(next, block), result: undefined };
    });
  }

  /** Takes a turn where there is one: the file is locked for that only, not to learn that there is none. */
  private async nextTurn(weight: number, signal?: AbortSignal): Promise<Turn> {
    const { result: seen } = this.takeTurn(this.file.read(), weight);
    if (seen.kind !== 'go') return seen;
    return this.file.update((state) => this.takeTurn(state, weight), signal);
  }

  private takeTurn(before: BudgetState, weight: number): { next: BudgetState; result: Turn } {
    const nowMs = Date.now();
    const state = inMinute(before, nowMs);
    const wait = this.reasonToWait(state, weight, nowMs);
    if (wait !== null) return { next: before, result: wait };
    const permit: Permit = { token: randomUUID(), minute: state.minute };
    const flight: Flight = {
      token: permit.token,
      host: hostname(),
      pid: process.pid,
      untilMs: nowMs + this.options.silenceMs,
    };
    const usedWeight = state.usedWeight + weight;
    const ownWeight = state.ownWeight + weight;
    return {
      next: { ...state, usedWeight, ownWeight, lastSentMs: nowMs, flight },
      result: { kind: 'go', permit },
    };
  }

  private reasonToWait(state: BudgetState, weight: number, nowMs: number): Turn | null {
    const block = blockAt(state, nowMs);
    if (block !== null) return { kind: 'blocked', block };
    if (state.flight !== null && this.isLive(state.flight, nowMs)) return { kind: 'busy' };
    // A clock set back must not become a long wait.
    const nextMs = Math.min(state.lastSentMs, nowMs) + this.options.requestDelayMs;
    if (nextMs > nowMs) return { kind: 'later', untilMs: nextMs };
    if (state.limit === null) return null;
    const wanted = state.usedWeight + weight;
    const minuteEndMs = nextMinuteMs(state, state.minute);
    if (wanted > Math.max(weight, allowanceOf(state.limit))) return { kind: 'spent', untilMs: minuteEndMs };
    if (state.usedWeight > 0 && wanted + othersToCome(state, state.limit, nowMs) > state.limit) {
      return { kind: 'spent', untilMs: Math.min(minuteEndMs, nowMs + GUESS_AGAIN_MS) };
    }
    return null;
  }

  private isLive({ untilMs, host, pid }: Flight, nowMs: number): boolean {
    // Later than any could say now: the clock was set back.
    const isOfThisClock = untilMs <= nowMs + this.options.silenceMs;
    return untilMs > nowMs && isOfThisClock && !isGone(host, pid);
  }

  private comeBack(kind: 'later' | 'spent', untilMs: number, nowMs: number): ExchangeError {
    const origin = originOf(this.options.restUrl);
    const waiting = `${kind === 'spent' ? 'weight spent' : 'request_delay'} until ${clockText(untilMs, nowMs)}`;
    return new ExchangeError(kind === 'spent' ? 'WEIGHT_BUDGET_SPENT' : 'REQUEST_DELAYED', {
      what:
        kind === 'spent'
          ? `${waiting}: the request weight of this minute at ${origin} is used.`
          : `${waiting}: the last request to ${origin} was a short time ago.`,
      fix: 'Nothing is to be done: the stage comes back then.',
      details: { origin, untilMs, waiting },
      retryAfterMs: Math.max(1, untilMs - nowMs),
    });
  }
}

/** Nine tenths of the limit, and at least one unit. */
export function allowanceOf(limit: number): number {
  return Math.max(1, Math.floor(limit * USED_SHARE));
}

/**
 * Weight to leave to other programs for the rest of the minute: by their pace in this one or the last, and some
 * for those that say nothing for a while and then ask in bursts.
 */
export function othersToCome(state: BudgetState, limit: number, nowMs: number): number {
  const leftMs = Math.min(MINUTE_MS, Math.max(0, nextMinuteMs(state, state.minute) - nowMs));
  const goneMs = Math.max(PACE_FROM_MS, MINUTE_MS - leftMs);
  const others = Math.max(0, state.usedWeight - state.ownWeight);
  const inWholeMinute = Math.max(state.othersBefore, limit * UNHEARD_SHARE);
  return Math.ceil(leftMs * Math.max(others / goneMs, inWholeMinute / MINUTE_MS));
}

/** Twice as long each time, and not in step with others who wait for the same. */
function lookAgainMs(looks: number): number {
  return Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** looks) * (0.5 + Math.random());
}
