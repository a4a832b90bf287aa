import { describe, expect, it } from 'vitest';
import { breakEven, feeSweep, type GrossRun } from '../../../lib/backtest/break-even.js';
import { uniformStream } from '../../../lib/backtest/random.js';

const DAY = 86_400_000;
const BP = 1e4;
/** What a side earns before fees, bp, in every history. */
const TRUE_FEE_BP = 0.4;
const HISTORIES = 200;

/** An account with one bar a day: it trades a random number of sides and earns the true fee a side and noise. */
function history(seed: number, days: number): GrossRun {
  const random = uniformStream(seed);
  // Twelve uniforms: bell-shaped, deviation 1.
  const noise = (): number => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6);
  const openTimeMs = Float64Array.from({ length: days }, (_, day) => day * DAY);
  const prices = new Float64Array(days).fill(1);
  const equity = new Float64Array(days);
  const sides = new Int32Array(days);
  let [value, traded] = [1, 0];
  for (let day = 0; day < days; day++) {
    const ofDay = 50 + Math.floor(100 * random());
    traded += ofDay;
    value *= 1 + (ofDay * TRUE_FEE_BP) / BP + 0.01 * noise();
    equity[day] = value;
    sides[day] = traded;
  }
  const input = {
    symbol: 'A',
    bars: { openTimeMs, open: prices, close: prices },
    decisions: new Int8Array(days),
    firstRow: 0,
    endRow: days,
  };
  const run = {
    symbol: 'A',
    equity,
    sides,
    position: new Int8Array(days),
    trades: [],
    ruined: false,
    fundingPaid: 0,
  };
  return {
    accounts: [{ input, run }],
    timesMs: openTimeMs,
    ends: { days: openTimeMs.map((time) => time / DAY), lastAt: Int32Array.from(openTimeMs.keys()) },
  };
}

describe('the interval of the break-even fee', () => {
  it(`holds the truth in 95 +- 3 % of ${HISTORIES} histories of a year`, () => {
    let held = 0;
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const [low, high] = breakEven(history(seed, 365)).feeBp95!;
      if (low <= TRUE_FEE_BP && TRUE_FEE_BP <= high) held += 1;
    }
    expect(held / HISTORIES).toBeGreaterThanOrEqual(0.92);
    expect(held / HISTORIES).toBeLessThanOrEqual(0.98);
  }, 60_000);

  it('is the sum of what was earned over the sum of what was traded', () => {
    const run = history(7, 30);
    const { equity, sides } = run.accounts[0]!.run;
    const earned = equity.reduce((sum, value, day) => sum + value / (equity[day - 1] ?? 1) - 1, 0);
    expect(breakEven(run).feeBp).toBeCloseTo((earned / sides.at(-1)!) * BP, 12);
  });

  it('is absent for fewer than ten days', () => {
    expect(breakEven(history(1, 9)).feeBp95).toBeNull();
    expect(breakEven(history(1, 10)).feeBp95).not.toBeNull();
  });
});

describe('the fee sweep', () => {
  it('tells each fee once, whatever the binary fraction of the run’s own', () => {
    const run = history(3, 12);
    const standard = feeSweep(run, 0).map(({ feeBp }) => feeBp);
    for (const feeBp of standard)
      expect(feeSweep(run, Number(`${feeBp}e-4`)).map((point) => point.feeBp)).toEqual(standard);
    const own = feeSweep(run, 0.0007).map(({ feeBp }) => feeBp);
    expect(own).toHaveLength(standard.length + 1);
    expect(own).toContain(7);
  });

  it('names the tiers of a run that pays one of them', () => {
    const tiers = feeSweep(history(3, 12), 0.0005).map(({ feeBp, tier }) => [feeBp, tier]);
    expect(tiers.filter(([, tier]) => tier !== null)).toEqual([
      [2, 'maker'],
      [5, 'taker'],
    ]);
  });
});
