export type { SignalPart } from './alpha-factor.js';
export { runBacktest, type BacktestInput, type BacktestRun } from './backtest.js';
export { ruleText, type BinnedSymbol, type FoldWindowMs, type RuleInput } from './rule.js';
export { tradesTable } from './trades-table.js';
export type { Backtest, RuleSummary, TradeSide } from './types.js';
