/** The archive: files, their CHECKSUMs, and S3 ListObjects. */
import type { Faults } from './faults/faults.js';
import { escapeXml, noSuchKey, xmlReply, type Reply } from './reply.js';
import type { ArchiveEntry, MarketSource } from './sources/source.js';
import { checksumText } from './sources/zip-file.js';

const PAGE_KEYS = 1000;
const CHECKSUM = '.CHECKSUM';

export interface BucketContext {
  readonly source: MarketSource;
  readonly faults: Faults;
  readonly now: () => number;
}

/** The file under `key`, as it stands now. */
export function answerFile({ source, faults, now }: BucketContext, key: string): Reply {
  const zipKey = key.endsWith(CHECKSUM) ? key.slice(0, -CHECKSUM.length) : key;
  const entry = findEntry(source.archives, zipKey);
  const zip = entry === null || entry.modifiedMs > now() ? null : source.zip(zipKey);
  if (entry === null || zip === null) return noSuchKey(key);
  if (key === zipKey) faults.noteDownload(key);
  const served = faults.zip(zipKey, zip);
  const headers = { 'last-modified': new Date(entry.modifiedMs).toUTCString() };
  if (key === zipKey) {
    return { status: 200, headers: { 'content-type': 'application/zip', ...headers }, body: served };
  }
  const text = checksumText(served, zipKey.slice(zipKey.lastIndexOf('/') + 1));
  return {
    status: 200,
    headers: { 'content-type': 'binary/octet-stream', ...headers },
    body: Buffer.from(text),
  };
}

function findEntry(archives: readonly ArchiveEntry[], key: string): ArchiveEntry | null {
  const at = firstKey(archives, key);
  return archives[at]?.key === key ? archives[at] : null;
}

function firstKey(archives: readonly ArchiveEntry[], key: string): number {
  let low = 0;
  let high = archives.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (archives[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** ListObjects, version 1: `prefix`, `marker`, `delimiter`, `max-keys` up to 1000. */
export function answerListing({ source, now }: BucketContext, query: URLSearchParams): Reply {
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('marker') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const asked = Number(query.get('max-keys') ?? PAGE_KEYS);
  const most = Math.min(PAGE_KEYS, Number.isInteger(asked) && asked >= 0 ? asked : PAGE_KEYS);
  const page = listPage(source.archives, { prefix, marker, delimiter, most, nowMs: now() });
  return xmlReply(200, listingXml(page, { prefix, marker, delimiter, most }));
}

interface ListingQuery {
  readonly prefix: string;
  readonly marker: string;
  readonly delimiter: string;
  readonly most: number;
}

interface Listing {
  readonly entries: readonly ArchiveEntry[];
  readonly folders: readonly string[];
  readonly truncated: boolean;
  readonly last: string;
}

function listPage(archives: readonly ArchiveEntry[], query: ListingQuery & { nowMs: number }): Listing {
  const { prefix, marker, delimiter, most, nowMs } = query;
  const entries: ArchiveEntry[] = [];
  const folders: string[] = [];
  let last = '';
  for (let at = firstKey(archives, prefix); at < archives.length; at++) {
    const entry = archives[at]!;
    if (!entry.key.startsWith(prefix)) break;
    if (entry.modifiedMs > nowMs) continue;
    const cut = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? entry.key : entry.key.slice(0, cut + delimiter.length);
    if (name <= marker || name === folders.at(-1)) continue;
    if (entries.length + folders.length >= most) return { entries, folders, truncated: true, last };
    if (cut < 0) entries.push(entry);
    else folders.push(name);
    last = name;
  }
  return { entries, folders, truncated: false, last };
}

function listingXml(page: Listing, { prefix, marker, delimiter, most }: ListingQuery): string {
  const contents = page.entries.map(
    ({ key, bytes, modifiedMs }) =>
      `<Contents><Key>${escapeXml(key)}</Key><LastModified>${new Date(modifiedMs).toISOString()}</LastModified>${bytes === null ? '' : `<Size>${bytes}</Size>`}<StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const folders = page.folders.map(
    (folder) => `<CommonPrefixes><Prefix>${escapeXml(folder)}</Prefix></CommonPrefixes>`,
  );
  // S3 names the next marker only when a delimiter was given.
  const next = page.truncated && delimiter !== '' ? `<NextMarker>${escapeXml(page.last)}</NextMarker>` : '';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>data.binance.vision</Name><Prefix>${escapeXml(prefix)}</Prefix><Marker>${escapeXml(marker)}</Marker>`,
    next,
    `<MaxKeys>${most}</MaxKeys>`,
    delimiter === '' ? '' : `<Delimiter>${escapeXml(delimiter)}</Delimiter>`,
    `<IsTruncated>${page.truncated}</IsTruncated>`,
    ...contents,
    ...folders,
    '</ListBucketResult>',
  ].join('');
}
