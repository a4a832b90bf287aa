/** Recorded bars: a folder of Binance's own zips, served as they are, and REST answers from the same bars. */
import fs from 'node:fs';
import path from 'node:path';
import { DAY_MS, INTERVALS_MS, type Interval } from '../../lib/bars/interval.js';
import { ConfigError } from '../../lib/errors.js';
import { readOnlyEntry } from '../../lib/market/zip.js';
import { archiveKey, archiveRange, archiveStem, parseArchiveName, type ArchiveName } from './archive-name.js';
import { aggregate } from './csv-lines.js';
import { csvOfLines, KlinesText } from './klines-text.js';
import { RecentlyUsed, type ArchiveEntry, type MarketSource, type Partition } from './source.js';
import { makeZip } from './zip-file.js';

interface RecordedFile {
  readonly name: ArchiveName;
  readonly path: string;
  readonly bytes: number;
}

const MOST_CSV_BYTES = 512 * 1024 * 1024;
/** Decoded files kept: the day or month that REST pages walk through, for some symbols at once. */
const KEPT_BLOCKS = 48;

/**
 * Opens a folder of zips named like Binance's, in any subfolders, of spot or futures. Nothing is decoded yet.
 * @throws ConfigError RECORDED_EMPTY when it holds none
 */
export function openRecorded(dir: string): MarketSource {
  const files = findFiles(dir);
  if (files.length === 0) {
    throw new ConfigError('RECORDED_EMPTY', {
      what: `${dir} holds no kline zips named like BTCUSDT-1m-2023-03.zip or BTCUSDT-1m-2023-03-24.zip.`,
      fix: 'Name a folder of Binance archive files.',
      details: { dir },
    });
  }
  return new RecordedMarket(files);
}

function findFiles(dir: string): RecordedFile[] {
  if (!fs.existsSync(dir)) return [];
  const files = new Map<string, RecordedFile>();
  for (const entry of fs.readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const name = entry.isFile() ? parseArchiveName(entry.name) : null;
    if (name === null) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(archiveKey(name), { name, path: file, bytes: fs.statSync(file).size });
  }
  return [...files.values()];
}

class RecordedMarket implements MarketSource {
  readonly symbols: readonly string[];
  readonly archives: readonly ArchiveEntry[];
  private readonly byKey: ReadonlyMap<string, RecordedFile>;
  private readonly blocks = new RecentlyUsed<KlinesText>(KEPT_BLOCKS);
  private readonly partitionLists = new Map<string, readonly Partition[]>();

