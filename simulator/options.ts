/** Options of the simulated exchange from plain values, such as a command line gives. Pure. */
import { DAY_MS } from '../lib/bars/interval.js';
import { ConfigError } from '../lib/errors.js';
import { parseFault, type FaultRequest } from './faults/arm.js';

export type MarketOptions =
  { readonly kind: 'recorded'; readonly dir: string } | ({ readonly kind: 'model' } & ModelOptions);

export interface ModelOptions {
  readonly model: 'martingale' | 'planted';
  readonly seed: number;
  /** Spearman IC of the planted signal with the next bar's return; 0 in a martingale. */
  readonly ic: number;
  readonly symbols: readonly string[];
  /** Bars [startMs, endMs), whole UTC days. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface ExchangeOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly market: MarketOptions;
  readonly faults: readonly FaultRequest[];
  /** Request weight allowed a minute. */
  readonly weightLimit: number;
  /** Length of a ban. */
  readonly banMs: number;
  /** How long a 429 lasts; null: the rest of the minute. */
  readonly pauseMs: number | null;
  /** Chooses the requests of `NAME%P`. */
  readonly seed: number;
  /** The exchange's clock, UTC ms. */
  readonly now: () => number;
}

export const DEFAULT_WEIGHT_LIMIT = 2400;
const MOST_OFFSET_S = 1e9;
/** The shortest ban that has been reported. */
const DEFAULT_BAN_S = 120;
const DEFAULT_SEED = 1;
const DEFAULT_SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const DEFAULT_START = '2022-01-01';
const DEFAULT_END = '2023-06-01';
/** Above this the sign of a bar would have to be certain: IC is half of the bias (models/path.ts). */
const HIGHEST_IC = 0.45;

const KNOWN = [
  'port',
  'recorded',
  'model',
  'ic',
  'seed',
  'symbols',
  'start',
  'end',
  'fault',
  'weightLimit',
  'banSeconds',
  'pauseSeconds',
  'now',
  'clockOffset',
] as const;

/**
 * Checks plain options: `port recorded model ic seed symbols start end fault weightLimit banSeconds pauseSeconds
 * clockOffset` as the command line names them, and `now` for tests. Every problem is told at once.
 * @throws ConfigError SIMULATE_OPTIONS_INVALID
 */
export function parseExchangeOptions(raw: Readonly<Record<string, unknown>>): ExchangeOptions {
  const problems: string[] = [];
  const number = numberReader(raw, problems);
  for (const key of Object.keys(raw)) {
    if (!(KNOWN as readonly string[]).includes(key)) problems.push(`"${key}" is no option of simulate`);
  }
  const seed = number('seed', { least: 0, whole: true, otherwise: DEFAULT_SEED });
  const pauseS = raw.pauseSeconds === undefined ? null : number('pauseSeconds', { least: 0, otherwise: 0 });
  const options: ExchangeOptions = {
    port: number('port', { least: 0, most: 65_535, whole: true, otherwise: 0 }),
    market: readMarket(raw, seed, problems),
    faults: readFaults(raw.fault, problems),
    weightLimit: number('weightLimit', { least: 1, whole: true, otherwise: DEFAULT_WEIGHT_LIMIT }),
    banMs: number('banSeconds', { least: 0, otherwise: DEFAULT_BAN_S }) * 1000,
    pauseMs: pauseS === null ? null : pauseS * 1000,
    seed,
    now: clockOf(raw, number('clockOffset', { least: -MOST_OFFSET_S, most: MOST_OFFSET_S, otherwise: 0 })),
  };
  if (problems.length === 0) return options;
  throw new ConfigError('SIMULATE_OPTIONS_INVALID', {
    what: `The simulated exchange cannot start: ${problems.join('; ')}.`,
    fix: 'Correct these options; simulate --help lists them.',
    details: { problems },
  });
}

/** The given clock, else this machine's, moved by `offsetS`. Read anew each time, so that tests may move it. */
function clockOf(raw: Readonly<Record<string, unknown>>, offsetS: number): () => number {
  const base = typeof raw.now === 'function' ? (raw.now as () => number) : (): number => Date.now();
  return () => base() + offsetS * 1000;
}

interface NumberRule {
  readonly least: number;
  readonly most?: number;
  readonly whole?: boolean;
  readonly otherwise: number;
}

function numberReader(
  raw: Readonly<Record<string, unknown>>,
  problems: string[],
): (key: string, rule: NumberRule) => number {
  return (key, { least, most = Number.MAX_SAFE_INTEGER, whole = false, otherwise }) => {
    const given = raw[key];
    if (given === undefined || given === null) return otherwise;
    const value = Number(given);
    const right =
      Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
    if (right) return value;
    problems.push(
      `${key} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${String(given)}"`,
    );
    return otherwise;
  };
}

function readMarket(raw: Readonly<Record<string, unknown>>, seed: number, problems: string[]): MarketOptions {
  if (typeof raw.recorded === 'string' && raw.model !== undefined) {
    problems.push('recorded and model exclude each other: choose one');
  }
  if (typeof raw.recorded === 'string') return { kind: 'recorded', dir: raw.recorded };
  if (raw.model !== 'martingale' && raw.model !== 'planted') {
    problems.push('name a market: recorded with a folder of Binance zips, or model martingale or planted');
  }
  const ic = raw.model === 'planted' ? readIc(raw.ic, problems) : 0;
  if (raw.model === 'martingale' && raw.ic !== undefined) problems.push('ic belongs to the model planted');
  const startMs = readDate('start', raw.start ?? DEFAULT_START, problems);
  const endMs = readDate('end', raw.end ?? DEFAULT_END, problems);
  if (endMs - startMs < DAY_MS) problems.push('end must be at least a day after start');
  const model = raw.model === 'planted' ? 'planted' : 'martingale';
  return { kind: 'model', model, seed, ic, symbols: readSymbols(raw.symbols, problems), startMs, endMs };
}

function readIc(given: unknown, problems: string[]): number {
  const ic = Number(given);
  if (given !== undefined && Number.isFinite(ic) && Math.abs(ic) <= HIGHEST_IC) return ic;
  problems.push(`planted needs ic, a number from -${HIGHEST_IC} to ${HIGHEST_IC}`);
  return 0;
}

function readDate(key: string, given: unknown, problems: string[]): number {
  const timeMs = typeof given === 'string' ? Date.parse(`${given}T00:00:00Z`) : Number.NaN;
  const right = !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(String(given));
  if (!right) problems.push(`${key} must be a date YYYY-MM-DD, not "${String(given)}"`);
  return right ? timeMs : 0;
}

function readSymbols(given: unknown, problems: string[]): readonly string[] {
  if (given === undefined) return DEFAULT_SYMBOLS;
  const symbols = (Array.isArray(given) ? given : [given]).flatMap((each) => String(each).split(','));
  const wrong = symbols.filter((symbol) => !/^[A-Z0-9_]{2,30}$/.test(symbol));
  if (wrong.length > 0 || symbols.length === 0)
    problems.push(`symbols must look like BTCUSDT, not "${wrong.join(' ')}"`);
  return [...new Set(symbols)];
}

function readFaults(given: unknown, problems: string[]): readonly FaultRequest[] {
  if (given === undefined) return [];
  const faults: FaultRequest[] = [];
  for (const text of Array.isArray(given) ? given : [given]) {
    const fault = parseFault(String(text));
    if (typeof fault === 'string') problems.push(fault);
    else faults.push(fault);
  }
  return faults;
}
