import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaFactor } from '../../../lib/backtest/alpha-factor.js';
import {
  runBacktest,
  ruleText,
  equityTable,
  ledgerTable,
  type BinnedSymbol,
  type RuleInput,
} from '../../../lib/backtest/index.js';
import { uniformStream } from '../../../lib/backtest/random.js';
import { positionOf, runRule } from '../../../lib/backtest/rule.js';
import { numbers } from '../../../lib/store/parquet.js';
import type { StringColumn, Table } from '../../../lib/store/table.js';
import { dayEnds, rowsAtDayEnds } from '../../../lib/backtest/portfolio.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.UTC(2023, 2, 1);

/** A random market of minute bars whose bins are drawn at random. */
function symbolOf(name: string, seed: number, bars: number, binCount: number): BinnedSymbol {
  const random = uniformStream(seed);
  const openTimeMs = Float64Array.from({ length: bars }, (_, row) => START + row * MINUTE);
  const open = new Float64Array(bars);
  const close = new Float64Array(bars);
  let price = 100;
  for (let row = 0; row < bars; row++) {
    open[row] = price * (1 + (random() - 0.5) * 1e-4);
    close[row] = price = open[row]! * (1 + (random() - 0.5) * 1e-3);
  }
  const rows = Int32Array.from({ length: bars - 1 }, (_, row) => row);
  return {
    symbol: name,
    bars: { openTimeMs, open, close },
    barRow: rows,
    bins: Int32Array.from(rows, () => 1 + Math.floor(random() * binCount)),
  };
}

function ruleOf(change: Partial<RuleInput> = {}, days = 40): RuleInput {
  const bars = days * 1440;
  return {
    rule: { scope: 'trailing', exPost: false, bins: 10, quantile: 10, side: 'longshort', text: 'x' },
    symbols: [symbolOf('A', 1, bars, 10), symbolOf('B', 2, bars, 10)],
    costs: { feeFrac: 0.00001, halfSpreadFrac: 0, delayBars: 0 },
    intervalMs: MINUTE,
    folds: [
      { label: 'one', startMs: START, endMs: START + 20 * DAY },
      { label: 'two', startMs: START + 20 * DAY, endMs: START + 40 * DAY },
    ],
    trials: 1,
    ...change,
  };
}

describe('rules', () => {
  it.each([
    ['long', 10, [0, 0, 0, 1]],
    ['short', 10, [0, 0, 0, -1]],
    ['longshort', 10, [0, -1, 0, 1]],
    ['longshort', 9, [0, 0, 0, 0]],
  ] as const)('%s %i takes the positions of its bins', (side, quantile, expected) => {
    const positions = [0, 1, 5, 10].map((bin) => positionOf(bin, { bins: 10, quantile }, side));
    expect(positions).toEqual(expected);
  });

  it('say in words what they trade', () => {
    expect(ruleText(9, 10, 'longshort')).toBe('long 9, short 2 of 10');
    expect(ruleText(2, 10, 'short')).toBe('short 2 of 10');
  });
});

describe('runRule', () => {
  const { result, timesMs, equity, trades } = runRule(ruleOf());

  it('starts at the first open after a prediction and ends at the last label bar', () => {
    expect(timesMs[0]).toBe(START + MINUTE);
    expect(timesMs.at(-1)).toBe(START + 40 * DAY - MINUTE);
  });

  it('compounds its folds to its whole', () => {
    const folds = result.folds.reduce((value, { netReturn }) => value * (1 + netReturn), 1);
    expect(folds).toBeCloseTo(equity.at(-1)!, 12);
    expect(result.net.totalReturn).toBeCloseTo(equity.at(-1)! - 1, 12);
    expect(result.folds.reduce((sum, fold) => sum + fold.trades, 0)).toBe(trades.length);
  });

  it('finds in its fee sweep what it earned at its own fee', () => {
    const own = result.feeSweep.find(({ feeBp }) => Math.abs(feeBp - 0.1) < 1e-12)!;
    expect(own.totalReturn).toBeCloseTo(result.net.totalReturn, 10);
    expect(result.feeSweep[0]).toMatchObject({ feeBp: 0 });
    expect(result.feeSweep[0]!.totalReturn).toBeCloseTo(result.gross.totalReturn, 10);
    expect(result.feeSweep.map(({ tier }) => tier).filter(Boolean)).toEqual(['maker', 'taker']);
  });

  it('breaks even at its break-even fee, in simple daily returns', () => {
    const { feeBp, feeBp95 } = result.breakEven;
    expect(feeBp95![0]).toBeLessThan(feeBp!);
    expect(feeBp95![1]).toBeGreaterThan(feeBp!);
    // Near the break-even fee the compounded return differs from 0 by the variance only.
    const there = runRule(
      ruleOf({ costs: { feeFrac: feeBp! / 1e4, halfSpreadFrac: 0, delayBars: 0 } }),
    ).result;
    expect(Math.abs(there.net.totalReturn)).toBeLessThan(0.02);
  });

  it('has no break-even fee where it never trades', () => {
    const flat = ruleOf({ rule: { ...ruleOf().rule, quantile: 11, bins: 30, side: 'long' } }, 12);
    const idle = runRule(flat).result;
    expect(idle.breakEven).toEqual({ feeBp: null, feeBp95: null });
    expect(idle.trading).toMatchObject({ trades: 0, winRate: null, exposure: 0 });
    expect(idle.net.totalReturn).toBe(0);
  });
});

