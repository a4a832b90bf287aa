/** Measures an entry with its parameters: where it starts, whether it forgets, whether it recovers. */
import { sliceBars, type BarTable } from '../../bars/index.js';
import { RECURSION_BARS } from '../column-plan.js';
import {
  outputCount,
  PATTERN_BARS,
  streamSegment,
  type ConfiguredEntry,
  type IndicatorLibrary,
} from './indicator-stream.js';
import { probeMarkets } from './probe-markets.js';

const LONG_BARS = 5000;
const MARKET_BARS = 6500;

/** Bars from one place where values are compared to the next; not in step with their own periods. */
const PLACE_BARS = 37;

/** Largest part of a value that may depend on bars before the run-in. */
const MEMORY = 1e-9;

/** What rounding leaves of an output's largest value where it passes 0: no memory. */
const ROUNDING = 1e-12;

export interface Probe {
  /** Row of the first value of each output. */
  readonly firstBars: readonly number[];
  /** Once without a number it stays so; it has to be started anew. */
  readonly restarts: boolean;
  /** Why it may be no feature; null where it may. */
  readonly refusal: string | null;
}

const probes = new Map<string, Probe>();

let markets: readonly BarTable[] | null = null;

/** Probes an entry on fixed random markets; each combination of parameters once a process. */
export function probeIndicator(library: IndicatorLibrary, configured: ConfiguredEntry): Probe {
  const key = JSON.stringify([configured.entry.name, configured.params]);
  const known = probes.get(key);
  if (known !== undefined) return known;
  const probe = measure(library, configured);
  probes.set(key, probe);
  return probe;
}

function measure(library: IndicatorLibrary, configured: ConfiguredEntry): Probe {
  // A pattern is asked of its bars alone, so there is nothing to forget.
  if (configured.entry.className === null) {
    return { firstBars: [PATTERN_BARS - 1], restarts: false, refusal: null };
  }
  markets ??= [...probeMarkets(MARKET_BARS)];
  const whole = markets.map((bars) => runOver(library, configured, { bars, restarts: false }));
  const firstBars = whole[0]!.map((output) => output.findIndex((value) => !Number.isNaN(value)));
  if (firstBars.some((first) => first < 0 || first >= RECURSION_BARS)) {
    const refusal = `has no value within ${RECURSION_BARS} bars`;
    return { firstBars, restarts: false, refusal };
  }
  const restarts = whole.flat().some((output) => Number.isNaN(output.at(-1)));
  let refusal: string | null = null;
  markets.forEach((bars, index) => {
    const trial = { bars, restarts };
    const long = restarts ? runOver(library, configured, trial) : whole[index]!;
    refusal ??= memoryProblem(library, configured, trial, long);
  });
  return { firstBars, restarts, refusal };
}

interface Trial {
  readonly bars: BarTable;
  readonly restarts: boolean;
}

function runOver(
  library: IndicatorLibrary,
  configured: ConfiguredEntry,
  { bars, restarts }: Trial,
): Float64Array[] {
  const outputs = Array.from({ length: outputCount(configured.entry) }, () => new Float64Array(bars.length));
  const segment = { start: 0, end: bars.length };
  streamSegment(library, configured, { bars, segment, restarts }, outputs);
  return outputs;
}

/** Compares, at places all over the market, the value from 512 bars with that from 5,000 or more. */
function memoryProblem(
  library: IndicatorLibrary,
  configured: ConfiguredEntry,
  { bars, restarts }: Trial,
  long: readonly Float64Array[],
): string | null {
  const floors = long.map((output) => ROUNDING * largest(output));
  for (let end = LONG_BARS; end <= bars.length; end += PLACE_BARS) {
    const lastBars = sliceBars(bars, end - RECURSION_BARS, end);
    const short = runOver(library, configured, { bars: lastBars, restarts });
    const at = long.findIndex((output, index) => {
      const [value, other] = [output[end - 1]!, short[index]!.at(-1)!];
      return !isSame(value, other, floors[index]!);
    });
    if (at < 0) continue;
    return (
      `depends on where its history starts: ${short[at]!.at(-1)!} from ${RECURSION_BARS} bars, ` +
      `${long[at]![end - 1]!} from ${end.toLocaleString('en')}`
    );
  }
  return null;
}

function isSame(value: number, other: number, floor: number): boolean {
  return Object.is(value, other) || Math.abs(value - other) <= Math.max(MEMORY * Math.abs(value), floor);
}

function largest(output: Float64Array): number {
  return output.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
}
