import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tradeAccount, type AccountInput, type Costs } from '../../../lib/backtest/account.js';
import { fundingOfHolding } from '../../../lib/backtest/funding.js';
import { averageOverAccounts, portfolioTimes } from '../../../lib/backtest/portfolio.js';

const MINUTE = 60_000;

interface Market extends AccountInput {
  readonly costs: Costs;
}

/** Markets with gaps from close to open, holes, delays, costs, funding, and any decisions. */
const markets = fc
  .record({
    steps: fc.array(
      fc.record({
        gap: fc.double({ min: -0.05, max: 0.05, noNaN: true }),
        move: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
        hole: fc.integer({ min: 0, max: 12 }),
        decision: fc.constantFrom(-1, 0, 1),
        rate: fc.oneof(fc.constant(0), fc.double({ min: -0.03, max: 0.03, noNaN: true })),
      }),
      { minLength: 2, maxLength: 60 },
    ),
    feeFrac: fc.constantFrom(0, 0.0005, 0.01),
    halfSpreadFrac: fc.constantFrom(0, 0.0001, 0.002),
    delayBars: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ steps, feeFrac, halfSpreadFrac, delayBars }): Market => {
    const openTimeMs = new Float64Array(steps.length);
    const open = new Float64Array(steps.length);
    const close = new Float64Array(steps.length);
    let [time, price] = [0, 100];
    steps.forEach(({ gap, move, hole }, row) => {
      time += MINUTE * (hole > 10 ? hole : 1);
      openTimeMs[row] = time;
      open[row] = price * (1 + gap);
      close[row] = price = open[row]! * (1 + move);
    });
    const decisions = Int8Array.from(steps, ({ decision }) => decision);
    return {
      symbol: 'X',
      bars: { openTimeMs, open, close },
      decisions,
      firstRow: 1,
      endRow: steps.length,
      funding: Float64Array.from(steps, ({ rate }) => rate),
      costs: { feeFrac, halfSpreadFrac, delayBars },
    };
  });

/** Bar by bar, in units of the asset: cash and units, sold and bought at each change. */
function bookkeeper({ bars, decisions, firstRow, endRow, costs, funding }: Market): number[] {
  const equity: number[] = [];
  let [cash, units, dead] = [1, 0, false];
  const kept = 1 - costs.feeFrac;
  // A short of value v sells v/p units and holds v twice over in cash; both sides pay the fee on what they are worth.
  let reserve = 0;
  const leave = (price: number): void => {
    if (units === 0) return;
    const fill = price * (1 - Math.sign(units) * costs.halfSpreadFrac);
    cash = Math.max(0, (reserve + units * fill) * kept);
    if (cash <= 0) dead = true;
    [units, reserve] = [0, 0];
  };
  for (let row = firstRow; row < endRow; row++) {
    const source = row - 1 - costs.delayBars;
    const wanted = dead || source < 0 ? 0 : decisions[source]!;
    if (wanted !== Math.sign(units)) {
      leave(bars.open[row]!);
      if (wanted !== 0 && !dead) {
        const value = cash * kept;
        const fill = bars.open[row]! * (1 + wanted * costs.halfSpreadFrac);
        units = (wanted * value) / fill;
        reserve = wanted === 1 ? 0 : 2 * value;
        cash = 0;
      }
    }
    // Funding is cash: a long one pays, a short one receives, on what the units are worth.
    reserve -= funding![row]! * units * bars.close[row]!;
    if (units !== 0 && reserve + units * bars.close[row]! <= 0) leave(bars.close[row]!);
    if (row === endRow - 1) leave(bars.close[row]!);
    equity.push(units === 0 ? cash : reserve + units * bars.close[row]!);
  }
  return equity;
}

const run = (market: Market): ReturnType<typeof tradeAccount> => tradeAccount(market, market.costs, MINUTE);
const close = (left: number, right: number): boolean =>
  Math.abs(left - right) <= 1e-12 * Math.max(1, Math.abs(right));

