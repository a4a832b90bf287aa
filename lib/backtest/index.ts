export type { SignalPart } from './alpha-factor.js';
export { runBacktest, type BacktestInput, type BacktestRun } from './backtest.js';
export { ruleText, scopeLabel, type BinnedSymbol, type FoldWindowMs, type RuleInput } from './rule.js';
export { equityTable, ledgerTable } from './run-tables.js';
export type { Backtest, RuleSummary, TradeSide } from './types.js';
