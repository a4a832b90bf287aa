/**
 * The REST pages of a month that is not complete yet, kept between attempts: a month from REST alone
 * can cost more weight than one minute allows, and an attempt gives up rather than wait.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { allocateBars, BAR_COLUMNS, type BarTable } from '../bars/bar-table.js';

/** Bars asked for longer ago are asked for again. */
const VALID_MS = 24 * 3_600_000;

/** What one request said about [startMs, endMs): its rows, or that there are none. */
export interface JournalPage {
  readonly startMs: number;
  readonly endMs: number;
  readonly bars: BarTable;
  /** Without bars: nothing else was asked yet. With a bar: the exchange has that one, and sent none. */
  readonly isDoubtful?: boolean;
}

interface StoredPage {
  readonly startMs: number;
  readonly endMs: number;
  readonly isDoubtful?: boolean;
  readonly rows: readonly (readonly number[])[];
}

export class PageJournal {
  private readonly file: string;
  private readonly kept: JournalPage[];

  /** @param identity everything that tells this month's pages from others: origin, symbol, interval, month */
  constructor(budgetDir: string, identity: readonly (string | null)[]) {
    const name = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
    this.file = path.join(budgetDir, 'pages', `${name}.jsonl`);
    this.kept = readPages(this.file);
  }

  /** The newest page of an earlier attempt that says what is at `startMs`. */
  pageAt(startMs: number): JournalPage | null {
    return this.kept.findLast((page) => page.startMs <= startMs && startMs < page.endMs) ?? null;
  }

  /** Keeps a page for the next attempt. One write a page: a process killed in it leaves a line to skip. */
  keep(page: JournalPage): void {
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const rows = Array.from({ length: page.bars.length }, (_, row) =>
      BAR_COLUMNS.map((name) => page.bars[name][row]!),
    );
    const { startMs, endMs, isDoubtful = false } = page;
    const stored: StoredPage = { startMs, endMs, rows, ...(isDoubtful ? { isDoubtful } : {}) };
    fs.appendFileSync(this.file, `\n${JSON.stringify(stored)}`);
  }

  /** The month is complete. */
  forget(): void {
    fs.rmSync(this.file, { force: true });
  }
}

function readPages(file: string): JournalPage[] {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (Date.now() - stat.mtimeMs > VALID_MS) {
    fs.rmSync(file, { force: true });
    return [];
  }
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .map(parsePage)
    .filter((page) => page !== null);
}

function parsePage(line: string): JournalPage | null {
  if (line === '') return null;
  let stored: StoredPage;
  try {
    stored = JSON.parse(line) as StoredPage;
  } catch {
    // The line of a process that was killed while writing it: that page is asked for again.
    return null;
  }
  const bars = allocateBars(stored.rows.length);
  stored.rows.forEach((row, at) => BAR_COLUMNS.forEach((name, column) => (bars[name][at] = row[column]!)));
  const { startMs, endMs, isDoubtful = false } = stored;
  return { startMs, endMs, bars, isDoubtful };
}
