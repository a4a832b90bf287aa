/** One GET over HTTP with every limit set: time, size, redirects. */
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import { ExchangeError } from '../errors.js';

export interface HttpLimits {
  /**
   * Silence on the socket after which the request is given up. The whole answer may take four times that, and
   * longer as long as it comes at {@link LEAST_BYTES_PER_S} or faster on average.
   */
  readonly timeoutMs: number;
  /** Largest body, after any transfer compression. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer this much slower is as good as none; a month's zip of 2 MB may so take half an hour. */
export const LEAST_BYTES_PER_S = 1024;
/** Time for an answer of any size, in silences. */
const GRACE_FACTOR = 4;

/** Network failures by Node's code, in words, with what to look at. */
const NETWORK_FAILURES: readonly (readonly [RegExp, string, string])[] = [
  [/^ECONNREFUSED$/, 'refused the connection', 'Start that server, or correct'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'has no address (DNS)', 'Check the network, or correct'],
  [/^(ECONNABORTED|ETIMEDOUT|TimeoutError)$/, 'did not answer in time', 'Check the network, or correct'],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, 'cannot be reached', 'Check the network, or correct'],
  [
    /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO)/,
    'failed the TLS check',
    'Check the clock and any proxy between (NODE_EXTRA_CA_CERTS adds its certificate), or correct',
  ],
  [/^(ECONNRESET|EPIPE|ERR_BAD_RESPONSE)$/, 'cut the connection in its answer', 'Try again, or correct'],
];

const MOST_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const AGENT = { keepAlive: true, maxSockets: 32 };
/** Redirects are followed here: a library would follow them to any host. */
const client = axios.create({
  // Read here, as the library's time-outs end where the body begins.
  responseType: 'stream',
  validateStatus: () => true,
  maxRedirects: 0,
  httpAgent: new http.Agent(AGENT),
  httpsAgent: new https.Agent(AGENT),
});

/**
 * Fetches `url`; any status but a redirect is an answer. Redirects stay on the same origin, or lead from
 * http to https of the same host.
 * @throws ExchangeError EXCHANGE_UNREACHABLE for every failure below HTTP, ANSWER_TOO_LARGE, FOREIGN_REDIRECT
 * @throws the signal's reason when it is aborted
 */
export async function httpGet(url: string, limits: HttpLimits): Promise<HttpAnswer> {
  const deadline = new Deadline(limits);
  try {
    let target = url;
    for (let redirects = 0; ; redirects++) {
      const answer = await getOnce(target, limits, deadline);
      const location = answer.headers.location;
      if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
      if (redirects >= MOST_REDIRECTS) throw endlessRedirect(url);
      target = sameHost(target, location);
    }
  } catch (thrown) {
    limits.signal?.throwIfAborted();
    throw toExchangeError(url, thrown);
  } finally {
    deadline.clear();
  }
}

async function getOnce(url: string, limits: HttpLimits, deadline: Deadline): Promise<HttpAnswer> {
  const answer: AxiosResponse<Readable> = await client.get<Readable>(url, {
    signal: deadline.signal,
    ...(isLoopback(url) ? { proxy: false as const } : {}),
  });
  const body = await readBody(url, answer.data, { maxBytes: limits.maxBytes, deadline });
  return { status: answer.status, headers: plainHeaders(answer), body };
}

/** The whole body; leaving early destroys the stream, and the connection with it. */
async function readBody(
  url: string,
  stream: Readable,
  { maxBytes, deadline }: { maxBytes: number; deadline: Deadline },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  deadline.heard(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(url, maxBytes);
    deadline.heard(chunk.length);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes);
}

/** Aborts with the caller, after silence, or when the whole answer is too slow; cheaper than `AbortSignal.any`. */
class Deadline {
  private readonly controller = new AbortController();
  private readonly startedMs = performance.now();
  private heardMs = this.startedMs;
  private bytes = 0;
  private timer: NodeJS.Timeout | null = null;
  private readonly stop = (): void => this.controller.abort();

