/** Names of Binance's archive files. Pure. */
import { DAY_MS, monthEndMs, monthStartMs } from '../../lib/bars/interval.js';

export type Period = 'monthly' | 'daily';

export interface ArchiveName {
  readonly symbol: string;
  readonly interval: string;
  readonly period: Period;
  /** `2023-03` or `2023-03-24`. */
  readonly date: string;
}

const NAME = /^([A-Z0-9_]{2,30})-(\d{1,2}[mhd])-(\d{4}-\d{2}(-\d{2})?)\.zip$/;

/** The parts of `BTCUSDT-1m-2023-03.zip`; null for any other file name. */
export function parseArchiveName(file: string): ArchiveName | null {
  const match = NAME.exec(file);
  if (match === null) return null;
  const [, symbol, interval, date, day] = match;
  return {
    symbol: symbol!,
    interval: interval!,
    date: date!,
    period: day === undefined ? 'monthly' : 'daily',
  };
}

/** `BTCUSDT-1m-2023-03` */
export function archiveStem({ symbol, interval, date }: ArchiveName): string {
  return `${symbol}-${interval}-${date}`;
}

/** Key of the zip under the futures path, whatever market it was recorded on. */
export function archiveKey(name: ArchiveName): string {
  const { symbol, interval, period } = name;
  return `data/futures/um/${period}/klines/${symbol}/${interval}/${archiveStem(name)}.zip`;
}

/** Time covered, [startMs, endMs). */
export function archiveRange({ period, date }: ArchiveName): { startMs: number; endMs: number } {
  if (period === 'monthly') return { startMs: monthStartMs(date), endMs: monthEndMs(date) };
  const startMs = Date.parse(`${date}T00:00:00Z`);
  return { startMs, endMs: startMs + DAY_MS };
}
