/** Binance as a source of bars. */
export {
  archivedHash,
  exchangeTimeMs,
  observeSymbol,
  type ExchangeOptions,
  type ObservedSymbol,
  type ObserveOptions,
} from './observe.js';
export { assembleMonth } from './month.js';
export type { Month, MonthHost, MonthProgress, MonthRequest } from './month-request.js';
export type { MonthQuality } from './quality.js';
export { restatement, type Restatement } from './restated.js';
export { sumRowFaults, symbolQuality, type SymbolQuality } from './symbol-quality.js';
