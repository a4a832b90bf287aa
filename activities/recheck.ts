/** `--recheck`: which closed months are worth asking for again, found by their small CHECKSUM files. */
import { createHash } from 'node:crypto';
import { dayStartMs, monthEndMs } from '../lib/bars/interval.js';
import { StoreIntegrityError } from '../lib/errors.js';
import { archivedHash, type ObserveOptions } from '../lib/market/index.js';
import type { PreviousBars, RecheckedPartition, SymbolObservation } from '../lib/plan/graph-input.js';
import type { ActionRecord, Storage } from '../lib/store/index.js';
import { mapAtOnce } from './host/observed-memory.js';

type Rechecked = Record<string, RecheckedPartition>;

/** A stored partition as far as a recheck needs it. */
interface StoredMonth {
  readonly month: string;
  readonly bars: PreviousBars;
  /** Hash of each archive file that its bars came from. */
  readonly archives: Readonly<Record<string, string>>;
  readonly isWhole: boolean;
}

const MARK = 'rechecked';
const RUNS_BACK = 20;
const AT_ONCE = 8;

/** Everything about the exchange but the symbol. */
export type RecheckedExchange = Omit<ObserveOptions, 'symbol'>;

/** The marks of earlier rechecks that concern this exchange, market and interval. */
export async function knownMarks(store: Storage, exchange: RecheckedExchange): Promise<Rechecked> {
  const all = await readMarks(store);
  const prefix = scopeOf(exchange);
  const own = Object.entries(all).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, mark]) => [name.slice(prefix.length), { mark, previous: null }]));
}

/**
 * Looks at every stored closed month: files whose published hash is another one, files that were not there,
 * holes, and months that only REST had are marked, and get a new key with that.
 */
export async function recheck(
  store: Storage,
  exchange: RecheckedExchange,
  { symbols, nowMs }: { symbols: readonly SymbolObservation[]; nowMs: number },
): Promise<Rechecked> {
  const marks = await knownMarks(store, exchange);
  const stored = await storedMonths(store, exchange, nowMs);
  for (const symbol of symbols) {
    const months = stored.get(symbol.symbol) ?? [];
    await mapAtOnce(months, AT_ONCE, async (each) => {
      const mark = await markOf({ ...exchange, symbol: symbol.symbol }, { each, symbol, nowMs });
      if (mark !== null) marks[`${symbol.symbol}/${each.month}`] = { mark, previous: each.bars };
    });
  }
  return marks;
}

/** Keeps the marks, so that later runs build on what was found. */
export async function keepMarks(
  store: Storage,
  exchange: RecheckedExchange,
  rechecked: Rechecked,
): Promise<void> {
  const all = await readMarks(store);
  const prefix = scopeOf(exchange);
  for (const [partition, { mark }] of Object.entries(rechecked)) all[prefix + partition] = mark;
  await store.writeMark(MARK, JSON.stringify(all));
}

async function readMarks(store: Storage): Promise<Record<string, string>> {
  const word = (await store.readMark(MARK)) ?? '{}';
  try {
    const marks = JSON.parse(word) as unknown;
    if (
      typeof marks === 'object' &&
      marks !== null &&
      Object.values(marks).every((mark) => typeof mark === 'string')
    )
      return marks as Record<string, string>;
  } catch {
    // Torn.
  }
  // They stand in keys: to go on without them would find the results from before the rechecks.
  throw new StoreIntegrityError('MARKS_UNREADABLE', {
    what: `The store's file marks/${MARK} cannot be read: ${JSON.stringify(word.slice(0, 40))}.`,
    fix: 'Remove that file, then run once with `--recheck`, which looks at every stored month again.',
  });
}

function scopeOf({ restUrl, archiveUrl, market, interval }: RecheckedExchange): string {
  return `${restUrl} ${archiveUrl} ${market} ${interval} `;
}

async function markOf(
  options: ObserveOptions,
  { each, symbol, nowMs }: { each: StoredMonth; symbol: SymbolObservation; nowMs: number },
): Promise<string | null> {
  const stem = `${options.symbol}-${options.interval}-`;
  const hashes: string[] = [];
  let changed = false;
  for (const [file, before] of Object.entries(each.archives)) {
    const now = await archivedHash(options, file.slice(stem.length, -'.zip'.length));
    hashes.push(now ?? before);
    // A file that is gone takes no bars away.
    changed ||= now !== null && now !== before;
  }
  const monthly = `${stem}${each.month}.zip`;
  if (symbol.monthlyArchives.includes(each.month) && !(monthly in each.archives)) {
    const now = await archivedHash(options, each.month);
    hashes.push(now ?? '');
    changed ||= now !== null;
  }
  if (changed) return `archive ${createHash('sha256').update(hashes.join()).digest('hex').slice(0, 16)}`;
  return each.isWhole ? null : `again ${new Date(nowMs).toISOString()}`;
}

/** Closed months of this exchange that earlier runs stored, by symbol. */
async function storedMonths(
  store: Storage,
  exchange: RecheckedExchange,
  nowMs: number,
): Promise<Map<string, StoredMonth[]>> {
  const months = new Map<string, StoredMonth[]>();
  const seen = new Set<string>();
  let runs = 0;
  for await (const run of store.newestRuns()) {
    if (runs++ === RUNS_BACK) break;
    for (const [id, { stage, key }] of Object.entries(run.nodes)) {
      if (stage !== 'klines' || key === null || seen.has(id)) continue;
      const found = await store.lookup('klines', key);
      if (found.state !== 'hit') continue;
      const month = await storedMonth(store, exchange, { record: found.record, nowMs });
      if (month === null) continue;
      seen.add(id);
      const symbol = id.split('/')[1]!;
      months.set(symbol, [...(months.get(symbol) ?? []), month]);
    }
  }
  return months;
}

async function storedMonth(
  store: Storage,
  { restUrl, archiveUrl, market, interval }: RecheckedExchange,
  { record, nowMs }: { record: ActionRecord; nowMs: number },
): Promise<StoredMonth | null> {
  const { params } = await store.readPreimage(record);
  const wanted = { restUrl, archiveUrl, market, interval };
  const here = params as typeof wanted & { month: string; startMs: number; endMs: number };
  const same = (Object.keys(wanted) as (keyof typeof wanted)[]).every((name) => here[name] === wanted[name]);
  // A month that `end_date` cuts is closed once it is over; one that is not over grows by itself.
  const isOver = monthEndMs(here.month) <= dayStartMs(nowMs);
  if (!same || (here.endMs < monthEndMs(here.month) && !isOver)) return null;
  const facts = record.facts as {
    archives?: Record<string, string>;
    missing?: number;
    sources?: { rest?: number };
    archiveProblems?: unknown[];
  };
  return {
    month: here.month,
    bars: { digest: record.outputs[0]!.digest, startMs: here.startMs, endMs: here.endMs },
    archives: facts.archives ?? {},
    isWhole: facts.missing === 0 && facts.sources?.rest === 0 && (facts.archiveProblems ?? []).length === 0,
  };
}
