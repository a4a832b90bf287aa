/** What is known about the requests to one origin: kept in a locked file of the user's on this host. */
import path from 'node:path';
import { MINUTE_MS } from '../bars/interval.js';
import { blockedError, type Block, type BlockKind } from './answer-errors.js';
import { LockedFile } from './locked-file.js';

export interface Flight {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** Unless it is heard of again before this, UTC ms, whoever sent it is gone. */
  readonly untilMs: number;
}

export interface BudgetState {
  /** Request weight a minute as the exchange says; null until asked. */
  readonly limit: number | null;
  readonly limitReadMs: number;
  /** Exchange's clock minus ours; 0 where they agree. */
  readonly skewMs: number;
  /** Minute of the exchange's clock that the weights count. */
  readonly minute: number;
  /** Weight used in the minute, by every program at this address. */
  readonly usedWeight: number;
  /** Our part of it. */
  readonly ownWeight: number;
  /** What other programs used in the whole minute before. */
  readonly othersBefore: number;
  /** No request before this moment, UTC ms. */
  readonly blockedUntilMs: number;
  readonly blockedAs: BlockKind;
  readonly lastSentMs: number;
  /** The one request under way: never two at once, so none can follow a 429 that it has not heard of. */
  readonly flight: Flight | null;
}

/**
 * A minute of ours begins this much after the exchange's: a request sent on the stroke would be counted in
 * the minute that is full.
 */
const MARGIN_MS = 250;

const EMPTY: BudgetState = {
  limit: null,
  limitReadMs: 0,
  skewMs: 0,
  minute: 0,
  usedWeight: 0,
  ownWeight: 0,
  othersBefore: 0,
  blockedUntilMs: 0,
  blockedAs: 'limited',
  lastSentMs: 0,
  flight: null,
};

/** The file of the origin of `url`. */
export function openBudget(budgetDir: string, url: string): LockedFile<BudgetState> {
  return new LockedFile(budgetPath(budgetDir, url), {
    initial: () => EMPTY,
    // Also what is written after the ban itself: the file is replaced as a whole.
    mustLast: (state) => blockAt(state, Date.now()) !== null,
  });
}

/** Where the budget of an origin lies: `<dir>/https_fapi.binance.com.json`. */
export function budgetPath(budgetDir: string, url: string): string {
  const { protocol, host } = new URL(url);
  return path.join(budgetDir, `${protocol.slice(0, -1)}_${host.replace(/[^\w.-]/g, '_')}.json`);
}

/** Number of the exchange's minute at `nowMs` of our clock. */
export function minuteAt({ skewMs }: BudgetState, nowMs: number): number {
  return Math.floor((nowMs + skewMs - MARGIN_MS) / MINUTE_MS);
}

/** When the minute after `minute` begins, in our clock. */
export function nextMinuteMs({ skewMs }: BudgetState, minute: number): number {
  return (minute + 1) * MINUTE_MS + MARGIN_MS - skewMs;
}

/** The state in the minute of `nowMs`: its counts are zero where that minute is a new one. */
export function inMinute(state: BudgetState, nowMs: number): BudgetState {
  const minute = minuteAt(state, nowMs);
  if (minute === state.minute) return state;
  const others = state.minute === minute - 1 ? state.usedWeight - state.ownWeight : 0;
  return { ...state, minute, usedWeight: 0, ownWeight: 0, othersBefore: Math.max(0, others) };
}

/** The block in force at `nowMs`; null when there is none. */
export function blockAt(state: BudgetState, nowMs: number): Block | null {
  return state.blockedUntilMs > nowMs ? { kind: state.blockedAs, untilMs: state.blockedUntilMs } : null;
}

/** The state with a block noted; a longer one that is known stays. */
export function withBlock(state: BudgetState, block: Block): BudgetState {
  if (block.untilMs <= state.blockedUntilMs) return state;
  // What the limit is may have changed: it is asked again.
  return { ...state, blockedUntilMs: block.untilMs, blockedAs: block.kind, limitReadMs: 0 };
}

/** The blocks of an origin that has no weights, such as the archive. */
export class OriginBlocks {
  private readonly file: LockedFile<BudgetState>;

  constructor(
    budgetDir: string,
    private readonly url: string,
  ) {
    this.file = openBudget(budgetDir, url);
  }

  /** @throws ExchangeError EXCHANGE_RATE_LIMITED while the origin takes no requests from this address */
  refuseBlocked(): void {
    const nowMs = Date.now();
    const block = blockAt(this.file.peek(), nowMs);
    if (block !== null) throw blockedError(this.url, block, nowMs);
  }

  async note(block: Block): Promise<void> {
    await this.file.update((state) => ({ next: withBlock(state, block), result: undefined }));
  }
}
