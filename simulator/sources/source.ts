/** What a simulated exchange serves: bars by partition of time, and archive files. */
import { lowerBound } from '../../lib/bars/bar-table.js';
import type { KlinesText } from './klines-text.js';

/** A stretch of time whose bars are loaded together; ascending and disjoint within a symbol. */
export interface Partition {
  readonly startMs: number;
  readonly endMs: number;
  load(): KlinesText;
}

export interface ArchiveEntry {
  /** `data/futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2023-03-24.zip`, or that with `.CHECKSUM`. */
  readonly key: string;
  /** Null until the file has been made. */
  readonly bytes: number | null;
  /** The file appears at this moment, UTC ms. */
  readonly modifiedMs: number;
}

export interface MarketSource {
  readonly symbols: readonly string[];
  /** Partitions of a symbol the source has, ascending; empty when it has no bars at that interval. */
  partitions(symbol: string, interval: string): readonly Partition[];
  /** All archive files, by key ascending. */
  readonly archives: readonly ArchiveEntry[];
  /** The bytes of an archive zip; null when there is none under that key. */
  zip(key: string): Buffer | null;
}

export interface BarQuery {
  /** First open asked for; null: the last bars before `endMs`. */
  readonly startMs: number | null;
  /** Exclusive. */
  readonly endMs: number;
  readonly limit: number;
}

/** CSV lines of at most `limit` bars, ascending; loads only the partitions it needs. */
export function queryLines(partitions: readonly Partition[], query: BarQuery): string[] {
  return query.startMs === null ? lastLines(partitions, query) : firstLines(partitions, query.startMs, query);
}

function firstLines(partitions: readonly Partition[], startMs: number, { endMs, limit }: BarQuery): string[] {
  const found: string[] = [];
  for (const partition of partitions) {
    if (partition.endMs <= startMs) continue;
    if (partition.startMs >= endMs || found.length >= limit) break;
    const bars = partition.load();
    const from = lowerBound(bars.openTimeMs, startMs);
    const to = Math.min(lowerBound(bars.openTimeMs, endMs), from + limit - found.length);
    found.push(...bars.lines(from, to));
  }
  return found;
}

function lastLines(partitions: readonly Partition[], { endMs, limit }: BarQuery): string[] {
  let found: string[] = [];
  for (let index = partitions.length - 1; index >= 0 && found.length < limit; index--) {
    const partition = partitions[index]!;
    if (partition.startMs >= endMs) continue;
    const bars = partition.load();
    const to = lowerBound(bars.openTimeMs, endMs);
    found = [...bars.lines(Math.max(0, to - (limit - found.length)), to), ...found];
  }
  return found;
}

/** The last few results of a costly function, by key. */
export class RecentlyUsed<V> {
  private readonly kept = new Map<string, V>();

  constructor(private readonly most: number) {}

  get(key: string, make: () => V): V {
    const value = this.kept.get(key) ?? make();
    this.kept.delete(key);
    this.kept.set(key, value);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > this.most && oldest !== undefined) this.kept.delete(oldest);
    return value;
  }
}
