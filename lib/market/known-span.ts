/**
 * First and last bar of a symbol as REST last told on this host. Two requests a symbol and run would cost
 * hundreds of symbols minutes of `request_delay`, before it is even known that nothing is stale.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** A first bar told longer ago is asked for again. */
const VALID_MS = 24 * 3_600_000;

interface Span {
  readonly firstBarMs: number;
  readonly firstToldMs: number;
  /** The first month that the archive listed then; null where it listed none. */
  readonly firstArchive: string | null;
  readonly lastBarMs: number | null;
}

export class KnownSpan {
  private readonly file: string;
  private span: Span | null;

  /** @param identity everything that tells this span from others: origin, market, symbol, interval */
  constructor(budgetDir: string, identity: readonly string[]) {
    const name = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
    this.file = path.join(budgetDir, 'spans', `${name}.json`);
    this.span = readSpan(this.file);
  }

  /** Open of the first bar as it was last told, UTC ms, however long ago; null where it never was. */
  get firstBarMs(): number | null {
    return this.span?.firstBarMs ?? null;
  }

  /** Whether the first bar need not be asked for again; where the archive begins elsewhere by now, it must. */
  isFresh(firstArchive: string | null): boolean {
    if (this.span?.firstArchive !== firstArchive) return false;
    const ageMs = Date.now() - this.span.firstToldMs;
    return ageMs >= 0 && ageMs < VALID_MS;
  }

  /** Open of the latest closed bar that was ever seen, UTC ms; null where none was. */
  get lastBarMs(): number | null {
    return this.span?.lastBarMs ?? null;
  }

  keepFirst(firstBarMs: number, firstArchive: string | null): void {
    this.keep({ firstBarMs, firstToldMs: Date.now(), firstArchive, lastBarMs: null });
  }

  keepLast(lastBarMs: number): void {
    if (this.span !== null && lastBarMs !== this.span.lastBarMs) this.keep({ ...this.span, lastBarMs });
  }

  private keep(span: Span): void {
    this.span = span;
    try {
      fs.mkdirSync(path.dirname(this.file), { recursive: true });
      // Another process may read half of it: then it asks.
      fs.writeFileSync(this.file, JSON.stringify(span));
    } catch {
      // What cannot be kept is asked for again; that the folder refuses is told where the budget lies in it.
    }
  }
}

function readSpan(file: string): Span | null {
  try {
    const span = JSON.parse(fs.readFileSync(file, 'utf8')) as Span;
    const { firstBarMs, firstToldMs, lastBarMs } = span;
    const isSpan = [firstBarMs, firstToldMs, lastBarMs ?? firstBarMs].every(Number.isSafeInteger);
    return isSpan ? span : null;
  } catch {
    return null;
  }
}
