/** The sum of the accounts, each with 1/K of the capital and never rebalanced. Pure. */
import { DAY_MS } from '../bars/interval.js';
import type { AccountInput, AccountRun } from './account.js';

/** A traded account with the rows it traded. */
export interface TradedAccount {
  readonly input: AccountInput;
  readonly run: AccountRun;
}

/** Opens of the bars at which some account traded, ascending. */
export function portfolioTimes(inputs: readonly AccountInput[]): Float64Array {
  const opens = inputs.map(({ bars, firstRow, endRow }) => bars.openTimeMs.subarray(firstRow, endRow));
  return opens.reduce(union, new Float64Array(0)).slice();
}

/** Two ascending series as one, each value once. */
function union(left: Float64Array, right: Float64Array): Float64Array {
  const both = new Float64Array(left.length + right.length);
  let [n, l, r] = [0, 0, 0];
  while (l < left.length || r < right.length) {
    const value = r === right.length || left[l]! <= right[r]! ? left[l]! : right[r]!;
    while (l < left.length && left[l] === value) l++;
    while (r < right.length && right[r] === value) r++;
    both[n++] = value;
  }
  return both.subarray(0, n);
}

/**
 * A series of each account spread over the portfolio's times and averaged: `before` until its first bar,
 * its last value where it has no bar.
 */
export function averageOverAccounts(
  timesMs: Float64Array,
  accounts: readonly { readonly input: AccountInput; readonly series: ArrayLike<number> }[],
  before: number,
): Float64Array {
  const total = new Float64Array(timesMs.length);
  for (const { input, series } of accounts) {
    const { openTimeMs } = input.bars;
    let row = input.firstRow;
    let value = before;
    for (let at = 0; at < timesMs.length; at++) {
      if (row < input.endRow && openTimeMs[row] === timesMs[at]) {
        value = series[row - input.firstRow]!;
        row += 1;
      }
      total[at]! += value / accounts.length;
    }
  }
  return total;
}

/**
 * The end of each UTC day in a series by bar, from its first to its last: its day number and the place of the
 * newest bar by then. A day without a bar is a day on which nothing changed, and ends where the one before did.
 */
export interface DayEnds {
  readonly days: Float64Array;
  readonly lastAt: Int32Array;
}

/** Where each UTC day of ascending times ends. */
export function dayEnds(timesMs: Float64Array): DayEnds {
  const days: number[] = [];
  const lastAt: number[] = [];
  for (let at = 0; at < timesMs.length; at++) {
    const day = Math.floor(timesMs[at]! / DAY_MS);
    if (days.at(-1) === day) lastAt.pop();
    else {
      for (let without = (days.at(-1) ?? day - 1) + 1; without < day; without++) {
        days.push(without);
        lastAt.push(at - 1);
      }
      days.push(day);
    }
    lastAt.push(at);
  }
  return { days: Float64Array.from(days), lastAt: Int32Array.from(lastAt) };
}

/** Returns from one day's end to the next of a series that starts from 1; 0 once nothing is left. */
export function dailyReturns(series: ArrayLike<number>, { lastAt }: DayEnds): Float64Array {
  return returnsOf(Float64Array.from(lastAt, (at) => series[at]!));
}

/** Returns from one value to the next of a series that starts from 1; 0 once nothing is left. */
export function returnsOf(values: Float64Array): Float64Array {
  let before = 1;
  return values.map((value) => {
    const change = before === 0 ? 0 : value / before - 1;
    before = value;
    return change;
  });
}

/** For each day's end the account's newest traded row by then, counted from its first; -1 before that. */
export function rowsAtDayEnds(
  { bars, firstRow, endRow }: AccountInput,
  timesMs: Float64Array,
  { lastAt }: DayEnds,
): Int32Array {
  let row = firstRow - 1;
  return lastAt.map((at) => {
    while (row + 1 < endRow && bars.openTimeMs[row + 1]! <= timesMs[at]!) row += 1;
    return row - firstRow;
  });
}
