/** The simulated exchange: every request from limits through answer to faults. */
import type { ExchangeOptions } from './options.js';
import { answerFile, answerListing, type BucketContext } from './bucket.js';
import { Faults } from './faults/faults.js';
import type { Scope } from './faults/definition.js';
import { Limiter, type Verdict } from './limiter.js';
import { errorReply, jsonReply, type Reply } from './reply.js';
import { answerRest, REST_PREFIX, weightOf, type RestContext } from './rest-api.js';
import type { MarketSource } from './sources/source.js';

export interface Counters {
  /** Requests by path, refused ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Highest used weight in a minute. */
  readonly highestWeight: number;
  readonly weightLimit: number;
  readonly bansGiven: number;
  readonly requestsDuringBan: number;
  /** How often each fault struck. */
  readonly faultsServed: Readonly<Record<string, number>>;
}

const COUNTERS_PATH = '/_simulator';
/** The real exchange names the client's address here. */
const CLIENT = '127.0.0.1';

export class Exchange {
  private readonly requests: Record<string, number> = {};
  private readonly limiter: Limiter;
  private readonly faults: Faults;
  private readonly rest: RestContext;
  private readonly bucket: BucketContext;

  constructor(
    private readonly options: ExchangeOptions,
    source: MarketSource,
  ) {
    const { now, weightLimit } = options;
    this.limiter = new Limiter(options);
    this.faults = new Faults(options.faults, options.seed);
    this.rest = { source, faults: this.faults, weightLimit, now };
    this.bucket = { source, faults: this.faults, now };
  }

  /** The reply to `GET path?query`. */
  answer(path: string, query: URLSearchParams): Reply {
    if (path === COUNTERS_PATH) return jsonReply(200, this.counters());
    this.requests[path] = (this.requests[path] ?? 0) + 1;
    if (path.startsWith(REST_PREFIX)) return this.answerRest(path, query);
    if (path === '/') return answerListing(this.bucket, query);
    const key = path.slice(1);
    const scopes: Scope[] = ['any', key.endsWith('.CHECKSUM') ? 'checksum' : 'zip'];
    const reply = answerFile(this.bucket, key);
    return reply.status === 200 ? this.faults.reply(reply, scopes) : reply;
  }

  counters(): Counters {
    const { highestWeight, bansGiven, requestsDuringBan } = this.limiter;
    return {
      requests: { ...this.requests },
      highestWeight,
      weightLimit: this.options.weightLimit,
      bansGiven,
      requestsDuringBan,
      faultsServed: this.faults.served(),
    };
  }

  private answerRest(path: string, query: URLSearchParams): Reply {
    const standing = this.limiter.standing();
    if (standing.kind !== 'admitted') return this.refusal(standing, true);
    const fault = this.faults.limit();
    if (fault === 'ban') return this.refusal(this.limiter.ban(), true);
    if (fault !== null) return this.refusal(this.limiter.limit(), fault === 'pause');
    const charged = this.limiter.charge(weightOf(path, query));
    if (charged.kind !== 'admitted') return this.refusal(charged, true);
    const scopes: Scope[] = [
      'any',
      'rest',
      ...(path === `${REST_PREFIX}klines` ? (['klines'] as const) : []),
    ];
    return this.faults.reply(this.withWeight(answerRest(this.rest, path, query)), scopes);
  }

  private refusal(verdict: Verdict, saysWhen: boolean): Reply {
    if (verdict.kind === 'admitted') return errorReply(500, -1000, 'An unknown error occurred.');
    const banned = verdict.kind === 'banned';
    const please = 'Please use the websocket for live updates to avoid';
    const reply = banned
      ? errorReply(
          418,
          -1003,
          `Way too many requests; IP(${CLIENT}) banned until ${Math.ceil(verdict.untilMs)}. ${please} bans.`,
        )
      : errorReply(
          429,
          -1003,
          `Too many requests; current limit of IP(${CLIENT}) is ${this.options.weightLimit} requests per minute. ${please} polling the API.`,
        );
    if (!saysWhen) return this.withWeight(reply);
    const seconds = Math.max(1, Math.ceil((verdict.untilMs - this.options.now()) / 1000));
    return this.withWeight({ ...reply, headers: { ...reply.headers, 'retry-after': String(seconds) } });
  }

  private withWeight(reply: Reply): Reply {
    const used = String(this.limiter.usedWeight());
    return { ...reply, headers: { ...reply.headers, 'x-mbx-used-weight-1m': used } };
  }
}
