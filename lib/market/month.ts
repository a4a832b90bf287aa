/**
 * The bars of one symbol and UTC month: the monthly zip, daily zips for what it lacks, REST for what
 * they lack; what then is missing is a hole.
 */
import { setMaxListeners } from 'node:events';
import { sliceBars, type BarTable } from '../bars/bar-table.js';
import { DAY_MS, dayOf, dayStartMs, INTERVALS_MS, monthEndMs } from '../bars/interval.js';
import { isUnknownSymbol } from './answer-errors.js';
import { ArchiveClient, type ArchiveProblem } from './archive.js';
import { BarGrid, type BarSource, type RowFaults } from './bar-grid.js';
import { KeptMonthFile, type KeptMonth } from './kept-month.js';
import type { Month, MonthHost, MonthRequest } from './month-request.js';
import { PageJournal } from './page-journal.js';
import { qualityOf } from './quality.js';
import { fetchRange, rangesToAsk, type BarRange } from './rest-range.js';
import { RestClient } from './rest.js';
import { sampleArchive } from './sample.js';

const ARCHIVES: readonly BarSource[] = ['monthly', 'daily'];
/** Archives of a failed attempt are asked for again after this. */
const INTERRUPTED_VALID_MS = DAY_MS;
/** Daily zips under way at once. */
const DAILY_AT_ONCE = 8;
/** Progress is told no more often: it reads the budget's file. */
const TELL_EVERY_MS = 250;

/**
 * Downloads and assembles one month. Bars come out ascending, unique, on the grid, inside the range.
 * @throws ExchangeError when a server fails in a way that passes; archives and REST pages that were had are
 *   kept for the next try
 * @throws ConfigError SYMBOL_UNKNOWN, EXCHANGE_REGION_REFUSED
 * @throws DataError EXCHANGE_REFUSED
 */
export async function assembleMonth(request: MonthRequest, host: MonthHost): Promise<Month> {
  // Every request under way listens to the one signal.
  if (host.signal !== undefined) setMaxListeners(0, host.signal);
  const assembly = new MonthAssembly(request, host);
  try {
    await assembly.fromArchives();
    await assembly.fromRest();
    return await assembly.finish();
  } catch (thrown) {
    assembly.keepArchived();
    throw thrown;
  }
}

