/** A backtest: the rule that can be traded, the one that looks ahead where it was asked for, and holding. Pure. */
import type { AccountInput, AccountRun } from './account.js';
import { alphaFactor, type SignalPart } from './alpha-factor.js';
import { fundingOfHolding } from './funding.js';
import { dailyReturns, dayEnds, type TradedAccount } from './portfolio.js';
import { ruleReasons, statisticsReasons } from './reasons.js';
import { portfolioEquity, runRule, type RuleInput, type RuleRun } from './rule.js';
import { dailyStatistics } from './statistics.js';
import type { Backtest, CostSummary, EquityColumn } from './types.js';

export interface BacktestInput {
  readonly interval: string;
  readonly signal: string;
  readonly costs: CostSummary;
  /** The tradable rule. */
  readonly tradable: RuleInput;
  /** The rule that looks ahead; null where the one asked for does not. */
  readonly exPost: RuleInput | null;
  /** The signal behind the bins, of every symbol and fold, for the alpha factor. */
  readonly signals: readonly SignalPart[];
}

/** Series of equity.parquet, one value a bar of the portfolio. */
export interface BacktestSeries {
  readonly timesMs: Float64Array;
  readonly columns: ReadonlyMap<EquityColumn, Float64Array>;
}

export interface BacktestRun {
  readonly backtest: Backtest;
  readonly series: BacktestSeries;
  readonly headline: RuleRun;
  /** Null where the rule asked for does not look ahead. */
  readonly exPost: RuleRun | null;
}

/** Runs everything a backtest tells. */
export function runBacktest(input: BacktestInput): BacktestRun {
  const headline = runRule(input.tradable);
  const exPost = input.exPost === null ? null : runRule(input.exPost);
  const { timesMs } = headline;
  const ends = dayEnds(timesMs);
  const held = holdAccounts(headline.accounts, input.tradable.costs.feeFrac);
  const buyAndHold = portfolioEquity(timesMs, held);
  const statistics = dailyStatistics(dailyReturns(buyAndHold, ends), ends.days, 1);
  const columns = new Map<EquityColumn, Float64Array>([
    ['equity', headline.equity],
    ['gross_equity', headline.grossEquity],
    ['buy_and_hold', buyAndHold],
    ['drawdown', drawdowns(headline.equity)],
    ['alpha', alphaSeries(timesMs, input)],
  ]);
  if (exPost !== null) columns.set('equity_ex_post', exPost.equity);
  const backtest: Backtest = {
    symbols: input.tradable.symbols.map(({ symbol }) => symbol),
    interval: input.interval,
    signal: input.signal,
    costs: input.costs,
    startMs: timesMs[0] ?? 0,
    endMs: timesMs.length === 0 ? 0 : timesMs[timesMs.length - 1]! + input.tradable.intervalMs,
    headline: headline.result,
    exPost: exPost?.result ?? null,
    buyAndHold: statistics,
    reasons: {
      ...ruleReasons('headline', headline.result, input.tradable.gridNote ?? null),
      ...(exPost === null ? {} : ruleReasons('exPost', exPost.result, input.exPost?.gridNote ?? null)),
      ...statisticsReasons('buyAndHold', statistics),
    },
  };
  return { backtest, series: { timesMs, columns }, headline, exPost };
}

/** Holding each symbol from the first open to the last close, fees paid at both ends. */
function holdAccounts(accounts: readonly TradedAccount[], feeFrac: number): TradedAccount[] {
  return accounts.map(({ input }) => ({ input, run: holdRun(input, feeFrac) }));
}

function holdRun(input: AccountInput, feeFrac: number): AccountRun {
  const { symbol, bars, firstRow, endRow } = input;
  const rows = endRow - firstRow;
  const paid = fundingOfHolding(input.funding ?? null, bars, input);
  const equity = Float64Array.from(
    { length: rows },
    (_, at) => (1 - feeFrac) * (bars.close[firstRow + at]! / bars.open[firstRow]! - paid[at]!),
  );
  equity[rows - 1]! *= 1 - feeFrac;
  const sides = new Int32Array(rows).fill(1);
  return {
    symbol,
    equity,
    sides,
    position: new Int8Array(rows).fill(1),
    trades: [],
    ruined: false,
    fundingPaid: paid[rows - 1]!,
  };
}

function drawdowns(equity: Float64Array): Float64Array {
  let high = 1;
  return equity.map((value) => {
    high = Math.max(high, value);
    return value / high - 1;
  });
}

/** Mean over the symbols that have one of their alpha factors, at the bars of the portfolio. */
function alphaSeries(timesMs: Float64Array, input: BacktestInput): Float64Array {
  const sums = new Float64Array(timesMs.length);
  const counts = new Int32Array(timesMs.length);
  for (const { timeMs, signal, firstTest } of input.signals) {
    const factor = alphaFactor(timeMs, signal, input.tradable.intervalMs);
    for (let row = firstTest, at = 0; row < timeMs.length; row++) {
      while (at < timesMs.length && timesMs[at]! < timeMs[row]!) at++;
      if (at === timesMs.length) break;
      if (timesMs[at] !== timeMs[row] || Number.isNaN(factor[row]!)) continue;
      sums[at]! += factor[row]!;
      counts[at]! += 1;
    }
  }
  return sums.map((sum, at) => (counts[at] === 0 ? Number.NaN : sum / counts[at]!));
}
