/** Request weight, pauses and bans of one client address, as Binance counts them. */
import type { Arrival } from './arrivals.js';

const MINUTE_MS = 60_000;

export interface LimiterOptions {
  readonly weightLimit: number;
  readonly banMs: number;
  /** Null: the rest of the minute. */
  readonly pauseMs: number | null;
  readonly now: () => number;
}

export type Verdict =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'limited'; readonly untilMs: number }
  | { readonly kind: 'banned'; readonly untilMs: number };

export class Limiter {
  highestWeight = 0;
  bansGiven = 0;
  requestsDuringBan = 0;
  private minute = 0;
  private used = 0;
  private limitedTurn = 0;
  private limitedUntilMs = 0;
  private bannedTurn = 0;
  private bannedUntilMs = 0;

  constructor(private readonly options: LimiterOptions) {}

  /** Weight used in the minute that runs. */
  usedWeight(): number {
    const minute = Math.floor(this.options.now() / MINUTE_MS);
    if (minute !== this.minute) {
      this.minute = minute;
      this.used = 0;
    }
    return this.used;
  }

  /**
   * What is in force before a request is looked at; asking again while limited earns a
   * ban. A request that had arrived when a pause began could not know of it.
   */
  standing(arrival: Arrival): Verdict {
    const banned = this.banStanding(arrival);
    if (banned.kind !== 'admitted' || this.options.now() >= this.limitedUntilMs) return banned;
    if (arrival.cameTurn > this.limitedTurn) return this.ban(arrival);
    return { kind: 'limited', untilMs: this.limitedUntilMs };
  }

  /** As `standing` for requests without a weight, of archives and their list: a pause does not concern them. */
  banStanding({ cameTurn }: Arrival): Verdict {
    const isKnown = cameTurn > this.bannedTurn;
    if (!isKnown || this.options.now() >= this.bannedUntilMs) return { kind: 'admitted' };
    this.requestsDuringBan++;
    return { kind: 'banned', untilMs: this.bannedUntilMs };
  }

  /** Counts a request of `weight`; the one that passes the limit starts a pause. */
  charge(weight: number, arrival: Arrival): Verdict {
    this.used = this.usedWeight() + weight;
    this.highestWeight = Math.max(this.highestWeight, this.used);
    return this.used > this.options.weightLimit ? this.limit(arrival) : { kind: 'admitted' };
  }

  /** Starts a pause: 429. */
  limit(arrival: Arrival): Verdict {
    const nowMs = this.options.now();
    const { pauseMs } = this.options;
    this.limitedTurn = arrival.readTurn;
    const restOfMinuteMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    this.limitedUntilMs = pauseMs === null ? restOfMinuteMs : nowMs + pauseMs;
    return { kind: 'limited', untilMs: this.limitedUntilMs };
  }

  /** Bans the address: 418. */
  ban({ readTurn }: Arrival): Verdict {
    this.bansGiven++;
    this.bannedTurn = readTurn;
    this.bannedUntilMs = this.options.now() + this.options.banMs;
    this.limitedUntilMs = 0;
    return { kind: 'banned', untilMs: this.bannedUntilMs };
  }
}
