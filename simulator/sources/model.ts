/** A model market as an exchange serves it: months made in order, kept while they are needed. */
import { lowerBound, sliceBars, type BarTable } from '../../lib/bars/bar-table.js';
import {
  DAY_MS,
  dayOf,
  INTERVALS_MS,
  monthEndMs,
  monthsBetween,
  monthStartMs,
  type Interval,
} from '../../lib/bars/interval.js';
import { extendPath, initialState, type PathModel, type PathState } from '../models/path.js';
import type { ModelOptions } from '../options.js';
import { archiveKey, archiveRange, archiveStem, parseArchiveName, type ArchiveName } from './archive-name.js';
import { csvOfBars } from '../models/bars-csv.js';
import { aggregate } from './csv-lines.js';
import { KlinesText } from './klines-text.js';
import { RecentlyUsed, type ArchiveEntry, type MarketSource, type Partition } from './source.js';
import { makeZip } from './zip-file.js';

/** Months of lines kept: REST pages and archives walk through them in order, for some symbols at once. */
const KEPT_MONTHS = 10;
const KEPT_ZIPS = 10;
/** Stored: random digits pack to no less than a third, at four times the cost of the bars themselves. */
const ZIP_LEVEL = 0;
const KNOWN_PRICES: Readonly<Record<string, number>> = {
  BTCUSDT: 30_000,
  ETHUSDT: 2000,
  XRPUSDT: 0.5,
  LTCUSDT: 90,
};
const OTHER_PRICE = 25;

/** Opens a model market. Nothing is computed before it is asked for; the answers do not depend on the order. */
export function openModel(options: ModelOptions): MarketSource {
  return new ModelMarket(options);
}

class ModelMarket implements MarketSource {
  readonly symbols: readonly string[];
  readonly archives: readonly ArchiveEntry[];
  private readonly months: readonly string[];
  private readonly paths: ReadonlyMap<string, SymbolPath>;
  private readonly blocks = new RecentlyUsed<KlinesText>(KEPT_MONTHS);
  private readonly zips = new RecentlyUsed<Buffer>(KEPT_ZIPS);

  constructor(private readonly options: ModelOptions) {
    this.symbols = options.symbols;
    this.months = monthsBetween(options.startMs, options.endMs);
    this.paths = new Map(options.symbols.map((symbol) => [symbol, new SymbolPath(options, symbol)]));
    this.archives = this.archiveNames()
      .flatMap(entriesOf)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  partitions(symbol: string, interval: string): readonly Partition[] {
    const path = this.paths.get(symbol);
    if (path === undefined) return [];
    return this.months.map((month) => ({
      ...rangeOf(month, this.options),
      load: () => this.monthText(path, interval, month),
    }));
  }

  zip(key: string): Buffer | null {
    const name = parseArchiveName(key.slice(key.lastIndexOf('/') + 1));
    const path = name === null ? undefined : this.paths.get(name.symbol);
    if (name === null || path === undefined || archiveKey(name) !== key) return null;
    const { startMs, endMs } = archiveRange(name);
    if (startMs >= this.options.endMs || endMs <= this.options.startMs) return null;
    return this.zips.get(key, () => {
      const bars = this.monthText(path, name.interval, name.date.slice(0, 7));
      const [from, to] = [lowerBound(bars.openTimeMs, startMs), lowerBound(bars.openTimeMs, endMs)];
      return makeZip({ [`${archiveStem(name)}.csv`]: bars.bytes(from, to) }, ZIP_LEVEL);
    });
  }

  private monthText(path: SymbolPath, interval: string, month: string): KlinesText {
    return this.blocks.get(`${path.symbol} ${interval} ${month}`, () => {
      if (interval === '1m') return new KlinesText(csvOfBars(this.withinRange(path.month(month))));
      const minutes = this.monthText(path, '1m', month);
      return aggregate(minutes, INTERVALS_MS[interval as Interval]);
    });
  }

  private withinRange(bars: BarTable): BarTable {
    return sliceBars(bars, 0, lowerBound(bars.openTimeMs, this.options.endMs));
  }

  /** Months that the range covers to their end, and all days; as on the real exchange both stand side by side. */
  private archiveNames(): ArchiveName[] {
    const { symbols, startMs, endMs } = this.options;
    const days = Array.from({ length: (endMs - startMs) / DAY_MS }, (_, day) =>
      dayOf(startMs + day * DAY_MS),
    );
    const months = this.months.filter((month) => monthEndMs(month) <= endMs);
    return symbols.flatMap((symbol) =>
      Object.keys(INTERVALS_MS).flatMap((interval): ArchiveName[] => [
        ...months.map((date) => ({ symbol, interval, period: 'monthly' as const, date })),
        ...days.map((date) => ({ symbol, interval, period: 'daily' as const, date })),
      ]),
    );
  }
}

/** The path of one symbol: states at the ends of months, so that a month can be made again at any time. */
class SymbolPath {
  private readonly model: PathModel;
  private readonly states: PathState[];

  constructor(
    private readonly options: ModelOptions,
    readonly symbol: string,
  ) {
    const volatility = options.model === 'planted' ? 'constant' : 'stochastic';
    this.model = { seed: options.seed, symbol, ic: options.ic, volatility };
    this.states = [initialState(KNOWN_PRICES[symbol] ?? OTHER_PRICE)];
  }

  month(month: string): BarTable {
    const months = monthsBetween(this.options.startMs, monthEndMs(month));
    for (let index = this.states.length - 1; index < months.length - 1; index++) {
      this.states.push(this.extend(index, months[index]!).state);
    }
    const { bars, state } = this.extend(months.length - 1, month);
    this.states[months.length] ??= state;
    return bars;
  }

  /** A month is made to its end, whatever part of it the range has: a later end continues the same path. */
  private extend(index: number, month: string): { bars: BarTable; state: PathState } {
    const startMs = Math.max(monthStartMs(month), this.options.startMs);
    return extendPath(this.model, this.states[index]!, { month, startMs, endMs: monthEndMs(month) });
  }
}

function rangeOf(month: string, { startMs, endMs }: ModelOptions): { startMs: number; endMs: number } {
  return { startMs: Math.max(startMs, monthStartMs(month)), endMs: Math.min(endMs, monthEndMs(month)) };
}

function entriesOf(name: ArchiveName): ArchiveEntry[] {
  const key = archiveKey(name);
  const modifiedMs = archiveRange(name).endMs;
  return [
    { key, bytes: null, modifiedMs },
    { key: `${key}.CHECKSUM`, bytes: null, modifiedMs },
  ];
}