  constructor(files: readonly RecordedFile[]) {
    this.byKey = new Map(files.map((file) => [archiveKey(file.name), file]));
    this.symbols = [...new Set(files.map(({ name }) => name.symbol))].sort();
    const own = files.flatMap(({ name, bytes }) => entriesOf(name, bytes));
    const listed = new Set(own.map(({ key }) => key));
    const coarser = files.flatMap(({ name }) => coarserEntries(name)).filter(({ key }) => !listed.has(key));
    this.archives = [...own, ...coarser].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  zip(key: string): Buffer | null {
    const file = this.byKey.get(key);
    if (file !== undefined) return fs.readFileSync(file.path);
    return this.coarserZip(key);
  }

  private coarserZip(key: string): Buffer | null {
    const name = parseArchiveName(path.posix.basename(key));
    if (name === null || archiveKey(name) !== key) return null;
    const finer = this.byKey.get(archiveKey({ ...name, interval: '1m' }));
    const intervalMs = INTERVALS_MS[name.interval as Interval] as number | undefined;
    if (finer === undefined || intervalMs === undefined) return null;
    const bars = aggregate(this.decode(finer), intervalMs);
    return makeZip({ [`${archiveStem(name)}.csv`]: bars.bytes(0, bars.length) }, 6);
  }

  partitions(symbol: string, interval: string): readonly Partition[] {
    const id = `${symbol}-${interval}`;
    const known = this.partitionLists.get(id);
    if (known !== undefined) return known;
    const own = this.filesOf(symbol, interval);
    const list = own.length > 0 ? this.partitionsOf(own) : this.coarserPartitions(symbol, interval);
    this.partitionLists.set(id, list);
    return list;
  }

  private coarserPartitions(symbol: string, interval: string): readonly Partition[] {
    const intervalMs = INTERVALS_MS[interval as Interval] as number | undefined;
    if (intervalMs === undefined || interval === '1m') return [];
    return this.partitionsOf(this.filesOf(symbol, '1m')).map(({ startMs, endMs, load }) => ({
      startMs,
      endMs,
      load: () => this.blocks.get(`${symbol}-${interval}-${startMs}`, () => aggregate(load(), intervalMs)),
    }));
  }

  private filesOf(symbol: string, interval: string): RecordedFile[] {
    return [...this.byKey.values()]
      .filter(({ name }) => name.symbol === symbol && name.interval === interval)
      .sort((a, b) => archiveRange(a.name).startMs - archiveRange(b.name).startMs);
  }

  /** A month's zip covers the month; days of it whose zip stands beside serve what the month lacks. */
  private partitionsOf(files: readonly RecordedFile[]): Partition[] {
    const months = new Map(
      files.filter(({ name }) => name.period === 'monthly').map((file) => [file.name.date, file]),
    );
    const days = files.filter(({ name }) => name.period === 'daily');
    const alone = days.filter(({ name }) => !months.has(name.date.slice(0, 7)));
    const monthly = [...months.values()].map((file) => {
      const beside = days.filter(({ name }) => name.date.startsWith(file.name.date));
      return { ...archiveRange(file.name), load: () => this.withMissingDays(file, beside) };
    });
    const daily = alone.map((file) => ({ ...archiveRange(file.name), load: () => this.decode(file) }));
    return [...monthly, ...daily].sort((a, b) => a.startMs - b.startMs);
  }

  private withMissingDays(month: RecordedFile, days: readonly RecordedFile[]): KlinesText {
    if (days.length === 0) return this.decode(month);
    return this.blocks.get(`${archiveKey(month.name)} and days`, () => {
      const bars = this.decode(month);
      const present = new Set(Array.from(bars.openTimeMs, (timeMs) => Math.floor(timeMs / DAY_MS)));
      const lacking = days.filter(({ name }) => !present.has(archiveRange(name).startMs / DAY_MS));
      const lines = [bars, ...lacking.map((file) => this.decode(file))].flatMap((each) => each.lines());
      return new KlinesText(csvOfLines(lines.sort()));
    });
  }

  private decode(file: RecordedFile): KlinesText {
    return this.blocks.get(archiveKey(file.name), () => {
      const expectedName = `${archiveStem(file.name)}.csv`;
      const csv = readOnlyEntry(fs.readFileSync(file.path), { expectedName, maxBytes: MOST_CSV_BYTES });
      return new KlinesText(csv);
    });
  }
}

/** The exchange has every interval, the record one: the others are listed too and made when asked for. */
function coarserEntries(name: ArchiveName): ArchiveEntry[] {
  if (name.interval !== '1m') return [];
  const coarser = Object.keys(INTERVALS_MS).filter((interval) => interval !== '1m');
  return coarser.flatMap((interval) => entriesOf({ ...name, interval }, null));
}

/** A day's zip appears on the next day, a month's after its last. */
function entriesOf(name: ArchiveName, bytes: number | null): ArchiveEntry[] {
  const key = archiveKey(name);
  const modifiedMs = archiveRange(name).endMs;
  const checksumBytes = 64 + 2 + path.posix.basename(key).length + 1;
  return [
    { key, bytes, modifiedMs },
    { key: `${key}.CHECKSUM`, bytes: checksumBytes, modifiedMs },
  ];
}
