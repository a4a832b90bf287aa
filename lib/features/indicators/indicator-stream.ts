/**
 * Catalogue entries fed one bar at a time. So a value stands at the bar that made it, whatever the
 * package leaves out, and none can know a later bar.
 */
import type { BarTable, Segment } from '../../bars/index.js';
import { ConfigError, InvariantError } from '../../errors.js';
import type { CatalogueEntry } from './catalogue.js';

/** The package as it is used: classes and pattern functions by name. */
export type IndicatorLibrary = Readonly<Record<string, unknown>>;

let loaded: Promise<IndicatorLibrary> | null = null;

/** The `technicalindicators` package, loaded on first use. */
export function loadIndicatorLibrary(): Promise<IndicatorLibrary> {
  loaded ??= import('technicalindicators').then((module) => {
    const library = module as unknown as IndicatorLibrary & { default?: IndicatorLibrary };
    return library.default ?? library;
  });
  return loaded;
}

/** An entry with all its parameters. */
export interface ConfiguredEntry {
  readonly entry: CatalogueEntry;
  readonly params: Readonly<Record<string, number>>;
}

/** Number of outputs of an entry. */
export function outputCount({ outputs }: CatalogueEntry): number {
  return outputs?.length ?? 1;
}

/** Answers bar `t` of the bars it was made for; bars are given in order, each once. */
type Answer = (t: number) => unknown;

interface Streaming {
  nextValue(input: unknown): unknown;
}

/** Bars that every candlestick pattern is asked of; the longest needs five. */
export const PATTERN_BARS = 5;

/** Parameters that the package reads as true or false. */
export const SWITCHES: readonly string[] = ['SimpleMAOscillator', 'SimpleMASignal', 'useSMA'];

/**
 * Runs an entry over one segment, cold at its start, into one column an output; NaN where it has no
 * finite answer. With `restarts` it starts anew after an answer that is no number.
 * @throws ConfigError INDICATOR_FAILED when the package refuses the parameters
 */
export function streamSegment(
  library: IndicatorLibrary,
  configured: ConfiguredEntry,
  { bars, segment, restarts }: { bars: BarTable; segment: Segment; restarts: boolean },
  outputs: readonly Float64Array[],
): void {
  let answer = startAnswer(library, configured, bars, segment.start);
  for (let t = segment.start; t < segment.end; t++) {
    const isSound = writeResult(configured.entry, answer(t), t, outputs);
    if (!isSound && restarts) answer = startAnswer(library, configured, bars, t + 1);
  }
}

/** Writes one result; false where an output that is there is no finite number. */
function writeResult(
  { outputs: keys }: CatalogueEntry,
  result: unknown,
  t: number,
  outputs: readonly Float64Array[],
): boolean {
  let isSound = true;
  outputs.forEach((output, index) => {
    const value =
      keys === null || typeof result !== 'object' || result === null
        ? result
        : (result as Record<string, unknown>)[keys[index]!];
    const number = typeof value === 'boolean' ? Number(value) : value;
    const isNumber = typeof number === 'number' && Number.isFinite(number);
    output[t] = isNumber ? number : Number.NaN;
    if (typeof number === 'number' && !isNumber) isSound = false;
  });
  return isSound;
}

function startAnswer(
  library: IndicatorLibrary,
  configured: ConfiguredEntry,
  bars: BarTable,
  start: number,
): Answer {
  const { entry } = configured;
  if (entry.className === null) return askPattern(library, entry.name, bars, start);
  const stream = createStream(library, configured);
  if (entry.takes === 'close') return (t) => stream.nextValue(bars.close[t]);
  const { open, high, low, close, volume } = bars;
  return (t) =>
    stream.nextValue({ open: open[t], high: high[t], low: low[t], close: close[t], volume: volume[t] });
}

function createStream(library: IndicatorLibrary, { entry, params }: ConfiguredEntry): Streaming {
  const constructor = libraryMember(library, entry.className!) as new (input: object) => Streaming;
  const input = Object.entries(params).map(([name, value]): [string, number | boolean] => [
    name,
    SWITCHES.includes(name) ? value !== 0 : value,
  ]);
  const empty = { values: [], open: [], high: [], low: [], close: [], volume: [], timestamp: [] };
  try {
    return new constructor({ ...empty, ...Object.fromEntries(input) });
  } catch (cause) {
    throw new ConfigError('INDICATOR_FAILED', {
      what: `technicalindicators refuses ${entry.name} with ${JSON.stringify(params)}: ${String(cause)}.`,
      fix: 'Change its params.',
      cause,
    });
  }
}

function askPattern(library: IndicatorLibrary, name: string, bars: BarTable, start: number): Answer {
  const ask = libraryMember(library, name) as (input: object) => unknown;
  const last = (column: Float64Array, t: number): number[] =>
    Array.from(column.subarray(t - PATTERN_BARS + 1, t + 1));
  const { open, high, low, close } = bars;
  return (t) =>
    t - start < PATTERN_BARS - 1
      ? undefined
      : Boolean(ask({ open: last(open, t), high: last(high, t), low: last(low, t), close: last(close, t) }));
}

function libraryMember(library: IndicatorLibrary, name: string): unknown {
  const member = library[name];
  if (typeof member === 'function') return member;
  throw new InvariantError('INDICATOR_MISSING', {
    what: `The package technicalindicators has no ${name}.`,
    fix: 'Install the version that package.json names.',
  });
}