  constructor(private readonly limits: HttpLimits) {
    this.arm();
    if (limits.signal?.aborted) this.stop();
    limits.signal?.addEventListener('abort', this.stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** More of the answer has come. */
  heard(bytes: number): void {
    this.heardMs = performance.now();
    this.bytes += bytes;
  }

  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.limits.signal?.removeEventListener('abort', this.stop);
  }

  /** When to give up, as things stand; moves on with every part that comes. */
  private endMs(): number {
    const { timeoutMs } = this.limits;
    const wholeMs = GRACE_FACTOR * timeoutMs + (this.bytes / LEAST_BYTES_PER_S) * 1000;
    return Math.min(this.heardMs + timeoutMs, this.startedMs + wholeMs);
  }

  private arm(): void {
    this.timer = setTimeout(() => {
      // This thread may have been busy while parts came: they are read before it is decided.
      setImmediate(() => {
        if (this.timer === null) return;
        if (performance.now() >= this.endMs()) this.stop();
        else this.arm();
      });
    }, this.endMs() - performance.now());
  }
}

function plainHeaders(answer: AxiosResponse): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

/** Proxies of the environment are for the way out, not for this machine. */
function isLoopback(url: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname);
}

/** The place a redirect leads to. @throws ExchangeError FOREIGN_REDIRECT when that is another server */
function sameHost(from: string, location: string): string {
  const own = new URL(from);
  const target = new URL(location, from);
  const upgraded =
    own.protocol === 'http:' && target.protocol === 'https:' && own.hostname === target.hostname;
  if (target.origin === own.origin || upgraded) return target.href;
  throw new ExchangeError('FOREIGN_REDIRECT', {
    what: `${own.origin} redirects to another server, ${target.origin}.`,
    fix: `Check for a login page or a proxy between, or name the right server in ${configKeyOf(from)}.`,
    details: { url: from, location: target.origin },
  });
}

function endlessRedirect(url: string): ExchangeError {
  return new ExchangeError('EXCHANGE_UNREACHABLE', {
    what: `${originOf(url)} redirects without end when asked for ${new URL(url).pathname}.`,
    fix: `Correct ${configKeyOf(url)} in the config.`,
    details: { url },
  });
}

function tooLarge(url: string, maxBytes: number): ExchangeError {
  return new ExchangeError('ANSWER_TOO_LARGE', {
    what: `${url} answered more than the ${maxBytes} bytes expected at most.`,
    fix: `Check that ${configKeyOf(url)} names Binance or a compatible server.`,
    details: { url, maxBytes },
  });
}

function toExchangeError(url: string, thrown: unknown): ExchangeError {
  const foreign = findExchangeError(thrown);
  if (foreign !== null) return foreign;
  const told = (thrown as { code?: unknown } | null)?.code;
  // A cancelled request with a live caller can only be the deadline.
  const code = told === 'ERR_CANCELED' ? 'ETIMEDOUT' : typeof told === 'string' ? told : 'UNKNOWN';
  const known = NETWORK_FAILURES.find(([pattern]) => pattern.test(code));
  return new ExchangeError('EXCHANGE_UNREACHABLE', {
    what: `${originOf(url)} ${known?.[1] ?? 'could not be asked'} (${code}) when asked for ${new URL(url).pathname}.`,
    fix: `${known?.[2] ?? 'Check the network, or correct'} ${configKeyOf(url)} in the config.`,
    details: { url, networkCode: code },
    cause: thrown,
  });
}

function findExchangeError(thrown: unknown): ExchangeError | null {
  for (let at = thrown; at instanceof Error; at = at.cause) if (at instanceof ExchangeError) return at;
  return null;
}

/** Scheme, host and port. */
export function originOf(url: string): string {
  return new URL(url).origin;
}

/** The config key that names the server a URL belongs to. */
export function configKeyOf(url: string): string {
  return /\/[fd]?api\/v\d/.test(new URL(url).pathname) ? 'binance_base_url' : 'binance_archive_url';
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
