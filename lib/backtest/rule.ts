/** One rule traded through the test windows. Pure. */
import { tradeAccount, type AccountBars, type AccountInput, type Costs, type Trade } from './account.js';
import { fundingByBar, fundingOfHolding, type FundingRates } from './funding.js';
import { breakEven, feeSweep, type GrossRun } from './break-even.js';
import {
  averageOverAccounts,
  dailyReturns,
  dayEnds,
  portfolioTimes,
  type DayEnds,
  type TradedAccount,
} from './portfolio.js';
import { dailyStatistics } from './statistics.js';
import type { FoldResult, RuleResult, RuleSummary, TradeSide, TradeStatistics } from './types.js';

/** One symbol's bins, by row of its predictions. */
export interface BinnedSymbol {
  readonly symbol: string;
  readonly bars: AccountBars;
  /** Row of `bars` of each prediction; -1 where there is none. */
  readonly barRow: Int32Array;
  /** 1..bins, 0 for none. */
  readonly bins: Int32Array;
  /** Rates that are charged; absent or null for none. */
  readonly funding?: FundingRates | null;
}

export interface FoldWindowMs {
  readonly label: string;
  /** Test window, UTC ms, by the moment of decision, which is the first open that can be traded. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface RuleInput {
  readonly rule: RuleSummary;
  readonly symbols: readonly BinnedSymbol[];
  /** What is to be said of the grid of bins; absent or null for nothing. */
  readonly gridNote?: string | null;
  readonly costs: Costs;
  readonly intervalMs: number;
  readonly folds: readonly FoldWindowMs[];
  readonly trials: number;
}

/** A traded rule: its numbers, and the series they come from. */
export interface RuleRun {
  readonly result: RuleResult;
  readonly timesMs: Float64Array;
  /** Portfolio at each bar's close, after costs and without any. */
  readonly equity: Float64Array;
  readonly grossEquity: Float64Array;
  readonly trades: readonly Trade[];
  readonly accounts: readonly TradedAccount[];
}

/** `long`: the bin is bought; `short`: sold; `longshort`: bought, and its mirror image sold. */
export function positionOf(
  bin: number,
  { bins, quantile }: { bins: number; quantile: number },
  side: TradeSide,
): number {
  if (bin === 0) return 0;
  if (bin === quantile) return side === 'short' ? -1 : 1;
  return side === 'longshort' && bin === bins + 1 - quantile ? -1 : 0;
}

/** The scope as every table names it: `date (ex post)` where it looks ahead. */
export function scopeLabel({ scope, exPost }: Pick<RuleSummary, 'scope' | 'exPost'>): string {
  return exPost ? `${scope} (ex post)` : scope;
}

/** `long 10 of 10`; `long 9, short 2 of 10`. */
export function ruleText(quantile: number, bins: number, side: TradeSide): string {
  return side === 'longshort'
    ? `long ${quantile}, short ${bins + 1 - quantile} of ${bins}`
    : `${side} ${quantile} of ${bins}`;
}

/** The accounts' inputs: decisions by bar, from the first open after a prediction to the last label bar. */
export function accountInputs(
  symbols: readonly BinnedSymbol[],
  rule: RuleSummary,
  intervalMs: number,
): AccountInput[] {
  return symbols.flatMap(({ symbol, bars, barRow, bins, funding: rates }) => {
    const decisions = new Int8Array(bars.openTimeMs.length);
    let [first, last] = [-1, -1];
    for (let row = 0; row < barRow.length; row++) {
      const at = barRow[row]!;
      if (at < 0) continue;
      if (first < 0) first = at;
      last = at;
      decisions[at] = positionOf(bins[row]!, rule, rule.side);
    }
    const endRow = Math.min(last + 2, bars.openTimeMs.length);
    if (first < 0 || first + 1 >= endRow) return [];
    const funding = rates ? fundingByBar(rates, bars, { endRow, intervalMs }) : null;
    return [{ symbol, bars, decisions, firstRow: first + 1, endRow, funding }];
  });
}

/** Trades a rule and tells everything about it. */
export function runRule(input: RuleInput): RuleRun {
  const inputs = accountInputs(input.symbols, input.rule, input.intervalMs);
  const timesMs = portfolioTimes(inputs);
  const ends = dayEnds(timesMs);
  const trade = (costs: Costs): TradedAccount[] =>
    inputs.map((account) => ({ input: account, run: tradeAccount(account, costs, input.intervalMs) }));
  const net = trade(input.costs);
  const withoutFee = trade({ ...input.costs, feeFrac: 0 });
  const isFree = input.costs.halfSpreadFrac === 0 && inputs.every(({ funding }) => !funding);
  const frictionless = isFree ? withoutFee : tradeFree(inputs, input);
  const delayed = trade({ ...input.costs, feeFrac: 0, delayBars: input.costs.delayBars + 1 });
  const equity = portfolioEquity(timesMs, net);
  const grossEquity = portfolioEquity(timesMs, frictionless);
  const gross: GrossRun = { accounts: withoutFee, timesMs, ends };
  const trades = net.flatMap(({ run }) => run.trades).sort(byEntry);
  const result: RuleResult = {
    rule: input.rule,
    breakEven: breakEven(gross),
    breakEvenDelay1: breakEven({ accounts: delayed, timesMs, ends }),
    net: dailyStatistics(dailyReturns(equity, ends), ends.days, input.trials),
    gross: dailyStatistics(dailyReturns(grossEquity, ends), ends.days, input.trials),
    trading: tradeStatistics(net, trades, ends),
    feeSweep: feeSweep(gross, input.costs.feeFrac),
    folds: foldResults(input.folds, { timesMs, equity, grossEquity, trades }),
    accounts: net.map((account, index) => accountResult(account, frictionless[index]!, input.costs.feeFrac)),
    decisions: countDecisions(input.symbols),
  };
  return { result, timesMs, equity, grossEquity, trades, accounts: net };
}

