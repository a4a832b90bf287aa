import * as catalogue from 'technicalindicators';
import { describe, expect, it } from 'vitest';
import { DAY_MS, findSegments, HOUR_MS, MINUTE_MS, type BarTable } from '../../../../lib/bars/index.js';
import { REGISTRY } from '../../../../lib/features/registry.js';
import { makeMarket } from '../markets.js';
import { computeSegments } from '../run-kernels.js';

const bars = makeMarket({
  seed: 20230324,
  rows: 700,
  intervalMs: MINUTE_MS,
  startMs: Date.UTC(2023, 2, 24, 23, 30),
  price: 27_000,
  flatness: 0,
  holes: 0,
});
const { open, high, low, close, volume } = bars;
const computed = computeSegments(REGISTRY, bars, [{ start: 0, end: bars.length }]);

/** Sums of 14 terms in another order differ by 1e-16 of the price, which cci divides by a part of it. */
const RELATIVE = 1e-10;

function expectClose(name: string, t: number, expected: number): void {
  const got = computed.get(name)![t]!;
  expect(Math.abs(got - expected), `${name} at ${t}: ${got}`).toBeLessThanOrEqual(
    RELATIVE * Math.max(1, Math.abs(expected)),
  );
}

const range = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, i) => start + i);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const window = (t: number, rows = 14): number[] => range(t - rows + 1, t + 1);
const typical = (t: number): number => (high[t]! + low[t]! + close[t]!) / 3;

describe('returns', () => {
  it('equal a naive loop exactly, across UTC midnight too', () => {
    for (let k = 1; k <= 10; k++) {
      for (let t = k - 1; t < bars.length; t++) {
        expect(computed.get(`ret${k}bar`)![t]).toBe(close[t]! / open[t - k + 1]! - 1);
      }
    }
  });
});

describe('oscillators against naive loops', () => {
  it('bop is the move of a bar in units of its range', () => {
    for (const t of range(0, 700)) expectClose('bop', t, (close[t]! - open[t]!) / (high[t]! - low[t]!));
  });

  it('cci measures every bar of the window from the mean of that window', () => {
    for (const t of range(13, 700)) {
      const centre = mean(window(t).map(typical));
      const deviation = mean(window(t).map((j) => Math.abs(typical(j) - centre)));
      expectClose('cci', t, (typical(t) - centre) / (0.015 * deviation));
    }
  });

  it('mfi is the share of the flow of rising bars', () => {
    for (const t of range(14, 700)) {
      const flow = (sign: number): number =>
        window(t)
          .filter((j) => Math.sign(typical(j) - typical(j - 1)) === sign)
          .reduce((sum, j) => sum + typical(j) * volume[j]!, 0);
      expectClose('mfi', t, (100 * flow(1)) / (flow(1) + flow(-1)));
    }
  });

  it('rsi averages gains and losses as Wilder does', () => {
    const change = (t: number): number => close[t]! - close[t - 1]!;
    let gain = mean(range(1, 15).map((t) => Math.max(change(t), 0)));
    let loss = mean(range(1, 15).map((t) => Math.max(-change(t), 0)));
    for (const t of range(14, 700)) {
      if (t > 14) {
        gain += (Math.max(change(t), 0) - gain) / 14;
        loss += (Math.max(-change(t), 0) - loss) / 14;
      }
      expectClose('rsi', t, 100 - 100 / (1 + gain / loss));
    }
  });

  it('stochrsi places the rsi in its last 14 values', () => {
    const rsi = computed.get('rsi')!;
    for (const t of range(27, 700)) {
      const values = window(t).map((j) => rsi[j]!);
      const lowest = Math.min(...values);
      expectClose('stochrsi', t, (100 * (rsi[t]! - lowest)) / (Math.max(...values) - lowest));
    }
  });

  it('slowk and slowd smooth the fast stochastic once and twice', () => {
    const fastK = (t: number): number => {
      const lowest = Math.min(...window(t).map((j) => low[j]!));
      return (100 * (close[t]! - lowest)) / (Math.max(...window(t).map((j) => high[j]!)) - lowest);
    };
    const slowK = (t: number): number => mean(window(t, 3).map(fastK));
    for (const t of range(15, 700)) expectClose('slowk', t, slowK(t));
    for (const t of range(17, 700)) expectClose('slowd', t, mean(window(t, 3).map(slowK)));
  });

  it('natr averages true ranges as Wilder does', () => {
    const trueRange = (t: number): number =>
      Math.max(high[t]!, close[t - 1]!) - Math.min(low[t]!, close[t - 1]!);
    let average = mean(range(1, 15).map(trueRange));
    for (const t of range(14, 700)) {
      if (t > 14) average += (trueRange(t) - average) / 14;
      expectClose('natr', t, (100 * average) / close[t]!);
    }
  });
});

