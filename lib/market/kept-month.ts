/**
 * What is had of a month that is not over, whose closed days are asked for once, however often the pipeline
 * runs before it ends; and what an attempt that failed had from archives, for the next one. A loss of these
 * files costs requests and nothing else.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { allocateBars, BAR_COLUMNS, type BarTable } from '../bars/bar-table.js';
import { DAY_MS } from '../bars/interval.js';
import type { ArchiveProblem } from './archive.js';
import type { BarSource, RowFaults } from './bar-grid.js';

/** A month is over after 31 days; what is older is of no use. */
const VALID_MS = 40 * DAY_MS;
const DIGEST_BYTES = 32;

export interface KeptMonth {
  /** Range that was asked for; holes inside it were asked for at every source. */
  readonly startMs: number;
  readonly endMs: number;
  readonly bars: BarTable;
  /** Rows by source, in the order of the bars. */
  readonly sourceRuns: readonly { readonly source: BarSource; readonly bars: number }[];
  readonly archives: Readonly<Record<string, string>>;
  readonly problems: readonly ArchiveProblem[];
  /** What was wrong with the rows that the bars were chosen from. */
  readonly faults: RowFaults;
}

/** One file: digest, length of the JSON head, head, columns. */
export class KeptMonthFile {
  private readonly file: string;

  /**
   * @param identity everything that tells this month from others: origins, market, symbol, interval, month
   * @param validMs age from which the file is not used
   */
  constructor(
    budgetDir: string,
    identity: readonly (string | null)[],
    private readonly validMs = VALID_MS,
  ) {
    const name = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
    this.file = path.join(budgetDir, 'months', `${name}.bars`);
  }

  /** What an earlier run kept; null where there is nothing, or nothing whole. */
  read(): KeptMonth | null {
    let bytes: Buffer;
    try {
      if (Date.now() - fs.statSync(this.file).mtimeMs > this.validMs) return null;
      bytes = fs.readFileSync(this.file);
    } catch {
      return null;
    }
    const content = bytes.subarray(DIGEST_BYTES);
    const digest = createHash('sha256').update(content).digest();
    return digest.equals(bytes.subarray(0, DIGEST_BYTES)) ? decode(content) : null;
  }

  write(month: KeptMonth): void {
    const content = encode(month);
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    sweep(path.dirname(this.file));
    const temporary = `${this.file}.${process.pid}`;
    fs.writeFileSync(temporary, Buffer.concat([createHash('sha256').update(content).digest(), content]));
    fs.renameSync(temporary, this.file);
  }

  forget(): void {
    fs.rmSync(this.file, { force: true });
  }
}

function encode({ bars, ...head }: KeptMonth): Buffer {
  const text = Buffer.from(JSON.stringify({ ...head, rows: bars.length }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const columns = BAR_COLUMNS.map((name) => {
    const { buffer, byteOffset, byteLength } = bars[name];
    return Buffer.from(buffer, byteOffset, byteLength);
  });
  return Buffer.concat([length, text, ...columns]);
}

function decode(content: Buffer): KeptMonth {
  const bodyAt = 4 + content.readUInt32LE(0);
  const head = JSON.parse(content.toString('utf8', 4, bodyAt)) as Omit<KeptMonth, 'bars'> & { rows: number };
  const { rows, ...rest } = head;
  const bars = allocateBars(rows);
  BAR_COLUMNS.forEach((name, index) => {
    const { buffer } = bars[name];
    content.copy(Buffer.from(buffer), 0, bodyAt + index * 8 * rows, bodyAt + (index + 1) * 8 * rows);
  });
  return { ...rest, bars };
}

function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > VALID_MS) fs.rmSync(file, { force: true });
  }
}
