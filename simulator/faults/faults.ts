/** All armed faults of an exchange, asked at each place where one may strike. */
import type { Reply } from '../reply.js';
import { readOnlyEntry } from '../../lib/market/zip.js';
import { KlinesText } from '../sources/klines-text.js';
import { RecentlyUsed } from '../sources/source.js';
import { ArmedFault, type FaultRequest } from './arm.js';
import { packContent } from './files.js';
import type { ArchiveContent, FaultDefinition, PageContext, Scope } from './definition.js';

const MOST_CSV_BYTES = 512 * 1024 * 1024;

type OfKind<K extends FaultDefinition['kind']> = Extract<FaultDefinition, { kind: K }>;

export class Faults {
  private readonly armed: readonly ArmedFault[];
  private readonly downloads = new Map<string, number>();
  /** A zip and its CHECKSUM are asked for together, and packing takes a while. */
  private readonly altered = new RecentlyUsed<Buffer>(4);

  constructor(requests: readonly FaultRequest[], seed: number) {
    this.armed = requests.map((request) => new ArmedFault(request, seed));
  }

  /** How often each fault struck. */
  served(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { request, served } of this.armed) counts[request.name] = (counts[request.name] ?? 0) + served;
    return counts;
  }

  /** A limit to pretend before a REST request is answered. */
  limit(): OfKind<'limit'>['limit'] | null {
    for (const { fault, definition } of this.ofKind('limit')) if (fault.fires()) return definition.limit;
    return null;
  }

  /** The reply as the faults of `scopes` leave it. */
  reply(reply: Reply, scopes: readonly Scope[]): Reply {
    let altered = reply;
    for (const { fault, definition } of this.ofKind('reply')) {
      if (scopes.includes(definition.scope) && fault.fires()) altered = definition.alter(altered);
    }
    return altered;
  }

  /** The rows of a REST page. */
  page(lines: readonly string[], context: PageContext): readonly string[] {
    let altered = lines;
    for (const { fault, definition } of this.ofKind('rows')) {
      if (definition.places.includes('page') && fault.fires()) altered = definition.alter(altered, context);
    }
    return altered;
  }

  /** A download of the zip under `key`: from the second one on it may be replaced. */
  noteDownload(key: string): void {
    this.downloads.set(key, (this.downloads.get(key) ?? 0) + 1);
  }

  /** The zip as the faults leave it; the same for its CHECKSUM. */
  zip(key: string, zip: Buffer): Buffer {
    const striking = this.onFile(key);
    if (striking.length === 0) return zip;
    const names = striking.map(({ name }) => name).join(' ');
    return this.altered.get(`${key} ${names}`, () =>
      striking.reduce((altered, { pack }) => repack(key, altered, pack), zip),
    );
  }

  /** What strikes the file under `key` now: its rows first, then the zip that holds them. */
  private onFile(key: string): { name: string; pack: (content: ArchiveContent) => Buffer }[] {
    const context = { intervalMs: 1, nowMs: 0 };
    const isAgain = (this.downloads.get(key) ?? 0) >= 2;
    const rows = [...this.ofKind('rows')]
      .filter(({ fault, definition }) => definition.places.includes('archive') && fault.firesFor(key))
      .map(({ fault, definition }) => ({
        name: fault.request.name,
        pack: (content: ArchiveContent) =>
          packContent({ ...content, lines: definition.alter(content.lines, context) }),
      }));
    const replaced = [...this.ofKind('replaced')]
      .filter(({ fault }) => isAgain && fault.firesFor(key))
      .map(({ fault, definition }) => ({
        name: fault.request.name,
        pack: (content: ArchiveContent) =>
          packContent({ ...content, lines: definition.alter(content.lines) }),
      }));
    const files = [...this.ofKind('file')]
      .filter(({ fault }) => fault.firesFor(key))
      .map(({ fault, definition }) => ({ ...definition, name: fault.request.name }));
    const ruined = files.filter(({ ruins }) => ruins).slice(0, 1);
    return [...rows, ...replaced, ...files.filter(({ ruins }) => !ruins), ...ruined];
  }

  private *ofKind<K extends FaultDefinition['kind']>(
    kind: K,
  ): Generator<{ fault: ArmedFault; definition: OfKind<K> }> {
    for (const fault of this.armed) {
      if (fault.definition.kind === kind) yield { fault, definition: fault.definition as OfKind<K> };
    }
  }
}

function repack(key: string, zip: Buffer, pack: (content: ArchiveContent) => Buffer): Buffer {
  const csvName = key.slice(key.lastIndexOf('/') + 1).replace(/\.zip$/, '.csv');
  const csv = readOnlyEntry(zip, { expectedName: csvName, maxBytes: MOST_CSV_BYTES });
  const first = csv
    .subarray(0, Math.max(0, csv.indexOf('\n')))
    .toString('latin1')
    .trimEnd();
  const header = /^\D/.test(first) ? first : null;
  return pack({ csvName, header, lines: new KlinesText(csv).lines() });
}