describe('runBacktest', () => {
  const tradable = ruleOf();
  const input = {
    interval: '1m',
    signal: 'model',
    costs: { feeFrac: 0.00001, halfSpreadBp: 0, delayBars: 0, funding: null },
    tradable,
    exPost: { ...tradable, rule: { ...tradable.rule, scope: 'date', exPost: true } },
    signals: [],
  };

  it('compares the first test rows with the validation day of their own model', () => {
    const timeMs = Float64Array.from({ length: 1440 + 60 }, (_, row) => START + (row - 1439) * MINUTE);
    const signal = timeMs.map((_, row) => (row % 2 === 0 ? 100 : 102));
    const { series } = runBacktest({ ...input, signals: [{ timeMs, signal, firstTest: 1440 }] });
    const alpha = series.columns.get('alpha')!;
    expect(series.timesMs[0]).toBe(timeMs[1440]);
    expect(alpha[0]).toBeCloseTo(-0.01, 5);
    expect(alpha[59]).toBeCloseTo(0.01, 5);
    expect(alpha[60]).toBeNaN();
  });

  it('puts the tradable rule first and labels the other', () => {
    const { backtest, series } = runBacktest(input);
    expect(backtest.headline.rule.exPost).toBe(false);
    expect(backtest.exPost!.rule.exPost).toBe(true);
    expect([...series.columns.keys()]).toContain('equity_ex_post');
  });

  it('says where the bins are not what was asked for', () => {
    const { backtest } = runBacktest({ ...input, tradable: { ...tradable, gridNote: 'coarser' } });
    expect(backtest.reasons).toMatchObject({ 'headline.rule.bins': 'coarser' });
    expect(runBacktest(input).backtest.reasons).not.toHaveProperty(['headline.rule.bins']);
  });

  it('says where predictions are ranked and none is in the quantile that is traded', () => {
    const idle = {
      ...ruleOf(
        { rule: { ...ruleOf().rule, quantile: 11, bins: 30, side: 'long', text: 'long 11 of 30' } },
        12,
      ),
    };
    expect(runBacktest({ ...input, tradable: idle }).backtest.reasons['headline.rule.quantile']).toMatch(
      /none of \d+ ranked predictions led to a trade of long 11 of 30/,
    );
    expect(runBacktest(input).backtest.reasons).not.toHaveProperty(['headline.rule.quantile']);
  });

  it('holds each symbol from its first open to its last close, fees at both ends', () => {
    const { backtest } = runBacktest({ ...input, exPost: null });
    const mean = tradable.symbols.reduce(
      (sum, { bars }) => sum + ((bars.close.at(-1)! / bars.open[1]!) * (1 - 0.00001) ** 2) / 2,
      0,
    );
    expect(backtest.buyAndHold.totalReturn).toBeCloseTo(mean - 1, 12);
    expect(backtest.exPost).toBeNull();
  });

  it('writes a ledger in order of entry whose net is gross less fees', () => {
    const table = ledgerTable(runBacktest({ ...input, exPost: null }));
    const [entry, gross, fees, net] = ['entry_time', 'gross', 'fees', 'net'].map((name) =>
      numbers(table, name),
    );
    for (let row = 0; row < table.rows; row++) {
      expect(net![row]).toBeCloseTo(gross![row]! - fees![row]!, 14);
      if (row > 0) expect(entry![row]! >= entry![row - 1]!).toBe(true);
    }
  });
});

