/** Binance USDT-M futures as a source of bars. */
export {
  exchangeTimeMs,
  observeSymbol,
  type ExchangeOptions,
  type ObservedSymbol,
  type ObserveOptions,
} from './observe.js';
export { assembleMonth, type Month, type MonthHost, type MonthProgress, type MonthRequest } from './month.js';
export type { MonthQuality } from './quality.js';
