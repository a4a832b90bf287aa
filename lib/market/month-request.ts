/** What a month of bars is asked for by, and what comes back. */
import type { BarTable } from '../bars/bar-table.js';
import type { Interval } from '../bars/interval.js';
import type { Market } from '../config/types.js';
import type { MonthQuality } from './quality.js';

export interface MonthRequest {
  readonly restUrl: string;
  readonly archiveUrl: string;
  readonly market: Market;
  readonly symbol: string;
  readonly interval: Interval;
  /** `2023-03` */
  readonly month: string;
  /** Range wanted inside the month; every bar in it is closed. */
  readonly startMs: number;
  readonly endMs: number;
  /** The listing shows the month's zip. */
  readonly monthlyArchive: boolean;
  /** `2023-03-24` of each daily zip the listing shows. */
  readonly dailyArchives: readonly string[];
  readonly requestDelayMs: number;
  readonly maxKlinesPerRequest: number;
  /** Why a closed month is asked for again; pages kept for another reason are not used. */
  readonly recheck: string | null;
}

export interface MonthHost {
  readonly budgetDir: string;
  readonly restTimeoutMs?: number | undefined;
  readonly archiveTimeoutMs?: number | undefined;
  /** False where the environment names no proxy. */
  readonly hasProxy?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((at: MonthProgress) => void) | undefined;
}

export interface MonthProgress {
  readonly bytes: number;
  readonly bars: number;
  /** Bars that the month would have without holes. */
  readonly expected: number;
  readonly barsPerS: number;
  /** Null until the pace is known. */
  readonly leftMs: number | null;
  readonly weightUsed: number;
  /** Weight that every program at this address used in the minute that runs, and what we allow ourselves. */
  readonly weightOfMinute: { readonly used: number; readonly allowed: number | null };
}

export interface Month {
  readonly bars: BarTable;
  readonly quality: MonthQuality;
  /** Hash of each archive file that was used. */
  readonly archives: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly weightUsed: number;
}