class MonthAssembly {
  private readonly grid: BarGrid;
  private readonly client: ArchiveClient;
  private readonly rest: RestClient;
  private readonly problems: ArchiveProblem[] = [];
  private readonly archives: Record<string, string> = {};
  private readonly journals: readonly PageJournal[];
  private readonly kept: KeptMonthFile;
  private readonly interrupted: KeptMonthFile;
  /** Archive files that an earlier attempt had, or found to be of no use. */
  private readonly asked = new Set<string>();
  /** Bars before this moment were had by an earlier run, and its holes were asked for. */
  private knownUntilMs: number;
  private readonly startedMs = performance.now();
  private isDelisted = false;
  /** Null until all archives are taken; pages of REST are counted again when their journals are read. */
  private faultsOfArchives: RowFaults | null = null;
  private toldMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly request: MonthRequest,
    private readonly host: MonthHost,
  ) {
    const { restUrl, archiveUrl, market, symbol, interval, month, recheck, startMs, endMs } = request;
    const { signal, budgetDir, hasProxy } = host;
    this.grid = new BarGrid({ startMs, endMs, intervalMs: INTERVALS_MS[interval] });
    const common = { market, budgetDir, hasProxy, signal };
    this.client = new ArchiveClient({
      ...common,
      archiveUrl,
      symbol,
      interval,
      timeoutMs: host.archiveTimeoutMs,
    });
    this.rest = new RestClient({
      ...common,
      restUrl,
      requestDelayMs: request.requestDelayMs,
      timeoutMs: host.restTimeoutMs,
    });
    const identity = [restUrl, market, symbol, interval, month, recheck];
    // A hole is believed when it was asked for twice: pages with a bar missing have been seen.
    this.journals = ['first', 'again'].map((pass) => new PageJournal(budgetDir, [...identity, pass]));
    this.kept = new KeptMonthFile(budgetDir, [...identity, archiveUrl]);
    const listed = [String(request.monthlyArchive), ...request.dailyArchives];
    const attempt = [...identity, archiveUrl, 'archives', String(endMs), ...listed];
    this.interrupted = new KeptMonthFile(budgetDir, attempt, INTERRUPTED_VALID_MS);
    this.knownUntilMs = startMs;
    if (this.isOpen()) this.takeKnown();
    this.takeInterrupted();
  }

  /** The month is not over, or not yet closed: it will be asked for again with a later end. */
  private isOpen(): boolean {
    return this.request.endMs < monthEndMs(this.request.month);
  }

  /** Bars of an earlier run, which asked for their holes everywhere. */
  private takeKnown(): void {
    const kept = this.kept.read();
    if (kept === null || kept.startMs !== this.request.startMs || kept.endMs > this.request.endMs) return;
    this.take(kept);
    this.knownUntilMs = kept.endMs;
  }

  /** Archives of an earlier attempt at this very month. */
  private takeInterrupted(): void {
    const kept = this.interrupted.read();
    if (kept === null || kept.startMs !== this.request.startMs) return;
    this.take(kept);
    for (const file of Object.keys(kept.archives)) this.asked.add(file);
    for (const { file } of kept.problems) this.asked.add(file);
  }

  private take({ bars, sourceRuns, archives, problems, faults }: KeptMonth): void {
    let row = 0;
    for (const run of sourceRuns) {
      this.grid.add(sliceBars(bars, row, row + run.bars), run.source);
      row += run.bars;
    }
    Object.assign(this.grid.faults, faults);
    Object.assign(this.archives, archives);
    this.problems.splice(0, this.problems.length, ...problems);
  }

  /** Holes that no earlier run has asked for. */
  private openHoles(): BarRange[] {
    return this.grid
      .holes()
      .filter(({ endMs }) => endMs > this.knownUntilMs)
      .map(({ startMs, endMs }) => ({ startMs: Math.max(startMs, this.knownUntilMs), endMs }));
  }

  async fromArchives(): Promise<void> {
    const { month, monthlyArchive } = this.request;
    if (this.openHoles().length === 0) return;
    if (monthlyArchive) await this.takeArchive('monthly', month);
    const missing = this.daysWithHoles();
    if (missing.size === 0) return;
    const wanted = (await this.dailyArchives()).filter((day) => missing.has(day));
    const queue = wanted.values();
    const takeNext = async (): Promise<void> => {
      for (const day of queue) await this.takeArchive('daily', day);
    };
    try {
      await Promise.all(Array.from({ length: DAILY_AT_ONCE }, takeNext));
    } finally {
      // After a failure the others take no further day.
      while (queue.next().done !== true);
    }
  }

  /** Months with a zip of their own were observed without their days. */
  private async dailyArchives(): Promise<readonly string[]> {
    const { month, monthlyArchive, dailyArchives } = this.request;
    if (!monthlyArchive || dailyArchives.length > 0) return dailyArchives;
    return this.client.list('daily', { datePrefix: month });
  }

  private daysWithHoles(): Set<string> {
    const days = new Set<string>();
    for (const { startMs, endMs } of this.openHoles()) {
      for (let day = dayStartMs(startMs); day < endMs; day += DAY_MS) days.add(dayOf(day));
    }
    return days;
  }

  private async takeArchive(period: 'monthly' | 'daily', when: string): Promise<void> {
    if (this.asked.has(this.client.fileOf(period, when))) return;
    const { file, sha256, problems } = await this.client.klines(period, when, (bars) =>
      this.grid.add(bars, period),
    );
    this.problems.push(...problems);
    if (sha256 !== null) this.archives[file] = sha256;
    this.tell();
  }

  /** A symbol that has archives and that REST does not know is delisted: then REST has nothing. */
  async fromRest(): Promise<void> {
    try {
      await this.fillFromRest();
    } catch (thrown) {
      const { monthlyArchive, dailyArchives } = this.request;
      if (!isUnknownSymbol(thrown) || !(monthlyArchive || dailyArchives.length > 0)) throw thrown;
      this.isDelisted = true;
    }
  }

  private async fillFromRest(): Promise<void> {
    this.faultsOfArchives = { ...this.grid.faults };
    const { symbol, interval, maxKlinesPerRequest } = this.request;
    const plan = {
      rules: this.rest.rules,
      intervalMs: INTERVALS_MS[interval],
      ceiling: maxKlinesPerRequest,
    };
    for (const journal of this.journals) {
      const options = { rest: this.rest, symbol, interval, maxKlinesPerRequest, journal };
      for (const range of rangesToAsk(this.openHoles(), plan)) {
        await fetchRange(options, range, (page) => {
          this.grid.add(page, 'rest');
          this.tell();
        });
      }
    }
  }

  async finish(): Promise<Month> {
    const bars = this.grid.toBars();
    this.problems.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
    const archived = this.grid.barsOf(ARCHIVES);
    const sample = await sampleArchive(this.rest, this.request, archived);
    const { grid, problems, archives, isDelisted } = this;
    const quality = qualityOf(this.request, { bars, grid, problems, archives, sample, isDelisted });
    this.keep(bars);
    for (const journal of this.journals) journal.forget();
    return { bars, quality, archives, bytes: this.bytes(), weightUsed: this.rest.weightUsed };
  }

  private keep(bars: BarTable): void {
    this.interrupted.forget();
    if (this.isOpen()) this.kept.write({ ...this.known(), bars, sourceRuns: this.grid.sourceRuns() });
    else this.kept.forget();
  }

  /** Keeps what came from archives for the next attempt; pages of REST are in their journals. */
  keepArchived(): void {
    const files = new Set([...Object.keys(this.archives), ...this.problems.map(({ file }) => file)]);
    if ([...files].every((file) => this.asked.has(file))) return;
    const bars = this.grid.barsOf(ARCHIVES);
    const sourceRuns = this.grid.sourceRuns().filter(({ source }) => ARCHIVES.includes(source));
    const faults = this.faultsOfArchives ?? this.grid.faults;
    this.interrupted.write({ ...this.known(), bars, sourceRuns, faults });
  }

  private known(): Omit<KeptMonth, 'bars' | 'sourceRuns'> {
    const { startMs, endMs } = this.request;
    const { archives, problems, grid } = this;
    return { startMs, endMs, archives, problems, faults: grid.faults };
  }

  private bytes(): number {
    return this.client.bytes + this.rest.bytes;
  }

  private tell(): void {
    const nowMs = performance.now();
    if (nowMs - this.toldMs < TELL_EVERY_MS) return;
    this.toldMs = nowMs;
    const { startMs, endMs, interval } = this.request;
    const bars = this.grid.filled;
    const expected = Math.round((endMs - startMs) / INTERVALS_MS[interval]);
    const seconds = (nowMs - this.startedMs) / 1000;
    const barsPerS = Math.round(bars / Math.max(seconds, 0.001));
    this.host.progress?.({
      bytes: this.bytes(),
      bars,
      expected,
      barsPerS,
      leftMs: barsPerS > 0 ? Math.round(((expected - bars) / barsPerS) * 1000) : null,
      weightUsed: this.rest.weightUsed,
      weightOfMinute: this.rest.weightOfMinute(),
    });
  }
}
