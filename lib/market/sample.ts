/** Whether the archive and REST tell the same: one small page a quarter, asked of both. */
import { createHash } from 'node:crypto';
import { BAR_COLUMNS, lowerBound, type BarTable } from '../bars/bar-table.js';
import { INTERVALS_MS, isoOf, type Interval } from '../bars/interval.js';
import { isUnknownSymbol } from './answer-errors.js';
import type { RestClient } from './rest.js';

/** One unit of weight. */
const SAMPLE_ROWS = 99;

/** What a sample of a month's archived bars is against the same bars by REST. */
export interface ArchiveSample {
  readonly start: string;
  /** Archived bars that REST has too. */
  readonly compared: number;
  /** Of these, bars with any column different, and the first one's open. */
  readonly different: number;
  readonly firstDifference: string | null;
  /** Bars that REST has and the archive has not, and the other way round. */
  readonly onlyRest: number;
  readonly onlyArchive: number;
}

export interface SampleRequest {
  readonly symbol: string;
  readonly interval: Interval;
  /** `2023-03` */
  readonly month: string;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Compares the bars that came from archives with REST on one page, in the last month of each quarter; null
 * in other months, and where REST has forgotten the symbol. A refusal that passes is waited for like any other:
 * what a month's quality says must not depend on the load of the minute it was asked in.
 * @throws ExchangeError when REST fails in a way that passes, REQUEST_DELAYED and WEIGHT_BUDGET_SPENT included
 */
export async function sampleArchive(
  rest: RestClient,
  request: SampleRequest,
  archived: BarTable,
): Promise<ArchiveSample | null> {
  if (Number(request.month.slice(5)) % 3 !== 0 || archived.length === 0) return null;
  const { symbol, interval } = request;
  const intervalMs = INTERVALS_MS[interval];
  const startMs = sampleStart(request, intervalMs);
  const endMs = Math.min(request.endMs, startMs + SAMPLE_ROWS * intervalMs);
  try {
    const page = await rest.klines({ symbol, interval, startMs, endMs, limit: SAMPLE_ROWS });
    return compareBars(archived, page, { startMs, endMs });
  } catch (thrown) {
    if (isUnknownSymbol(thrown)) return null;
    throw thrown;
  }
}

/** Somewhere in the month, the same place in every run. */
function sampleStart({ symbol, month, startMs, endMs }: SampleRequest, intervalMs: number): number {
  const places = Math.max(1, Math.floor((endMs - startMs) / intervalMs) - SAMPLE_ROWS);
  const hash = createHash('sha256').update(`${symbol} ${month}`).digest().readUInt32LE(0);
  return startMs + (hash % places) * intervalMs;
}

function compareBars(
  archived: BarTable,
  rest: BarTable,
  { startMs, endMs }: { startMs: number; endMs: number },
): ArchiveSample {
  const from = lowerBound(archived.openTimeMs, startMs);
  const to = lowerBound(archived.openTimeMs, endMs);
  const rows = new Map(Array.from(rest.openTimeMs, (openMs, row) => [openMs, row]));
  let [compared, different] = [0, 0];
  let first: number | null = null;
  for (let row = from; row < to; row++) {
    const other = rows.get(archived.openTimeMs[row]!);
    if (other === undefined) continue;
    rows.delete(archived.openTimeMs[row]!);
    compared++;
    if (BAR_COLUMNS.every((name) => archived[name][row] === rest[name][other])) continue;
    different++;
    first ??= archived.openTimeMs[row]!;
  }
  return {
    start: isoOf(startMs),
    compared,
    different,
    firstDifference: first === null ? null : isoOf(first),
    onlyRest: rows.size,
    onlyArchive: to - from - compared,
  };
}
