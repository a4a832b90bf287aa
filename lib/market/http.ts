/** One GET over HTTP with every limit set: time, size, redirects. */
import type { Readable } from 'node:stream';
import { ExchangeError } from '../errors.js';
import { Deadline, type DeadlineLimits } from './deadline.js';
import { cutError, isLoopback, openGet } from './http-client.js';

export interface HttpLimits extends DeadlineLimits {
  /** Largest body, after any transfer compression. */
  readonly maxBytes: number;
  /** False where the environment names no proxy: requests go the short way then. */
  readonly hasProxy?: boolean | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

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
  [/^(Z_|ERR__ERROR_)/, 'packed its answer in a way that cannot be undone', 'Try again, or correct'],
];

/** What is read of an answer that is no data, and how long it is waited for. */
const MOST_TEXT_BYTES = 64 * 1024;
const TEXT_MS = 2000;

const MOST_REDIRECTS = 3;
/** Followed by {@link httpGet}: a library would follow them to any host. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

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
      limits.signal?.throwIfAborted();
      const location = answer.headers.location;
      if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
      if (redirects >= MOST_REDIRECTS) throw endlessRedirect(url);
      target = sameHost(target, location);
    }
  } catch (thrown) {
    limits.signal?.throwIfAborted();
    throw toExchangeError(url, thrown, limits);
  } finally {
    deadline.clear();
  }
}

async function getOnce(url: string, limits: HttpLimits, deadline: Deadline): Promise<HttpAnswer> {
  const { maxBytes, hasProxy = true } = limits;
  const { status, headers, body } = await openGet(url, { hasProxy, deadline });
  if (status !== 200) return { status, headers, body: await readText(body) };
  return { status, headers, body: await readBody(url, body, { maxBytes, deadline }) };
}

/** The whole body; a failure destroys the stream, and the connection with it. */
function readBody(
  url: string,
  stream: Readable,
  { maxBytes, deadline }: { maxBytes: number; deadline: Deadline },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  deadline.heard(0);
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      deadline.heard(chunk.length);
      if (bytes > maxBytes) stream.destroy(tooLarge(url, maxBytes));
      else chunks.push(chunk);
    });
    stream.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)));
    stream.on('error', reject);
    stream.once('close', () => (stream.readableEnded ? undefined : reject(cutError())));
    // A stream that is destroyed before anybody listens says nothing any more.
    if (stream.destroyed) reject(cutError());
  });
}

/**
 * The text of an answer that is none of data, as far as it comes: a refusal is told by its status and headers, and
 * counts also where its text is cut, late, endless or packed in an unknown way.
 */
function readText(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stream.destroy();
      resolve(Buffer.concat(chunks));
    };
    const timer = setTimeout(end, TEXT_MS);
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MOST_TEXT_BYTES) end();
    });
    for (const event of ['end', 'error', 'close'] as const) stream.on(event, end);
    if (stream.destroyed) end();
  });
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

function toExchangeError(url: string, thrown: unknown, { hasProxy = true }: HttpLimits): ExchangeError {
  const foreign = findExchangeError(thrown);
  if (foreign !== null) return foreign;
  const told = (thrown as { code?: unknown } | null)?.code;
  // A cancelled request with a live caller can only be the deadline.
  const code = told === 'ERR_CANCELED' ? 'ETIMEDOUT' : typeof told === 'string' ? told : 'UNKNOWN';
  const known = NETWORK_FAILURES.find(([pattern]) => pattern.test(code));
  const proxy =
    hasProxy && !isLoopback(url) ? ' If a proxy is between, check http_proxy, https_proxy and no_proxy.' : '';
  return new ExchangeError('EXCHANGE_UNREACHABLE', {
    what: `${originOf(url)} ${known?.[1] ?? 'could not be asked'} (${code}) when asked for ${new URL(url).pathname}.`,
    fix: `${known?.[2] ?? 'Check the network, or correct'} ${configKeyOf(url)} in the config.${proxy}`,
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