describe('tradeAccount', () => {
  it('agrees with a naive bookkeeper in units, bar by bar', () => {
    fc.assert(
      fc.property(markets, (market) => {
        const equity = [...run(market).equity];
        const naive = bookkeeper(market);
        equity.forEach((value, row) =>
          expect(close(value, naive[row]!), `bar ${row}: ${value} ${naive[row]}`).toBe(true),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('ends at the product over its trades', () => {
    fc.assert(
      fc.property(markets, (market) => {
        const { equity, trades } = run(market);
        const product = trades.reduce((value, { net }) => value * (1 + net), 1);
        expect(close(equity.at(-1)!, product)).toBe(true);
      }),
    );
  });

  it('pays exactly (1-f) a side: log equity = log equity without fee + sides * log(1-f)', () => {
    fc.assert(
      fc.property(markets, (market) => {
        const paid = run(market);
        const free = tradeAccount(market, { ...market.costs, feeFrac: 0 }, MINUTE);
        paid.equity.forEach((value, at) => {
          expect(close(value, free.equity[at]! * (1 - market.costs.feeFrac) ** paid.sides[at]!)).toBe(true);
        });
      }),
    );
  });

  it('stays at 1 without decisions', () => {
    fc.assert(
      fc.property(markets, (market) => {
        const { equity, trades } = run({ ...market, decisions: new Int8Array(market.decisions.length) });
        expect(equity.every((value) => value === 1)).toBe(true);
        expect(trades).toEqual([]);
      }),
    );
  });

  it('holds what buying and holding holds: (C_end / O_first - funding) (1-f)^2', () => {
    fc.assert(
      fc.property(markets, (market) => {
        const costs = { feeFrac: market.costs.feeFrac, halfSpreadFrac: 0, delayBars: 0 };
        const { equity } = run({
          ...market,
          decisions: new Int8Array(market.decisions.length).fill(1),
          costs,
        });
        const { open, close: last } = market.bars;
        const paid = fundingOfHolding(market.funding!, market.bars, market).at(-1)!;
        if (equity.includes(0)) return;
        const held = (last.at(-1)! / open[1]! - paid) * (1 - costs.feeFrac) ** 2;
        expect(close(equity.at(-1)!, held)).toBe(true);
      }),
    );
  });

  it('decides nothing with later bars', () => {
    fc.assert(
      fc.property(markets, fc.nat(), (market, at) => {
        const cut = 1 + (at % (market.endRow - 1));
        const changed = {
          ...market,
          bars: {
            ...market.bars,
            close: market.bars.close.map((value, row) => (row > cut ? value * 3 : value)),
          },
        };
        const [before, after] = [run(market).equity, run(changed).equity];
        for (let row = 1; row < Math.min(cut, market.endRow - 1); row++)
          expect(after[row - 1]).toBe(before[row - 1]);
      }),
    );
  });

  it('fills at the first open after a hole and not inside it', () => {
    const bars = {
      openTimeMs: Float64Array.of(0, MINUTE, 90 * MINUTE, 91 * MINUTE),
      open: Float64Array.of(100, 100, 200, 200),
      close: Float64Array.of(100, 100, 200, 220),
    };
    const input = { symbol: 'X', bars, decisions: Int8Array.of(0, 1, 1, 0), firstRow: 1, endRow: 4 };
    const { trades } = tradeAccount(input, { feeFrac: 0, halfSpreadFrac: 0, delayBars: 0 }, MINUTE);
    expect(trades).toMatchObject([
      { entryMs: 90 * MINUTE, entryPrice: 200, exitPrice: 220, bars: 2, exitMs: 92 * MINUTE },
    ]);
    expect(trades[0]!.gross).toBeCloseTo(0.1, 12);
  });

  it('is ruined by a short whose price doubles, and never trades again', () => {
    const bars = {
      openTimeMs: Float64Array.of(0, MINUTE, 2 * MINUTE, 3 * MINUTE),
      open: Float64Array.of(100, 100, 100, 100),
      close: Float64Array.of(100, 210, 100, 50),
    };
    const input = { symbol: 'X', bars, decisions: Int8Array.of(-1, -1, 1, 1), firstRow: 1, endRow: 4 };
    const { equity, ruined, trades } = tradeAccount(
      input,
      { feeFrac: 0, halfSpreadFrac: 0, delayBars: 0 },
      MINUTE,
    );
    expect([...equity]).toEqual([0, 0, 0]);
    expect(ruined).toBe(true);
    expect(trades).toHaveLength(1);
    expect(trades[0]!.net).toBe(-1);
  });
});

describe('the portfolio', () => {
  it('never moves capital between symbols: it is the mean of accounts run alone', () => {
    fc.assert(
      fc.property(fc.array(markets, { minLength: 1, maxLength: 4 }), (list) => {
        const accounts = list.map((market) => ({
          input: market as AccountInput,
          series: run(market).equity,
        }));
        const times = portfolioTimes(list);
        const ends = averageOverAccounts(times, accounts, 1).at(-1)!;
        const alone = list.reduce((sum, market) => sum + run(market).equity.at(-1)!, 0) / list.length;
        expect(close(ends, alone)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