describe('alphas and the clock against naive loops', () => {
  it('alpha054 is its formula', () => {
    for (const t of range(0, 700)) {
      const expected = (-(low[t]! - close[t]!) * open[t]! ** 5) / ((low[t]! - high[t]!) * close[t]! ** 5);
      expectClose('alpha054', t, expected);
    }
  });

  it('alpha001 ranks the age of the highest of five states among the last 240', () => {
    const ret = (t: number): number => close[t]! / close[t - 1]! - 1;
    const state = (t: number): number => {
      const last = window(t, 20).map(ret);
      const centre = mean(last);
      const deviation = Math.sqrt(last.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 19);
      return (ret(t) < 0 ? deviation : close[t]!) ** 2;
    };
    const position = (t: number): number => {
      const states = window(t, 5).map(state);
      return 1 + states.indexOf(Math.max(...states));
    };
    const all = range(0, 700).map((t) => (t < 24 ? Number.NaN : position(t)));
    for (const t of range(263, 700)) {
      const positions = all.slice(t - 239, t + 1);
      const below = positions.filter((other) => other < positions.at(-1)!).length;
      const equal = positions.filter((other) => other === positions.at(-1)!).length;
      expect(computed.get('alpha001')![t]).toBe((below + equal / 2) / 240 - 0.5);
    }
  });

  it('minute_of_day and day_of_week agree with the calendar', () => {
    const week = makeMarket({
      seed: 1,
      rows: 24 * 15,
      intervalMs: HOUR_MS,
      startMs: Date.UTC(1969, 11, 28),
      price: 1,
      flatness: 0,
      holes: 0,
    });
    const clock = computeSegments(REGISTRY, week, [{ start: 0, end: week.length }]);
    week.openTimeMs.forEach((timeMs, t) => {
      const date = new Date(timeMs);
      expect(clock.get('minute_of_day')![t]).toBe(date.getUTCHours() * 60 + date.getUTCMinutes());
      expect(clock.get('day_of_week')![t]).toBe((date.getUTCDay() + 6) % 7);
    });
    expect(week.openTimeMs.at(-1)! - week.openTimeMs[0]!).toBeGreaterThan(14 * DAY_MS);
  });
});

describe('a second opinion, technicalindicators', () => {
  const input = {
    high: Array.from(high),
    low: Array.from(low),
    close: Array.from(close),
    period: 14,
  };

  it('agrees on CCI, ATR and the stochastic', () => {
    const cci = catalogue.cci(input);
    cci.forEach((value, i) => expectClose('cci', 13 + i, value));
    const atr = catalogue.atr(input);
    atr.forEach((value, i) => expectClose('natr', 14 + i, (100 * value) / close[14 + i]!));
    const stochastic = catalogue.stochastic({ ...input, signalPeriod: 3 });
    stochastic.forEach(({ d }, i) => {
      if (d !== undefined) expectClose('slowk', 13 + i, d);
    });
    expect([cci.length, atr.length, stochastic.length]).toEqual([687, 686, 687]);
  });
});

describe('zero rules', () => {
  const flat = makeMarket({
    seed: 3,
    rows: 60,
    intervalMs: MINUTE_MS,
    startMs: 0,
    price: 0.1,
    flatness: 1,
    holes: 0,
  });

  it('make every oscillator 0 on a market that never moves', () => {
    const values = computeSegments(REGISTRY, flat, findSegments(flat.openTimeMs, MINUTE_MS));
    for (const name of ['bop', 'cci', 'mfi', 'rsi', 'stochrsi', 'slowk', 'slowd', 'natr', 'alpha054']) {
      const { firstBar } = REGISTRY.columns.get(name)!.column;
      expect(Array.from(values.get(name)!.subarray(firstBar)), name).toEqual(
        new Array(60 - firstBar).fill(0),
      );
    }
  });

  it('take a change of rounding size for none', () => {
    const jittered: BarTable = {
      ...flat,
      close: flat.close.map((value, t) => value * (1 + (t % 2) * 2e-16)),
      volume: flat.volume.map(() => 5),
    };
    const values = computeSegments(REGISTRY, jittered, findSegments(flat.openTimeMs, MINUTE_MS));
    expect(values.get('cci')!.at(-1)).toBe(0);
    expect(values.get('mfi')!.at(-1)).toBe(0);
    expect(values.get('slowk')!.at(-1)).toBe(0);
  });
});
