/** The simulated exchange: every request from limits through answer to faults. */
import type { Arrival } from './arrivals.js';
import type { ExchangeOptions } from './options.js';
import { answerFile, answerListing, type BucketContext } from './bucket.js';
import { Faults } from './faults/faults.js';
import type { Scope } from './faults/definition.js';
import { Limiter, type Verdict } from './limiter.js';
import { errorReply, jsonReply, type Reply } from './reply.js';
import { answerRest, restMethod, weightOf, type RestContext } from './rest-api.js';
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
const UM_FOLDER = 'data/futures/um/';
/** Archives of the other markets: the same bars again. */
const OTHER_FOLDERS = ['data/futures/cm/', 'data/spot/'];

/** The key of the same file of USDT-M futures. */
function asFutures(key: string): string {
  const folder = OTHER_FOLDERS.find((each) => key.startsWith(each));
  return folder === undefined ? key : UM_FOLDER + key.slice(folder.length);
}

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

  /** The reply to `GET path?query` at its arrival, with the exchange's clock in `Date`. */
  answer(path: string, query: URLSearchParams, arrival: Arrival): Reply {
    const reply = this.route(path, query, arrival);
    return { ...reply, headers: { date: new Date(this.options.now()).toUTCString(), ...reply.headers } };
  }

  private route(path: string, query: URLSearchParams, arrival: Arrival): Reply {
    if (path === COUNTERS_PATH) return jsonReply(200, this.counters());
    this.requests[path] = (this.requests[path] ?? 0) + 1;
    if (restMethod(path) !== null) return this.answerRest(path, query, arrival);
    const standing = this.limiter.banStanding(arrival);
    if (standing.kind !== 'admitted') return this.refusal(standing, true);
    if (path === '/') return this.listing(query);
    const key = asFutures(path.slice(1));
    const scopes: Scope[] = ['any', key.endsWith('.CHECKSUM') ? 'checksum' : 'zip'];
    const reply = answerFile(this.bucket, key);
    return reply.status === 200 ? this.faults.reply(reply, scopes) : reply;
  }

  /** A listing under the names of the market that is asked for. */
  private listing(query: URLSearchParams): Reply {
    const prefix = query.get('prefix') ?? '';
    const folder = OTHER_FOLDERS.find((each) => prefix.startsWith(each));
    if (folder === undefined) return answerListing(this.bucket, query);
    const futures = new URLSearchParams(query);
    for (const name of ['prefix', 'marker']) futures.set(name, asFutures(query.get(name) ?? ''));
    const reply = answerListing(this.bucket, futures);
    return { ...reply, body: Buffer.from(reply.body.toString('utf8').replaceAll(UM_FOLDER, folder)) };
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

  private answerRest(path: string, query: URLSearchParams, arrival: Arrival): Reply {
    const standing = this.limiter.standing(arrival);
    if (standing.kind !== 'admitted') return this.refusal(standing, true);
    const fault = this.faults.limit();
    if (fault === 'ban') return this.refusal(this.limiter.ban(arrival), true);
    if (fault !== null) return this.refusal(this.limiter.limit(arrival), fault === 'pause');
    const charged = this.limiter.charge(weightOf(path, query), arrival);
    if (charged.kind !== 'admitted') return this.refusal(charged, true);
    const scopes: Scope[] = ['any', 'rest', ...(restMethod(path) === 'klines' ? (['klines'] as const) : [])];
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
