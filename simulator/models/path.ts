/**
 * Model markets whose truth is known. Every step is price * (1 + e) with e symmetric about 0 given
 * everything before it, so simple returns are a martingale difference: nothing predicts them.
 *
 * `ic` plants a signal: the rank s in [-1, 1] of a bar's balance of power tilts the sign of the next
 * bar's return, P(up) = (1 + 2 ic s) / 2. Size and sign being independent, the Spearman correlation of
 * `bop` with the next close/open - 1 is E[s * sign] * E[rank of size] * 3 = ic, whatever the sizes are.
 * A planted market has constant volatility, so that no forecast of the size can improve on `bop`.
 */
import { allocateBars, type BarTable } from '../../lib/bars/bar-table.js';
import { DAY_MS, MINUTE_MS } from '../../lib/bars/interval.js';
import { balanceRank, STEPS } from './bar-shape.js';
import { Random } from './random.js';
import { addTrading, type TradingState } from './trading.js';
import { advanceVolatility, logVolatility, type VolatilityState } from './volatility.js';

export interface PathModel {
  readonly seed: number;
  readonly symbol: string;
  readonly ic: number;
  readonly volatility: 'stochastic' | 'constant';
}

/** Where a path stands at the end of a month. */
export interface PathState {
  readonly price: number;
  readonly common: Readonly<VolatilityState>;
  readonly own: Readonly<VolatilityState>;
  readonly trading: Readonly<TradingState>;
  /** Rank of the last bar's balance of power. */
  readonly signal: number;
}

/** Volatility of a minute: 60 % a year. */
const MINUTE_DEVIATION = 0.6 / Math.sqrt(365 * 1440);
const STEP_DEVIATION = MINUTE_DEVIATION / Math.sqrt(STEPS);
/** Share of a step that all symbols have in common. */
const COMMON = 0.75;
const OWN = Math.sqrt(1 - COMMON * COMMON);
/** Minutes that move more, in all symbols and in one. */
const COMMON_BURST = { chance: 0.02, factor: 3 };
const OWN_BURST = { chance: 0.05, factor: 1.8 };
/** No step is larger than this, either way. */
const LARGEST_STEP = 0.02;
/** Chance that a bar opens away from the last close. */
const GAP_CHANCE = 0.3;
const GAP_SHARE = 0.4;
/** The state before the first bar. */
export function initialState(price: number): PathState {
  const still: VolatilityState = { slow: 0, fast: 0 };
  return { price, common: still, own: still, trading: { level: 0 }, signal: 0 };
}

/**
 * One minute bars of [startMs, endMs), a part of one UTC month, and the state after them. The random
 * numbers come from (seed, symbol, month) and, for what the symbols share, (seed, month).
 */
export function extendPath(
  model: PathModel,
  from: PathState,
  range: { month: string; startMs: number; endMs: number },
): { bars: BarTable; state: PathState } {
  const bars = allocateBars((range.endMs - range.startMs) / MINUTE_MS);
  const walk = new Walk(model, from, range.month);
  for (let row = 0; row < bars.length; row++) walk.next(bars, row, range.startMs + row * MINUTE_MS);
  return { bars, state: walk.state() };
}

class Walk {
  private readonly shared: Random;
  private readonly single: Random;
  private readonly common: VolatilityState;
  private readonly own: VolatilityState;
  private readonly trading: TradingState;
  private readonly steps = new Float64Array(STEPS);
  private price: number;
  private signal: number;

  constructor(
    private readonly model: PathModel,
    from: PathState,
    month: string,
  ) {
    this.shared = new Random(`${model.seed} ${month}`);
    this.single = new Random(`${model.seed} ${month} ${model.symbol}`);
    this.common = { ...from.common };
    this.own = { ...from.own };
    this.trading = { ...from.trading };
    this.price = from.price;
    this.signal = from.signal;
  }

  state(): PathState {
    const { price, common, own, trading, signal } = this;
    return { price, common: { ...common }, own: { ...own }, trading: { ...trading }, signal };
  }

  next(bars: BarTable, row: number, openTimeMs: number): void {
    const logFactor = this.advance(openTimeMs);
    const deviation = STEP_DEVIATION * Math.exp(logFactor) * this.burst();
    this.drawSteps(deviation);
    this.tilt();
    this.price = this.walkBar(bars, row, deviation);
    bars.openTimeMs[row] = openTimeMs;
    bars.closeTimeMs[row] = openTimeMs + MINUTE_MS - 1;
    const typicalMove = deviation * Math.sqrt(STEPS);
    addTrading(bars, row, { logFactor, typicalMove, state: this.trading, random: this.single });
    const range = bars.high[row]! - bars.low[row]!;
    if (this.model.ic === 0) return;
    this.signal = range === 0 ? 0 : balanceRank((bars.close[row]! - bars.open[row]!) / range);
  }

  /** Moves volatility on and answers its log factor; drawn in every model, so that models differ in little else. */
  private advance(openTimeMs: number): number {
    advanceVolatility(this.common, this.shared);
    advanceVolatility(this.own, this.single);
    if (this.model.volatility === 'constant') return 0;
    const minuteOfDay = (openTimeMs % DAY_MS) / MINUTE_MS;
    return (logVolatility(this.common, minuteOfDay) + logVolatility(this.own, minuteOfDay)) / 2;
  }

  private burst(): number {
    const shared = this.shared.uniform() < COMMON_BURST.chance ? COMMON_BURST.factor : 1;
    return this.single.uniform() < OWN_BURST.chance ? shared * OWN_BURST.factor : shared;
  }

  private drawSteps(deviation: number): void {
    for (let step = 0; step < STEPS; step++) {
      const move = deviation * (COMMON * this.shared.normal() + OWN * this.single.normal());
      this.steps[step] = Math.min(LARGEST_STEP, Math.max(-LARGEST_STEP, move));
    }
  }

  /** Turns the bar's steps round, with the chance that makes P(sign favoured) = (1 + |bias|) / 2. */
  private tilt(): void {
    const chance = this.single.uniform();
    const bias = 2 * this.model.ic * this.signal;
    if (chance >= Math.abs(bias)) return;
    let total = 1;
    for (const step of this.steps) total *= 1 + step;
    if (Math.sign(total - 1) === Math.sign(bias)) return;
    for (let step = 0; step < STEPS; step++) this.steps[step] = -this.steps[step]!;
  }

  private walkBar(bars: BarTable, row: number, deviation: number): number {
    const gap = this.single.normal() * deviation * GAP_SHARE;
    const opensAway = this.single.uniform() < GAP_CHANCE;
    const open = opensAway ? this.price * (1 + gap) : this.price;
    let price = open;
    let high = open;
    let low = open;
    for (const step of this.steps) {
      price *= 1 + step;
      if (price > high) high = price;
      if (price < low) low = price;
    }
    bars.open[row] = open;
    bars.high[row] = high;
    bars.low[row] = low;
    bars.close[row] = price;
    return bars.close[row]!;
  }
}
