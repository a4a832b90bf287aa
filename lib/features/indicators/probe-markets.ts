/** Markets on which indicators are measured: what a real one may do to them. The same in every process. */
import { allocateBars, MINUTE_MS, type BarTable } from '../../bars/index.js';

interface Market {
  readonly price: number;
  /** Change of a bar that every bar has, and the width of the random one beside it; fractions. */
  readonly drift: number;
  readonly step: number;
  /** It has stretches in which nothing moves, one of them at its start, and others without volume. */
  readonly isBroken: boolean;
}

const WALK: Market = { price: 100, drift: 0, step: 4e-3, isBroken: false };
const TREND: Market = { ...WALK, drift: 2e-4, step: 1e-3 };

/** The first is a walk without anything special. */
const MARKETS: readonly Market[] = [
  WALK,
  TREND,
  { ...TREND, price: 1e-5, drift: -TREND.drift },
  { ...WALK, isBroken: true },
];

/** Bars from the start of one broken stretch to the next of its kind, and how long each is. */
const BREAK_EVERY_BARS = 350;
const STILL_BARS = 60;
const UNTRADED_BARS = 40;

/** One market after the other, each of `rows` one-minute bars. */
export function* probeMarkets(rows: number): Generator<BarTable> {
  for (const market of MARKETS) yield makeMarket(market, rows);
}

/** A random walk with gaps from close to open and varying range and volume. */
function makeMarket({ price, drift, step, isBroken }: Market, rows: number): BarTable {
  const bars = allocateBars(rows);
  const uniform = xorshift();
  let last = price;
  for (let t = 0; t < rows; t++) {
    const place = isBroken ? t % BREAK_EVERY_BARS : BREAK_EVERY_BARS;
    const isStill = place < STILL_BARS;
    const isUntraded =
      isStill || (place >= BREAK_EVERY_BARS / 2 && place < BREAK_EVERY_BARS / 2 + UNTRADED_BARS);
    const moves = isStill ? 0 : 1;
    const open = last * (1 + moves * (uniform() - 0.5) * 1e-4);
    const close = open * (1 + moves * ((uniform() - 0.5) * step + drift));
    bars.openTimeMs[t] = t * MINUTE_MS;
    bars.open[t] = open;
    bars.close[t] = close;
    bars.high[t] = Math.max(open, close) * (1 + moves * uniform() * 1e-3);
    bars.low[t] = Math.min(open, close) * (1 - moves * uniform() * 1e-3);
    bars.volume[t] = isUntraded ? 0 : Math.exp(3 * uniform());
    last = close;
  }
  return bars;
}

/** Random numbers in [0, 1), always the same. */
function xorshift(): () => number {
  let state = 0x2545f491;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