describe('the tables of a rule that looks ahead', () => {
  const tradable = ruleOf({}, 3);
  const other = { ...tradable.rule, scope: 'date', exPost: true, quantile: 9 };
  const run = runBacktest({
    interval: '1m',
    signal: 'model',
    costs: { feeFrac: 0.00001, halfSpreadBp: 0, delayBars: 0, funding: null },
    tradable,
    exPost: { ...tradable, rule: other },
    signals: [],
  });
  const words = (table: Table, name: string): string[] => {
    const { codes, dictionary } = table.columns.get(name) as StringColumn;
    return Array.from(codes, (code) => dictionary[code]!);
  };

  it('hold the trades of both rules, each with its scope', () => {
    const table = ledgerTable(run);
    const [scopes, symbols, net] = [words(table, 'scope'), words(table, 'symbol'), numbers(table, 'net')];
    expect(new Set(scopes)).toEqual(new Set(['trailing', 'date (ex post)']));
    for (const [scope, { accounts }] of [
      ['trailing', run.backtest.headline],
      ['date (ex post)', run.backtest.exPost!],
    ] as const) {
      for (const { symbol, netReturn, trades } of accounts) {
        const own = [...net].filter((_, row) => scopes[row] === scope && symbols[row] === symbol);
        expect(own).toHaveLength(trades);
        expect(own.reduce((value, each) => value * (1 + each), 1)).toBeCloseTo(1 + netReturn, 12);
      }
    }
  });

  it('say of which rule the equity is', () => {
    const table = equityTable(run);
    expect(new Set(words(table, 'scope'))).toEqual(new Set(['trailing']));
    expect(numbers(table, 'equity').at(-1)).toBeCloseTo(1 + run.backtest.headline.net.totalReturn, 12);
    expect(numbers(table, 'equity_ex_post').at(-1)).toBeCloseTo(1 + run.backtest.exPost!.net.totalReturn, 12);
  });
});

describe('days without a bar', () => {
  /** Twenty days of minutes of which the eighth to the fifteenth have none. */
  function withOutage(): RuleInput {
    const symbols = [symbolOf('A', 5, 12 * 1440, 10)].map((symbol) => ({
      ...symbol,
      bars: {
        ...symbol.bars,
        openTimeMs: symbol.bars.openTimeMs.map((time, row) => (row < 7 * 1440 ? time : time + 8 * DAY)),
      },
    }));
    return ruleOf({ symbols });
  }

  it('are days on which nothing was earned', () => {
    const run = runRule(withOutage());
    const { net, trading } = run.result;
    expect(net.days).toBe(20);
    expect(net.annualReturn).toBeCloseTo((1 + net.totalReturn) ** (365 / 20) - 1, 12);
    expect(trading.turnoverPerDay).toBeCloseTo(trading.sides / 20, 12);
    const ends = dayEnds(run.timesMs);
    expect([...ends.days]).toEqual(Array.from({ length: 20 }, (_, day) => START / DAY + day));
    const closes = Array.from(ends.lastAt, (at) => run.equity[at]!);
    const returns = closes.map((value, day) => value / (closes[day - 1] ?? 1) - 1);
    expect(returns.filter((value) => value === 0)).toHaveLength(8);
    const mean = returns.reduce((sum, value) => sum + value, 0) / 20;
    const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 19);
    expect(net.sharpe).toBeCloseTo((mean / deviation) * Math.sqrt(365), 9);
    const rows = rowsAtDayEnds(run.accounts[0]!.input, run.timesMs, ends);
    expect([...rows]).toEqual([...ends.lastAt]);
  });
});

describe('the alpha factor', () => {
  it('is the z-score over the day before, times 0.01, once there is an hour', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 61, maxLength: 200 }), (values) => {
        const signal = Float64Array.from(values);
        const times = signal.map((_, row) => START + row * MINUTE);
        const factor = alphaFactor(times, signal, MINUTE);
        factor.forEach((value, row) => {
          const window = values.slice(0, row + 1);
          const mean = window.reduce((sum, each) => sum + each, 0) / window.length;
          const deviation = Math.sqrt(
            window.reduce((sum, each) => sum + (each - mean) ** 2, 0) / window.length,
          );
          if (row < 59 || deviation === 0) expect(value).toBeNaN();
          else expect(value).toBeCloseTo((0.01 * (values[row]! - mean)) / deviation, 12);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('forgets what is a day old', () => {
    const n = 3000;
    const signal = Float64Array.from({ length: n }, (_, row) => (row < 1000 ? 1e6 : Math.sin(row)));
    const times = signal.map((_, row) => START + row * MINUTE);
    const window = [...signal.slice(n - 1440)];
    const mean = window.reduce((sum, each) => sum + each, 0) / 1440;
    const deviation = Math.sqrt(window.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 1440);
    expect(alphaFactor(times, signal, MINUTE)[n - 1]).toBeCloseTo(
      (0.01 * (signal[n - 1]! - mean)) / deviation,
      8,
    );
  });
});
