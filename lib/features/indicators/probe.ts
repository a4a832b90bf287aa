/** Measures an entry with its parameters: where it starts, whether it forgets, whether it recovers. */
import { allocateBars, MINUTE_MS, type BarTable } from '../../bars/index.js';
import { RECURSION_BARS } from '../column-plan.js';
import {
  outputCount,
  PATTERN_BARS,
  streamSegment,
  type ConfiguredEntry,
  type IndicatorLibrary,
} from './indicator-stream.js';

const LONG_BARS = 5000;
const COMPARED_BARS = 50;
const FLAT_BARS = 100;

/** Largest part of a value that may depend on bars before the run-in. */
const MEMORY = 1e-9;

export interface Probe {
  /** Row of the first value of each output. */
  readonly firstBars: readonly number[];
  /** Once without a number it stays so; it has to be started anew. */
  readonly restarts: boolean;
  /** Why it may be no feature; null where it may. */
  readonly refusal: string | null;
}

const probes = new Map<string, Probe>();

/** Probes an entry on a fixed random market; each combination of parameters once a process. */
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
  const bars = probeMarket(LONG_BARS + COMPARED_BARS);
  const run = (over: BarTable, start: number): Float64Array[] => {
    const outputs = Array.from({ length: outputCount(configured.entry) }, () =>
      new Float64Array(over.length).fill(Number.NaN),
    );
    const segment = { start, end: over.length };
    streamSegment(library, configured, { bars: over, segment, restarts: false }, outputs);
    return outputs;
  };
  const long = run(bars, 0);
  const firstBars = long.map((output) => output.findIndex((value) => !Number.isNaN(value)));
  if (firstBars.some((first) => first < 0 || first >= RECURSION_BARS)) {
    const refusal = `has no value within ${RECURSION_BARS} bars`;
    return { firstBars, restarts: false, refusal };
  }
  const short = run(bars, LONG_BARS - RECURSION_BARS);
  const refusal = long.map((output, index) => memoryProblem(output, short[index]!)).find(Boolean) ?? null;
  const recovered = run(flattened(bars), 0);
  const restarts = recovered.some((output) => Number.isNaN(output.at(-1)));
  return { firstBars, restarts, refusal };
}

/** Compares values from 512 bars with those from 5,000, beside the size of the latter. */
function memoryProblem(long: Float64Array, short: Float64Array): string | null {
  const from = long.length - COMPARED_BARS;
  const size = long.subarray(from).reduce((sum, value) => sum + Math.abs(value), 0) / COMPARED_BARS;
  for (let t = from; t < long.length; t++) {
    if (Math.abs(long[t]! - short[t]!) <= MEMORY * Math.max(size, Math.abs(long[t]!))) continue;
    return (
      `depends on where its history starts: ${short[t]!} from ${RECURSION_BARS} bars, ${long[t]!} from ` +
      `${LONG_BARS.toLocaleString('en')}`
    );
  }
  return null;
}

/** A random walk with gaps from close to open and varying range and volume; the same in every process. */
function probeMarket(rows: number): BarTable {
  const bars = allocateBars(rows);
  let state = 0x2545f491;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  let price = 100;
  for (let t = 0; t < rows; t++) {
    const open = price * (1 + (uniform() - 0.5) * 1e-4);
    const close = open * (1 + (uniform() - 0.5) * 4e-3);
    bars.openTimeMs[t] = t * MINUTE_MS;
    bars.open[t] = open;
    bars.close[t] = close;
    bars.high[t] = Math.max(open, close) * (1 + uniform() * 1e-3);
    bars.low[t] = Math.min(open, close) * (1 - uniform() * 1e-3);
    bars.volume[t] = Math.exp(3 * uniform());
    price = close;
  }
  return bars;
}

/** The same market with nothing moved and nothing traded at its start and in its middle. */
function flattened(bars: BarTable): BarTable {
  const flat = { ...bars };
  for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
    flat[name] = bars[name].slice();
    for (const start of [0, LONG_BARS / 2]) {
      flat[name].fill(name === 'volume' ? 0 : bars.close[start]!, start, start + FLAT_BARS);
    }
  }
  return flat;
}
