import { describe, expect, it } from 'vitest';
import { runRule, type RuleInput } from '../../../lib/backtest/rule.js';
import {
  concatBars,
  monthEndMs,
  monthsBetween,
  monthStartMs,
  type BarTable,
} from '../../../lib/bars/index.js';
import { matchTimes, type Judged, type JudgedSymbol } from '../../../lib/evaluation/judged.js';
import { spearman } from '../../../lib/evaluation/ranks.js';
import { binRows } from '../../../lib/evaluation/scopes.js';
import { compileFeatures, computeModelRows } from '../../../lib/features/index.js';
import { extendPath, initialState, type PathModel } from '../../../simulator/models/path.js';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const START = Date.UTC(2022, 0, 1);

function barsOf(model: PathModel, days: number): BarTable {
  const months: BarTable[] = [];
  const end = START + days * DAY;
  let state = initialState(30_000);
  for (const month of monthsBetween(START, end)) {
    const range = { month, startMs: monthStartMs(month), endMs: Math.min(end, monthEndMs(month)) };
    const extended = extendPath(model, state, range);
    state = extended.state;
    months.push(extended.bars);
  }
  return concatBars(months);
}

const martingale = (seed: number, symbol = 'A'): PathModel => ({
  seed,
  symbol,
  ic: 0,
  volatility: 'stochastic',
});

/** One-bar returns from open to close of the bar after each. */
function nextReturns({ open, close }: BarTable): Float64Array {
  return open.slice(1).map((price, row) => close[row + 1]! / price - 1);
}

describe('a martingale', () => {
  it('is its seed’s, bar for bar, and no other seed’s', () => {
    const bars = barsOf(martingale(1), 2);
    expect(barsOf(martingale(1), 2).close).toEqual(bars.close);
    expect(barsOf(martingale(2), 2).close[0]).not.toBe(bars.close[0]);
  });

  it('has the same bars whatever the end of the range', () => {
    const [from, middle, to] = [START, START + 10 * DAY, START + 20 * DAY];
    const whole = extendPath(martingale(3), initialState(100), {
      month: '2022-01',
      startMs: from,
      endMs: to,
    });
    const first = extendPath(martingale(3), initialState(100), {
      month: '2022-01',
      startMs: from,
      endMs: middle,
    });
    expect(first.bars.close).toEqual(whole.bars.close.slice(0, 10 * 1440));
  });

  it('foretells nothing: past return, position in the range, volume', () => {
    const bars = barsOf(martingale(4), 59);
    const n = bars.length - 1;
    const next = nextReturns(bars);
    const signals = {
      return: (row: number) => bars.close[row]! / bars.open[row]! - 1,
      place: (row: number) => (bars.close[row]! - bars.low[row]!) / (bars.high[row]! - bars.low[row]!),
      volume: (row: number) => bars.volume[row]!,
    };
    for (const [name, of] of Object.entries(signals)) {
      const ic = spearman(
        Float64Array.from({ length: n }, (_, row) => of(row)),
        next,
      )!;
      expect(Math.abs(ic) * Math.sqrt(n), name).toBeLessThan(4);
    }
    const mean = next.reduce((sum, value) => sum + value, 0) / n;
    const deviation = Math.sqrt(next.reduce((sum, value) => sum + value ** 2, 0) / n);
    expect((Math.abs(mean) / deviation) * Math.sqrt(n)).toBeLessThan(4);
  });
});

describe('a planted market', () => {
  it.each([0.023, 0.04, 0.07])('of %d carries that IC in its balance of power', (ic) => {
    const bars = barsOf({ seed: 5, symbol: 'A', ic, volatility: 'constant' }, 59);
    const n = bars.length - 1;
    const power = Float64Array.from(
      { length: n },
      (_, row) => (bars.close[row]! - bars.open[row]!) / (bars.high[row]! - bars.low[row]!),
    );
    expect(Math.abs(spearman(power, nextReturns(bars))! - ic) * Math.sqrt(n)).toBeLessThan(2);
  });
});

/** Predictions -rsi of two martingales: ten days of validation, 49 of test. */
async function judgedReversal(): Promise<Judged> {
  const features = await compileFeatures({ flags: {}, expressions: { reversal: '-rsi' }, indicators: [] });
  const symbols = ['A', 'B'].map((symbol): JudgedSymbol => {
    const bars = barsOf(martingale(6, symbol), 59);
    const rows = computeModelRows({
      bars,
      symbol,
      intervalMs: MINUTE,
      rangeStartMs: START,
      rangeEndMs: START + 59 * DAY,
      features,
    });
    const timeMs = rows.openTimeMs;
    const prediction = rows.columns[features.columns.indexOf('reversal')]!;
    const cut = timeMs.findIndex((time) => time >= START + 10 * DAY);
    const test = timeMs.subarray(cut);
    return {
      symbol,
      timeMs: test,
      prediction: prediction.subarray(cut),
      target: test.map(() => 0),
      fold: new Int32Array(test.length),
      barRow: matchTimes(test, bars.openTimeMs),
      bars,
      validation: [{ timeMs: timeMs.subarray(0, cut), prediction: prediction.subarray(0, cut) }],
    };
  });
  return { intervalMs: MINUTE, folds: ['one'], symbols };
}

describe('-rsi on a martingale', () => {
  it('seems to earn a fortune where a day is ranked against its own future, and earns nothing in truth', async () => {
    const judged = await judgedReversal();
    const tOf = (scope: 'date' | 'trailing'): number => {
      const { bins } = binRows(judged, { scope, bins: 1440, trailingDays: 7 });
      const input: RuleInput = {
        rule: { scope, exPost: scope === 'date', bins: 1440, quantile: 1440, side: 'longshort', text: '' },
        symbols: judged.symbols.map(({ symbol, bars, barRow }, index) => ({
          symbol,
          bars,
          barRow,
          bins: bins[index]!,
        })),
        costs: { feeFrac: 0, halfSpreadFrac: 0, delayBars: 0 },
        intervalMs: MINUTE,
        folds: [],
        trials: 1,
      };
      const { gross } = runRule(input).result;
      return gross.sharpe! * Math.sqrt(gross.days / 365);
    };
    expect(tOf('date')).toBeGreaterThan(5);
    expect(Math.abs(tOf('trailing'))).toBeLessThan(3);
  }, 30_000);
});
