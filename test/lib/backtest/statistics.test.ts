import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optimalStationaryBlock, stationaryBootstrap } from '../../../lib/backtest/bootstrap.js';
import { normalCdf, normalQuantile } from '../../../lib/backtest/normal.js';
import { uniformStream } from '../../../lib/backtest/random.js';
import {
  dailyStatistics,
  deepestFall,
  deflatedSharpe,
  expectedMaximumSharpe,
  momentsOf,
  probabilisticSharpe,
  sharpeInterval,
} from '../../../lib/backtest/statistics.js';

const GOLDEN = '../shared/golden/statistics';

describe.skipIf(!existsSync(GOLDEN))(
  'against statsmodels, quantstats and arch on 425 days of BTC (needs ../shared)',
  () => {
    const expected = existsSync(GOLDEN)
      ? (
          JSON.parse(readFileSync(`${GOLDEN}/expected.json`, 'utf8')) as {
            performance: Record<string, never>;
          }
        ).performance
      : {};
    const golden = expected as unknown as Record<string, number> & {
      deflatedSharpe: {
        trials: number;
        varianceOfTrialSharpesPerDay: number;
        expectedMaxSharpePerDay: number;
        value: number;
      };
      sharpe365Bootstrap95: [number, number];
    };
    const lines = existsSync(GOLDEN)
      ? readFileSync(`${GOLDEN}/BTCUSDT-daily-returns.csv`, 'utf8').trim().split('\n').slice(1)
      : [];
    const returns = Float64Array.from(lines, (line) => Number(line.split(',').at(-1)));
    const days = Float64Array.from(returns, (_, day) => day);
    const statistics = returns.length > 0 ? dailyStatistics(returns, days, 1) : null!;

    it.each([
      ['totalReturn', () => statistics.totalReturn],
      ['annualReturnGeometric365', () => statistics.annualReturn],
      ['annualVolatility365', () => statistics.annualVolatility],
      ['sharpe365', () => statistics.sharpe],
      ['sortino365', () => statistics.sortino],
      ['calmar', () => statistics.calmar],
      ['maxDrawdown', () => statistics.drawdown!.depth],
      ['skew', () => statistics.skewness],
      ['kurtosis', () => statistics.kurtosis],
      ['probabilisticSharpeVsZero', () => statistics.probabilisticSharpe],
      ['optimalStationaryBlock', () => optimalStationaryBlock(returns)],
      ['drawdownPeakIndex', () => deepestFall(returns).peak],
      ['drawdownTroughIndex', () => deepestFall(returns).trough],
    ])('%s agrees to 1e-9', (name, value) => {
      expect(Math.abs(value()! - golden[name]!)).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(golden[name]!)),
      );
    });

    it('the deflated Sharpe ratio agrees to 1e-9', () => {
      const { trials, varianceOfTrialSharpesPerDay, expectedMaxSharpePerDay, value } = golden.deflatedSharpe;
      expect(expectedMaximumSharpe(trials, varianceOfTrialSharpesPerDay)).toBeCloseTo(
        expectedMaxSharpePerDay,
        10,
      );
      expect(deflatedSharpe(momentsOf(returns), trials, varianceOfTrialSharpesPerDay)).toBeCloseTo(value, 9);
    });

    it('the bootstrap interval of the Sharpe ratio agrees within the error of 20,000 samples', () => {
      // A 2.5 % point of 20,000 draws with standard deviation .93 has a standard error near .02.
      const [low, high] = sharpeInterval(returns, 20_000)!;
      expect(Math.abs(low - golden.sharpe365Bootstrap95[0])).toBeLessThan(0.08);
      expect(Math.abs(high - golden.sharpe365Bootstrap95[1])).toBeLessThan(0.08);
    });
  },
);

describe('the normal distribution', () => {
  it.each([
    [0, 0.5],
    [1.959963984540054, 0.975],
    [-1.6448536269514722, 0.05],
    [-6, 9.865876450376946e-10],
    [3, 0.9986501019683699],
  ])('has the known value at %d', (x, p) => {
    expect(Math.abs(normalCdf(x) - p)).toBeLessThan(1e-14);
  });

  it('is inverted by its quantile', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-12);
      }),
    );
  });
});

describe('statistics of returns', () => {
  it('are null with too little to say, never 0', () => {
    const one = dailyStatistics(Float64Array.of(0.01), Float64Array.of(0), 1);
    expect(one).toMatchObject({
      sharpe: null,
      annualVolatility: null,
      sharpe95: null,
      probabilisticSharpe: null,
    });
    const flat = dailyStatistics(
      new Float64Array(50),
      Float64Array.from({ length: 50 }, (_, day) => day),
      1,
    );
    expect(flat).toMatchObject({ totalReturn: 0, sharpe: null, sortino: null, calmar: null, drawdown: null });
  });

  it('date a drawdown from its peak to its recovery', () => {
    const returns = Float64Array.of(0.1, -0.2, -0.1, 0.5, 0.1);
    const { drawdown } = dailyStatistics(returns, Float64Array.of(19_000, 19_001, 19_002, 19_003, 19_004), 1);
    expect(drawdown).toMatchObject({ peak: '2022-01-08', trough: '2022-01-10', recovered: '2022-01-11' });
    expect(drawdown!.depth).toBeCloseTo(-0.28, 12);
  });

  it('count a fall from the start when the first day loses', () => {
    expect(deepestFall(Float64Array.of(-0.5, 0.1))).toEqual({ depth: -0.5, peak: -1, trough: 0 });
  });

  it('give certainty only with length', () => {
    const random = uniformStream(7);
    const draw = (n: number): Float64Array => Float64Array.from({ length: n }, () => random() - 0.45);
    expect(probabilisticSharpe(momentsOf(draw(2000)))!).toBeGreaterThan(0.99);
    expect(probabilisticSharpe(momentsOf(draw(20)))!).toBeLessThan(0.999);
  });
});

describe('resampling', () => {
  it('is the same for the same seed and different for another', () => {
    const draw = (seed: number): Float64Array =>
      stationaryBootstrap(20, 3, { draws: 200, seed }, (places) =>
        places.reduce((sum, place) => sum + place, 0),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('draws every observation equally often', () => {
    const counts = new Int32Array(10);
    stationaryBootstrap(10, 4, { draws: 20_000, seed: 5 }, (places) => {
      for (const place of places) counts[place]! += 1;
      return 0;
    });
    // 200,000 draws of blocks of four: the share of one place has a standard deviation near .0013.
    for (const count of counts) expect(Math.abs(count / 200_000 - 0.1)).toBeLessThan(0.006);
  });

  it('has a uniform stream', () => {
    const random = uniformStream(42);
    const values = Array.from({ length: 100_000 }, random);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    // The mean of 100,000 uniform numbers has a standard deviation of .0009.
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 100_000 - 0.5)).toBeLessThan(0.004);
  });
});