/** The accounts without fees, spread and funding. */
function tradeFree(inputs: readonly AccountInput[], { costs, intervalMs }: RuleInput): TradedAccount[] {
  const free = { ...costs, feeFrac: 0, halfSpreadFrac: 0 };
  return inputs.map((account) => ({
    input: account,
    run: tradeAccount({ ...account, funding: null }, free, intervalMs),
  }));
}

function byEntry(left: Trade, right: Trade): number {
  return left.entryMs - right.entryMs || (left.symbol < right.symbol ? -1 : 1);
}

/** Mean of the accounts' values at each bar's close. */
export function portfolioEquity(timesMs: Float64Array, accounts: readonly TradedAccount[]): Float64Array {
  return averageOverAccounts(
    timesMs,
    accounts.map(({ input, run }) => ({ input, series: run.equity })),
    1,
  );
}

function countDecisions(symbols: readonly BinnedSymbol[]): RuleResult['decisions'] {
  let withBin = 0;
  let rows = 0;
  for (const { bins } of symbols) {
    rows += bins.length;
    for (const bin of bins) if (bin > 0) withBin += 1;
  }
  return { withBin, withoutBin: rows - withBin };
}

function tradeStatistics(
  accounts: readonly TradedAccount[],
  trades: readonly Trade[],
  ends: DayEnds,
): TradeStatistics {
  const mean = (valueOf: (trade: Trade) => number): number | null =>
    trades.length === 0 ? null : trades.reduce((sum, trade) => sum + valueOf(trade), 0) / trades.length;
  const sides = accounts.reduce((sum, { run }) => sum + (run.sides.at(-1) ?? 0), 0);
  const days = ends.days.length;
  const exposure = accounts.map(({ run }) => countHeld(run.position) / run.position.length);
  const meanNet = mean(({ net }) => net);
  return {
    trades: trades.length,
    sides,
    winRate: mean(({ net }) => Number(net > 0)),
    meanTradeBp: meanNet === null ? null : meanNet * 1e4,
    meanBarsHeld: mean(({ bars }) => bars),
    exposure: exposure.length === 0 ? 0 : exposure.reduce((sum, share) => sum + share, 0) / exposure.length,
    turnoverPerDay: days === 0 || accounts.length === 0 ? null : sides / days / accounts.length,
  };
}

function countHeld(position: Int8Array): number {
  let held = 0;
  for (const side of position) if (side !== 0) held += 1;
  return held;
}

interface FoldSeries {
  readonly timesMs: Float64Array;
  readonly equity: Float64Array;
  readonly grossEquity: Float64Array;
  readonly trades: readonly Trade[];
}

function foldResults(folds: readonly FoldWindowMs[], series: FoldSeries): FoldResult[] {
  return folds.map(({ label, startMs, endMs }) => {
    const first = series.timesMs.findIndex((time) => time >= startMs);
    let last = -1;
    for (let at = series.timesMs.length - 1; at >= 0 && last < 0; at--)
      if (series.timesMs[at]! < endMs) last = at;
    const change = (values: Float64Array): number =>
      first < 0 || last < first ? 0 : ratio(values[last]!, first === 0 ? 1 : values[first - 1]!) - 1;
    return {
      fold: label,
      netReturn: change(series.equity),
      grossReturn: change(series.grossEquity),
      trades: series.trades.filter(({ entryMs }) => entryMs >= startMs && entryMs < endMs).length,
    };
  });
}

function ratio(after: number, before: number): number {
  return before === 0 ? 1 : after / before;
}

function accountResult(
  net: TradedAccount,
  gross: TradedAccount,
  feeFrac: number,
): RuleResult['accounts'][number] {
  const { bars, firstRow, endRow, funding } = net.input;
  const paid = fundingOfHolding(funding ?? null, bars, net.input).at(-1)!;
  return {
    symbol: net.input.symbol,
    netReturn: net.run.equity.at(-1)! - 1,
    grossReturn: gross.run.equity.at(-1)! - 1,
    trades: net.run.trades.length,
    buyAndHold: (bars.close[endRow - 1]! / bars.open[firstRow]! - paid) * (1 - feeFrac) ** 2 - 1,
    fundingPaid: net.run.fundingPaid,
    ruined: net.run.ruined,
  };
}
