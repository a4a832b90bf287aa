/**
 * The bars of one symbol and UTC month: the monthly zip, daily zips for what it lacks, REST for what
 * they lack; what then is missing is a hole.
 */
import type { BarTable } from '../bars/bar-table.js';
import { DAY_MS, dayOf, dayStartMs, INTERVALS_MS, type Interval } from '../bars/interval.js';
import { ArchiveClient, type ArchiveProblem } from './archive.js';
import { BarGrid } from './bar-grid.js';
import { PageJournal } from './page-journal.js';
import { qualityOf, type MonthQuality } from './quality.js';
import { fetchRange } from './rest-range.js';
import { RestClient } from './rest.js';

export interface MonthRequest {
  readonly restUrl: string;
  readonly archiveUrl: string;
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
  /** Tells one `--recheck` from the next: pages kept for another one are not used. */
  readonly recheck: string | null;
}

export interface MonthHost {
  readonly budgetDir: string;
  readonly restTimeoutMs?: number | undefined;
  readonly archiveTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((at: MonthProgress) => void) | undefined;
}

export interface MonthProgress {
  readonly bytes: number;
  readonly bars: number;
  readonly weightUsed: number;
}

export interface Month {
  readonly bars: BarTable;
  readonly quality: MonthQuality;
}

/** Daily zips under way at once. */
const DAILY_AT_ONCE = 4;

/**
 * Downloads and assembles one month. Bars come out ascending, unique, on the grid, inside the range.
 * @throws ExchangeError when a server fails in a way that passes; pages had by REST are kept for the next try
 * @throws ConfigError SYMBOL_UNKNOWN, EXCHANGE_REGION_REFUSED
 * @throws DataError EXCHANGE_REFUSED
 */
export async function assembleMonth(request: MonthRequest, host: MonthHost): Promise<Month> {
  const assembly = new MonthAssembly(request, host);
  await assembly.fromArchives();
  await assembly.fromRest();
  return assembly.finish();
}

class MonthAssembly {
  private readonly grid: BarGrid;
  private readonly archives: ArchiveClient;
  private readonly rest: RestClient;
  private readonly problems: ArchiveProblem[] = [];
  private readonly journals: readonly PageJournal[];

  constructor(
    private readonly request: MonthRequest,
    private readonly host: MonthHost,
  ) {
    const { restUrl, archiveUrl, symbol, interval, month, recheck, startMs, endMs } = request;
    const { signal, budgetDir } = host;
    this.grid = new BarGrid({ startMs, endMs, intervalMs: INTERVALS_MS[interval] });
    this.archives = new ArchiveClient({
      archiveUrl,
      symbol,
      interval,
      timeoutMs: host.archiveTimeoutMs,
      signal,
    });
    this.rest = new RestClient({
      restUrl,
      budgetDir,
      requestDelayMs: request.requestDelayMs,
      timeoutMs: host.restTimeoutMs,
      signal,
    });
    // A hole is believed when it was asked for twice: pages with a bar missing have been seen.
    this.journals = ['first', 'again'].map(
      (pass) => new PageJournal(budgetDir, [restUrl, symbol, interval, month, recheck, pass]),
    );
  }

  async fromArchives(): Promise<void> {
    const { month, monthlyArchive } = this.request;
    if (monthlyArchive) await this.takeArchive('monthly', month);
    const missing = this.daysWithHoles();
    if (missing.size === 0) return;
    const wanted = (await this.dailyArchives()).filter((day) => missing.has(day));
    for (let at = 0; at < wanted.length; at += DAILY_AT_ONCE) {
      await Promise.all(wanted.slice(at, at + DAILY_AT_ONCE).map((day) => this.takeArchive('daily', day)));
    }
  }

  /** Months with a zip of their own were observed without their days. */
  private async dailyArchives(): Promise<readonly string[]> {
    const { month, monthlyArchive, dailyArchives } = this.request;
    if (!monthlyArchive || dailyArchives.length > 0) return dailyArchives;
    return this.archives.list('daily', { datePrefix: month });
  }

  private daysWithHoles(): Set<string> {
    const days = new Set<string>();
    for (const { startMs, endMs } of this.grid.holes()) {
      for (let day = dayStartMs(startMs); day < endMs; day += DAY_MS) days.add(dayOf(day));
    }
    return days;
  }

  private async takeArchive(period: 'monthly' | 'daily', when: string): Promise<void> {
    const { klines, problems } = await this.archives.klines(period, when);
    this.problems.push(...problems);
    if (klines !== null) this.grid.add(klines.bars, period);
    this.tell();
  }

  async fromRest(): Promise<void> {
    const { restUrl, symbol, interval, maxKlinesPerRequest } = this.request;
    for (const journal of this.journals) {
      const options = { rest: this.rest, restUrl, symbol, interval, maxKlinesPerRequest, journal };
      for (const hole of this.grid.holes()) {
        await fetchRange(options, hole, (page) => {
          this.grid.add(page, 'rest');
          this.tell();
        });
      }
    }
  }

  finish(): Month {
    const bars = this.grid.toBars();
    for (const journal of this.journals) journal.forget();
    this.problems.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
    return { bars, quality: qualityOf(this.request, { bars, grid: this.grid, problems: this.problems }) };
  }

  private tell(): void {
    this.host.progress?.({
      bytes: this.archives.bytes + this.rest.bytes,
      bars: this.grid.filled,
      weightUsed: this.rest.weightUsed,
    });
  }
}
