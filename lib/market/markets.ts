/** What differs between Binance's markets, as far as klines need it. Pure. */
import type { Market } from '../config/types.js';

export interface MarketRules {
  /** Of REST, before `/klines`. */
  readonly restPath: string;
  /** Of the archive, before `/monthly/klines`. */
  readonly archiveFolder: string;
  /** Request weight a minute where exchangeInfo names none. */
  readonly weightLimit: number;
  readonly exchangeInfoWeight: number;
  /** Most rows a page may have. */
  readonly mostRows: number;
  /** Request weight of a klines page by its `limit`, whatever comes back. */
  readonly klinesWeight: (limit: number) => number;
  /** The `limit` with most rows a unit of weight, and the best one of weight 1 where there is any. */
  readonly bestPageRows: number;
  readonly smallPageRows: number;
}

/** Futures pay by the `limit` asked for: 499 rows cost 2, 500 cost 5. */
function futuresWeight(limit: number): number {
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1000 ? 5 : 10;
}

const futures = {
  weightLimit: 2400,
  exchangeInfoWeight: 1,
  mostRows: 1500,
  klinesWeight: futuresWeight,
  bestPageRows: 499,
  smallPageRows: 99,
};

export const MARKET_RULES: Readonly<Record<Market, MarketRules>> = {
  um: { ...futures, restPath: '/fapi/v1', archiveFolder: 'data/futures/um' },
  cm: { ...futures, restPath: '/dapi/v1', archiveFolder: 'data/futures/cm' },
  spot: {
    restPath: '/api/v3',
    archiveFolder: 'data/spot',
    weightLimit: 6000,
    exchangeInfoWeight: 20,
    mostRows: 1000,
    klinesWeight: () => 2,
    bestPageRows: 1000,
    smallPageRows: 1000,
  },
};

/**
 * The `limit` of a request for `bars` bars: no more weight than they need, at most `ceiling`, and one unit
 * of weight where the budget is so small that the best page does not fit.
 */
export function pageRows(
  rules: MarketRules,
  bars: number,
  { ceiling, allowance }: { ceiling: number; allowance: number | null },
): number {
  const { bestPageRows, smallPageRows, mostRows } = rules;
  const tight = allowance !== null && allowance < rules.klinesWeight(bestPageRows);
  return Math.max(1, Math.min(bars, tight ? smallPageRows : bestPageRows, ceiling, mostRows));
}

/** Weight of asking for `bars` bars page by page. */
export function rangeWeight(rules: MarketRules, bars: number, ceiling: number): number {
  const page = pageRows(rules, Number.POSITIVE_INFINITY, { ceiling, allowance: null });
  const rest = bars % page;
  return Math.floor(bars / page) * rules.klinesWeight(page) + (rest === 0 ? 0 : rules.klinesWeight(rest));
}
