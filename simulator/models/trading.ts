/** Volumes, trades and takers of a model bar: they go with its own move and say nothing about the next one. */
import type { BarTable } from '../../lib/bars/bar-table.js';
import type { Random } from './random.js';

/** Log of the volume's own level, autoregressive. */
export interface TradingState {
  level: number;
}

const MEMORY = Math.exp(-1 / 90);
const LEVEL_DEVIATION = 0.5;
const SHOCK = LEVEL_DEVIATION * Math.sqrt(1 - MEMORY * MEMORY);
const NOISE = 0.35;
/** Quote volume of a usual minute. */
const MINUTE_NOTIONAL = 400_000;
const TRADE_NOTIONAL = 1500;
const VOLUME_STEP = 1e3;
const QUOTE_STEP = 1e5;

export interface TradingContext {
  readonly logFactor: number;
  /** Standard deviation of the bar's return. */
  readonly typicalMove: number;
  /** Moved on by one bar. */
  readonly state: TradingState;
  readonly random: Random;
}

/** Fills the volume columns of a bar whose prices stand. */
export function addTrading(bars: BarTable, row: number, context: TradingContext): void {
  const { logFactor, typicalMove, state, random } = context;
  state.level = MEMORY * state.level + SHOCK * random.normal();
  const move = (bars.close[row]! / bars.open[row]! - 1) / typicalMove;
  const logVolume = logFactor + state.level + NOISE * random.normal() + 0.6 * Math.log(0.5 + Math.abs(move));
  const price = (bars.open[row]! + bars.high[row]! + bars.low[row]! + bars.close[row]!) / 4;
  const volume =
    Math.max(1, Math.round((MINUTE_NOTIONAL * Math.exp(logVolume) * VOLUME_STEP) / price)) / VOLUME_STEP;
  const share = Math.min(0.97, Math.max(0.03, 0.5 + 0.15 * Math.tanh(move) + 0.1 * random.normal()));
  const taken = Math.round(volume * share * VOLUME_STEP) / VOLUME_STEP;
  bars.volume[row] = volume;
  bars.quoteVolume[row] = roundQuote(volume * price);
  bars.trades[row] = Math.max(
    1,
    Math.round((volume * price * Math.exp(0.2 * random.normal())) / TRADE_NOTIONAL),
  );
  bars.takerBuyVolume[row] = taken;
  bars.takerBuyQuoteVolume[row] = roundQuote(taken * price);
}

function roundQuote(amount: number): number {
  return Math.round(amount * QUOTE_STEP) / QUOTE_STEP;
}
