/** The fee at which a rule earns nothing, and what it earns at other fees. Pure. */
import { interval95, stationaryBootstrap } from './bootstrap.js';
import { returnsOf, rowsAtDayEnds, type DayEnds, type TradedAccount } from './portfolio.js';
import { dailySharpe, momentsOf } from './statistics.js';
import type { BreakEven, FeePoint } from './types.js';

const RESAMPLING = { draws: 2000, seed: 20230325 };
/** Fewer days than this say nothing about the spread of days. */
const LEAST_DAYS = 10;
const BP = 1e4;
export const MAKER_FEE_BP = 2;
export const TAKER_FEE_BP = 5;
const SWEEP_BP = [0, 0.1, 0.25, 0.5, 1, 1.5, MAKER_FEE_BP, 3, TAKER_FEE_BP, 7.5, 10];

/** What fees act on: accounts run without fees, and the portfolio's bars and days. */
export interface GrossRun {
  readonly accounts: readonly TradedAccount[];
  readonly timesMs: Float64Array;
  readonly ends: DayEnds;
}

/** An account's value and sides so far at the end of each day. */
interface DailyAccount {
  readonly equity: Float64Array;
  readonly sides: Float64Array;
}

function dailyAccounts({ accounts, timesMs, ends }: GrossRun): DailyAccount[] {
  return accounts.map(({ input, run }) => {
    const rows = rowsAtDayEnds(input, timesMs, ends);
    return {
      equity: Float64Array.from(rows, (row) => (row < 0 ? 1 : run.equity[row]!)),
      sides: Float64Array.from(rows, (row) => (row < 0 ? 0 : run.sides[row]!)),
    };
  });
}

/** Each account's daily gross returns and sides, averaged over the accounts. */
function dailyGrossAndSides(run: GrossRun): { gross: Float64Array; sides: Float64Array } {
  const accounts = dailyAccounts(run);
  const gross = new Float64Array(run.ends.lastAt.length);
  const sides = new Float64Array(run.ends.lastAt.length);
  for (const account of accounts) {
    const returns = returnsOf(account.equity);
    for (let day = 0; day < gross.length; day++) {
      gross[day]! += returns[day]! / accounts.length;
      sides[day]! += (account.sides[day]! - (account.sides[day - 1] ?? 0)) / accounts.length;
    }
  }
  return { gross, sides };
}

/**
 * Break-even fee per side: sum of daily simple gross returns over the sum of sides, in bp, with an interval
 * from drawing days with what they earned and traded together.
 */
export function breakEven(run: GrossRun): BreakEven {
  const { gross, sides } = dailyGrossAndSides(run);
  const ratio = (places: Iterable<number>): number => {
    let [earned, traded] = [0, 0];
    for (const day of places) {
      earned += gross[day]!;
      traded += sides[day]!;
    }
    return traded > 0 ? (earned / traded) * BP : Number.NaN;
  };
  const feeBp = ratio(gross.keys());
  if (Number.isNaN(feeBp)) return { feeBp: null, feeBp95: null };
  if (gross.length < LEAST_DAYS) return { feeBp, feeBp95: null };
  // Blocks of one day: days are drawn independently.
  return { feeBp, feeBp95: interval95(stationaryBootstrap(gross.length, 1, RESAMPLING, ratio)) };
}

/** Fees of the sweep in bp, ascending; a fraction's bp as they are written: 0.0003 is 3, not 2.9999999999999996. */
function sweptFees(ownFeeFrac: number): number[] {
  const ownBp = Number((ownFeeFrac * BP).toPrecision(12));
  return [...new Set([...SWEEP_BP, ownBp])].sort((left, right) => left - right);
}

/**
 * Total return and Sharpe ratio over fees per side, the run's own among them: fees multiply what an account
 * is worth by (1-f) a side, so one run without fees tells them all.
 */
export function feeSweep(run: GrossRun, ownFeeFrac: number): FeePoint[] {
  const fees = sweptFees(ownFeeFrac);
  const accounts = dailyAccounts(run);
  return fees.map((feeBp) => {
    const kept = 1 - feeBp / BP;
    const total = new Float64Array(run.ends.lastAt.length);
    for (const { equity, sides } of accounts) {
      for (let day = 0; day < total.length; day++)
        total[day]! += (equity[day]! * kept ** sides[day]!) / accounts.length;
    }
    const returns = returnsOf(total);
    const sharpe = returns.length < 2 ? null : dailySharpe(momentsOf(returns));
    return {
      feeBp,
      totalReturn: returns.reduce((value, change) => value * (1 + change), 1) - 1,
      sharpe: sharpe === null ? null : sharpe * Math.sqrt(365),
      tier: feeBp === MAKER_FEE_BP ? 'maker' : feeBp === TAKER_FEE_BP ? 'taker' : null,
    };
  });
}
