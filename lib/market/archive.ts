/** Archive files: a zip and its CHECKSUM, verified, unpacked and parsed. */
import type { BarTable } from '../bars/bar-table.js';
import { DataError, ExchangeError } from '../errors.js';
import type { Market } from '../config/types.js';
import { answerError, blockedError, blockOf, malformedError } from './answer-errors.js';
import {
  archivedDates,
  archivePrefix,
  archiveStem,
  type ArchiveFolder,
  type ArchivePeriod,
} from './archive-paths.js';
import { OriginBlocks } from './budget-state.js';
import { publishedHash, verifyChecksum } from './checksum.js';
import { httpGet, pause } from './http.js';
import { KlinesScratch, parseKlinesCsv } from './klines-csv.js';
import { listKeys } from './listing.js';
import { readOnlyEntry } from './zip.js';

export interface ArchiveOptions {
  readonly archiveUrl: string;
  readonly market: Market;
  /** Where bans are written down, those of the archive's host too. */
  readonly budgetDir: string;
  readonly symbol: string;
  readonly interval: string;
  /** Default 15 s of silence. */
  readonly timeoutMs?: number | undefined;
  /** False where the environment names no proxy. */
  readonly hasProxy?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file that could not be used, and why: kept with the month's facts. */
export interface ArchiveProblem {
  readonly file: string;
  readonly problem: string;
}

export interface ArchiveAnswer {
  readonly file: string;
  /** Hash of the file that was used; null where none could be. */
  readonly sha256: string | null;
  readonly problems: readonly ArchiveProblem[];
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** A month of 1m bars is 2 MB packed and 7 MB unpacked; these are no limits it could meet. */
const MOST_ZIP_BYTES = 64 * 1024 * 1024;
const MOST_CSV_BYTES = 256 * 1024 * 1024;
const MOST_CHECKSUM_BYTES = 4096;
const RETRY_PAUSES_MS = [250, 1000];
/** One a thread: a file is parsed and its bars are taken before anything else happens. */
const SCRATCH = new KlinesScratch();
/** A file is fetched once more when it and its checksum disagree: it may have been replaced in between. */
const FETCHES = 2;

export class ArchiveClient {
  bytes = 0;
  private readonly blocks: OriginBlocks;

  constructor(private readonly options: ArchiveOptions) {
    this.blocks = new OriginBlocks(options.budgetDir, options.archiveUrl);
  }

  /** Dates of the archives listed, those whose file name comes after `after` if given. */
  async list(period: ArchivePeriod, { datePrefix = '', after = '' } = {}): Promise<string[]> {
    const folder = this.folder(period);
    const prefix = archivePrefix(folder);
    const stem = archiveStem(folder, '');
    const { archiveUrl, hasProxy, signal } = this.options;
    const options = { archiveUrl, blocks: this.blocks, timeoutMs: this.timeoutMs(), hasProxy, signal };
    const marker = after === '' ? '' : prefix + stem + after;
    return archivedDates(await listKeys(options, prefix + stem + datePrefix, marker), folder);
  }

  /** Name of an archive file. */
  fileOf(period: ArchivePeriod, when: string): string {
    return `${archiveStem(this.folder(period), when)}.zip`;
  }

  /**
   * Gives the bars of one archive to `take`, in memory that the next archive overwrites; nothing is taken, and
   * the problems say why, when the file cannot be had or trusted after a second fetch.
   * @throws ExchangeError when the server fails in a way that passes
   */
  async klines(period: ArchivePeriod, when: string, take: (bars: BarTable) => void): Promise<ArchiveAnswer> {
    const stem = archiveStem(this.folder(period), when);
    const file = `${stem}.zip`;
    const problems: ArchiveProblem[] = [];
    for (let fetches = 0; fetches < FETCHES; fetches++) {
      const found = await this.fetchOnce(period, stem, take);
      if (typeof found !== 'string') return { file, sha256: found.sha256, problems };
      problems.push({ file, problem: found });
    }
    return { file, sha256: null, problems };
  }

  /** The hash of the file whose bars were taken, or in words why it cannot be used. */
  private async fetchOnce(
    period: ArchivePeriod,
    stem: string,
    take: (bars: BarTable) => void,
  ): Promise<{ sha256: string } | string> {
    const base = `${this.options.archiveUrl}/${archivePrefix(this.folder(period))}${stem}.zip`;
    const [zip, checksum] = await Promise.all([
      this.get(base, MOST_ZIP_BYTES),
      this.get(`${base}.CHECKSUM`, MOST_CHECKSUM_BYTES),
    ]);
    if (zip === null) return 'listed, but not there (404)';
    if (checksum === null) return 'without a CHECKSUM file (404)';
    const verdict = verifyChecksum(zip, checksum.toString('utf8'), `${stem}.zip`);
    if (!verdict.ok) return verdict.problem;
    try {
      const csv = readOnlyEntry(zip, { expectedName: `${stem}.csv`, maxBytes: MOST_CSV_BYTES });
      take(parseKlinesCsv(csv, `${stem}.csv`, SCRATCH).bars);
      return { sha256: verdict.sha256 };
    } catch (thrown) {
      if (thrown instanceof DataError) return thrown.what;
      throw thrown;
    }
  }

  /** The hash that the archive publishes now for a file; null when it publishes none. */
  async publishedHash(period: ArchivePeriod, when: string): Promise<string | null> {
    const stem = archiveStem(this.folder(period), when);
    const url = `${this.options.archiveUrl}/${archivePrefix(this.folder(period))}${stem}.zip.CHECKSUM`;
    const text = await this.get(url, MOST_CHECKSUM_BYTES);
    return text === null ? null : publishedHash(text.toString('utf8'), `${stem}.zip`);
  }

  private async get(url: string, maxBytes: number): Promise<Buffer | null> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.getOnce(url, maxBytes);
      } catch (thrown) {
        const waitMs = RETRY_PAUSES_MS[attempt];
        if (!(thrown instanceof ExchangeError) || thrown.retryAfterMs !== null || waitMs === undefined)
          throw thrown;
        await pause(waitMs, this.options.signal);
      }
    }
  }

  private async getOnce(url: string, maxBytes: number): Promise<Buffer | null> {
    const { hasProxy, signal } = this.options;
    this.blocks.refuseBlocked();
    const answer = await httpGet(url, { timeoutMs: this.timeoutMs(), maxBytes, hasProxy, signal });
    this.bytes += answer.body.length;
    if (answer.status === 404) return null;
    if (answer.status === 429 || answer.status === 418) {
      const block = blockOf(answer, Date.now());
      await this.blocks.note(block);
      throw blockedError(url, block, Date.now());
    }
    if (answer.status !== 200) throw answerError(url, answer);
    if (/^\s*<(!doctype )?html/i.test(answer.body.subarray(0, 64).toString('latin1'))) {
      throw malformedError(url, 'with a web page');
    }
    return answer.body;
  }

  private folder(period: ArchivePeriod): ArchiveFolder {
    return {
      market: this.options.market,
      period,
      symbol: this.options.symbol,
      interval: this.options.interval,
    };
  }

  private timeoutMs(): number {
    return this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }
}
