/** Where Binance's archives keep a symbol's klines. Pure. */
import type { Market } from '../config/types.js';
import { MARKET_RULES } from './markets.js';

export type ArchivePeriod = 'monthly' | 'daily';

export interface ArchiveFolder {
  readonly market: Market;
  readonly period: ArchivePeriod;
  readonly symbol: string;
  readonly interval: string;
}

/** `data/futures/um/monthly/klines/BTCUSDT/1m/` */
export function archivePrefix({ market, period, symbol, interval }: ArchiveFolder): string {
  return `${MARKET_RULES[market].archiveFolder}/${period}/klines/${symbol}/${interval}/`;
}

/** `BTCUSDT-1m-2023-03` of a month or `BTCUSDT-1m-2023-03-24` of a day, without extension. */
export function archiveStem({ symbol, interval }: ArchiveFolder, when: string): string {
  return `${symbol}-${interval}-${when}`;
}

/** The months or days whose zip stands in `keys`, ascending; other names are passed over. */
export function archivedDates(keys: readonly string[], folder: ArchiveFolder): string[] {
  const prefix = archivePrefix(folder);
  const date = folder.period === 'monthly' ? /^\d{4}-\d{2}$/ : /^\d{4}-\d{2}-\d{2}$/;
  const stem = archiveStem(folder, '');
  return keys
    .filter((key) => key.startsWith(prefix + stem) && key.endsWith('.zip'))
    .map((key) => key.slice(prefix.length + stem.length, -'.zip'.length))
    .filter((when) => date.test(when))
    .sort();
}
