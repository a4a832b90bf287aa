/** What an archive holds, by S3 ListObjects: one request a thousand files instead of probing for 404s. */
import { ExchangeError } from '../errors.js';
import { answerError, blockedError, blockOf } from './answer-errors.js';
import type { OriginBlocks } from './budget-state.js';
import { httpGet, originOf, pause } from './http.js';

/** The public site answers a web page at its root; its bucket answers lists. */
const LISTING_URLS: Readonly<Record<string, string>> = {
  'https://data.binance.vision': 'https://s3-ap-northeast-1.amazonaws.com/data.binance.vision',
};
const MOST_PAGES = 500;
const MOST_BYTES = 16 * 1024 * 1024;
const RETRY_PAUSES_MS = [250, 1000];

export interface ListingOptions {
  readonly archiveUrl: string;
  /** Blocks of the archive, read before every request and told of new ones. */
  readonly blocks: OriginBlocks;
  readonly timeoutMs: number;
  /** False where the environment names no proxy. */
  readonly hasProxy?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListingPage {
  readonly keys: readonly string[];
  /** Marker of the next page; null at the end. */
  readonly nextMarker: string | null;
}

/**
 * All keys that start with `prefix` and come after `marker`, in order.
 * @throws ExchangeError LISTING_UNREADABLE when the answer is no ListObjects XML, EXCHANGE_RATE_LIMITED while the
 *   archive takes no requests, and what `httpGet` throws
 */
export async function listKeys(options: ListingOptions, prefix: string, marker = ''): Promise<string[]> {
  const keys: string[] = [];
  let from: string | null = marker;
  for (let page = 0; from !== null && page < MOST_PAGES; page++) {
    const { keys: found, nextMarker }: ListingPage = await listPage(options, prefix, from);
    keys.push(...found);
    if (nextMarker !== null && nextMarker <= from)
      throw unreadable(options.archiveUrl, 'its pages do not advance');
    from = nextMarker;
  }
  return keys;
}

async function listPage(options: ListingOptions, prefix: string, marker: string): Promise<ListingPage> {
  const base = LISTING_URLS[options.archiveUrl] ?? options.archiveUrl;
  const query = new URLSearchParams({ delimiter: '/', prefix, ...(marker === '' ? {} : { marker }) });
  const url = `${base}/?${query.toString()}`;
  for (let attempt = 0; ; attempt++) {
    try {
      const { timeoutMs, hasProxy, signal, blocks } = options;
      blocks.refuseBlocked();
      const answer = await httpGet(url, { timeoutMs, maxBytes: MOST_BYTES, hasProxy, signal });
      if (answer.status === 429 || answer.status === 418) {
        const block = blockOf(answer, Date.now());
        await blocks.note(block);
        throw blockedError(options.archiveUrl, block, Date.now());
      }
      if (answer.status !== 200) throw answerError(url, answer);
      return parseListing(answer.body.toString('utf8'), options.archiveUrl);
    } catch (thrown) {
      const waitMs = RETRY_PAUSES_MS[attempt];
      const passes = thrown instanceof ExchangeError && thrown.retryAfterMs === null;
      if (!passes || waitMs === undefined) throw thrown;
      await pause(waitMs, options.signal);
    }
  }
}

/** Keys and next marker of a ListObjects (version 1) answer. @throws ExchangeError LISTING_UNREADABLE */
export function parseListing(xml: string, archiveUrl: string): ListingPage {
  if (!/<ListBucketResult[\s>]/.test(xml) || !xml.includes('</ListBucketResult>')) {
    throw unreadable(archiveUrl, 'it answered no S3 ListObjects XML, or half of one');
  }
  const keys = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => decodeEntities(match[1]!));
  const truncated = /<IsTruncated>\s*true\s*<\/IsTruncated>/.test(xml);
  const next = /<NextMarker>([^<]*)<\/NextMarker>/.exec(xml)?.[1];
  if (!truncated) return { keys, nextMarker: null };
  // S3 names the next marker only when a delimiter was given; otherwise it is the last key.
  return { keys, nextMarker: next === undefined ? (keys.at(-1) ?? null) : decodeEntities(next) };
}

function decodeEntities(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&apos;/g, "'")
    .replace(/&amp;/g, '&');
}

function unreadable(archiveUrl: string, problem: string): ExchangeError {
  return new ExchangeError('LISTING_UNREADABLE', {
    what: `The archive ${originOf(archiveUrl)} cannot be listed: ${problem}.`,
    fix: 'Check binance_archive_url in the config and any proxy between.',
    details: { archiveUrl },
  });
}
