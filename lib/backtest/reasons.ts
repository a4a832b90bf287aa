/** Why numbers of a backtest are absent, by their paths. Pure. */
import type { BreakEven, DailyStatistics, RuleResult } from './types.js';

type Reasons = Record<string, string>;

/**
 * Of one rule.
 * @param path `headline` or `exPost`
 * @param gridNote what is to be said of its grid of bins, null for nothing
 */
export function ruleReasons(path: string, result: RuleResult, gridNote: string | null): Reasons {
  const { rule, breakEven, breakEvenDelay1, net, gross, trading, decisions } = result;
  const reasons: Reasons = {};
  if (net.days === 0) reasons[path] = 'no symbol has a bar after its first prediction';
  if (gridNote !== null) reasons[`${path}.rule.bins`] = gridNote;
  if (decisions.withBin === 0)
    reasons[`${path}.decisions`] =
      gridNote ?? 'no prediction could be ranked: they are missing, all equal, or too few';
  else if (trading.trades === 0)
    reasons[`${path}.rule.quantile`] =
      `none of ${decisions.withBin} ranked predictions led to a trade of ${rule.text}: where few predictions differ, bins stay empty`;
  if (trading.trades === 0) {
    for (const name of ['winRate', 'meanTradeBp', 'meanBarsHeld'])
      reasons[`${path}.trading.${name}`] = NEVER_TRADED;
  }
  return {
    ...reasons,
    ...breakEvenReasons(`${path}.breakEven`, breakEven),
    ...breakEvenReasons(`${path}.breakEvenDelay1`, breakEvenDelay1),
    ...statisticsReasons(`${path}.net`, net),
    ...statisticsReasons(`${path}.gross`, gross),
  };
}

const NEVER_TRADED = 'the rule never traded';

function breakEvenReasons(path: string, { feeBp, feeBp95 }: BreakEven): Reasons {
  if (feeBp === null) return { [`${path}.feeBp`]: NEVER_TRADED };
  return feeBp95 === null ? { [`${path}.feeBp95`]: 'fewer than ten days' } : {};
}

/** Of the statistics of a series of daily returns. */
export function statisticsReasons(path: string, of: DailyStatistics): Reasons {
  const reasons: Reasons = {};
  if (of.annualReturn === null) reasons[`${path}.annualReturn`] = 'there is no day';
  if (of.annualVolatility === null) reasons[`${path}.annualVolatility`] = 'fewer than two days';
  if (of.sharpe === null) {
    const why = of.days < 2 ? 'fewer than two days' : 'daily returns do not vary';
    for (const name of ['sharpe', 'skewness', 'kurtosis', 'probabilisticSharpe', 'deflatedSharpe'])
      reasons[`${path}.${name}`] = why;
  } else {
    if (of.sharpe95 === null) reasons[`${path}.sharpe95`] = 'fewer than 30 days';
    if (of.probabilisticSharpe === null)
      reasons[`${path}.probabilisticSharpe`] = 'the variance of the Sharpe ratio is not above 0';
  }
  if (of.sortino === null) reasons[`${path}.sortino`] = 'no day lost anything';
  if (of.drawdown === null) reasons[`${path}.drawdown`] = reasons[`${path}.calmar`] = 'it never fell';
  return reasons;
}
