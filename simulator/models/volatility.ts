/** Volatility of the model markets: it moves by itself and knows nothing of the prices' direction. */
import type { Random } from './random.js';

/** Logs of the factors on volatility: a slow one and a fast one, both autoregressive. */
export interface VolatilityState {
  slow: number;
  fast: number;
}

const MINUTES_A_DAY = 1440;
const SLOW_MEMORY = Math.exp(-1 / (2 * MINUTES_A_DAY));
const FAST_MEMORY = Math.exp(-1 / 45);
const SLOW_DEVIATION = 0.4;
const FAST_DEVIATION = 0.3;
const SLOW_SHOCK = SLOW_DEVIATION * Math.sqrt(1 - SLOW_MEMORY ** 2);
const FAST_SHOCK = FAST_DEVIATION * Math.sqrt(1 - FAST_MEMORY ** 2);
/** No more than a factor of e^1.5 either way. */
const WIDEST = 1.5;
const DAILY_SWING = 0.25;

/** Moves the state one minute on. Mutates it. */
export function advanceVolatility(state: VolatilityState, random: Random): void {
  state.slow = SLOW_MEMORY * state.slow + SLOW_SHOCK * random.normal();
  state.fast = FAST_MEMORY * state.fast + FAST_SHOCK * random.normal();
}

/** Log of the factor at a minute of the day: the state, and a calm and a busy half of the day. */
export function logVolatility(state: VolatilityState, minuteOfDay: number): number {
  const level = Math.min(WIDEST, Math.max(-WIDEST, state.slow + state.fast));
  return level + DAILY_SWING * Math.sin((2 * Math.PI * (minuteOfDay - 480)) / MINUTES_A_DAY);
}
