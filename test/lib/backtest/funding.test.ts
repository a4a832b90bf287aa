import { describe, expect, it } from 'vitest';
import { tradeAccount } from '../../../lib/backtest/account.js';
import { checkFundingCovers, fundingByBar, parseFunding } from '../../../lib/backtest/funding.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a file of funding rates', () => {
  it.each([
    ['our header', 'symbol,timestamp,rate\nBTCUSDT,28800000,0.0001\nBTCUSDT,0,-0.0002\nETHUSDT,0,0.0003\n'],
    [
      'Binance’s header among other columns, CRLF and stamps some ms late',
      'symbol,fundingTime,markPrice,fundingRate\r\nBTCUSDT,28800007,1,0.0001\r\nBTCUSDT,3,1,-0.0002\r\nETHUSDT,0,1,0.0003',
    ],
  ])('is read with %s', (_, text) => {
    const rates = parseFunding(text, 'funding.csv');
    expect([...rates.keys()]).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect([...rates.get('BTCUSDT')!.timeMs]).toEqual([0, 8 * HOUR]);
    expect([...rates.get('BTCUSDT')!.rateFrac]).toEqual([-0.0002, 0.0001]);
  });

  it.each([
    ['no rate column', 'symbol,timestamp\nX,1\n', /line 1: has no column "rate" or "fundingRate"/],
    ['a rate that is a percentage', 'symbol,timestamp,rate\nX,1,5\n', /line 2: .* rate within 1/],
    ['a time that is a date', 'symbol,timestamp,rate\nX,2023-03-01,0.1\n', /line 2: /],
    ['an empty cell', 'symbol,timestamp,rate\nX,1,\n', /line 2: /],
    [
      'two rates for one moment',
      'symbol,timestamp,rate\nX,0,0.1\nX,5,0.2\n',
      /line 3: gives X another rate at/,
    ],
  ])('is refused with %s', (_, text, says) => {
    expect(() => parseFunding(text, 'funding.csv')).toThrow(says);
  });

  it('must reach over the traded time, holes of a day at most', () => {
    const rates = parseFunding(`symbol,timestamp,rate\nX,${DAY},0.1\nX,${2 * DAY},0.1\n`, 'f').get('X');
    expect(checkFundingCovers('X', rates, { startMs: 0, endMs: 3 * DAY })).toBe(rates);
    expect(() => checkFundingCovers('X', rates, { startMs: 0, endMs: 3 * DAY + MINUTE })).toThrow(
      /no rate of X from 1970-01-03 to 1970-01-04T00:01:00Z/,
    );
    expect(() => checkFundingCovers('Y', undefined, { startMs: 0, endMs: HOUR })).toThrow(/no rate of Y/);
  });
});

describe('funding', () => {
  // Bars at minutes 0, 1, 2, then a hole to 10.
  const openTimeMs = Float64Array.of(0, MINUTE, 2 * MINUTE, 10 * MINUTE);
  const bars = {
    openTimeMs,
    open: Float64Array.of(100, 100, 110, 120),
    close: Float64Array.of(100, 110, 120, 132),
  };
  const due = (timesMs: number[]): number[] => [
    ...fundingByBar(
      { timeMs: Float64Array.from(timesMs), rateFrac: Float64Array.from(timesMs, () => 0.01) },
      bars,
      { endRow: 4, intervalMs: MINUTE },
    ),
  ];

  it('falls due on the bar that has ended by its time, over a hole on the bar before it', () => {
    expect(due([2 * MINUTE])).toEqual([0, 0.01, 0, 0]);
    expect(due([2 * MINUTE - 1])).toEqual([0.01, 0, 0, 0]);
    expect(due([4 * MINUTE, 5 * MINUTE])).toEqual([0, 0, 0.02, 0]);
    expect(due([0, 11 * MINUTE, 12 * MINUTE])).toEqual([0, 0, 0, 0]);
  });

  it('is paid by who holds before the fills of that moment, and not by who enters at it', () => {
    const account = {
      symbol: 'X',
      bars,
      firstRow: 1,
      endRow: 4,
      funding: Float64Array.from(due([2 * MINUTE])),
    };
    const costs = { feeFrac: 0, halfSpreadFrac: 0, delayBars: 0 };
    const leaves = tradeAccount({ ...account, decisions: Int8Array.of(1, 0, 0, 0) }, costs, MINUTE);
    // Bought at 100, worth 110 when 1 % of it falls due, sold at 110.
    expect(leaves.trades[0]).toMatchObject({ gross: 0.10000000000000009 });
    expect(leaves.trades[0]!.funding).toBeCloseTo(0.011, 12);
    expect(leaves.equity.at(-1)).toBeCloseTo(1.1 - 0.011, 12);
    expect(leaves.fundingPaid).toBeCloseTo(0.011, 12);
    const enters = tradeAccount({ ...account, decisions: Int8Array.of(0, -1, -1, 0) }, costs, MINUTE);
    expect(enters.trades[0]!.funding).toBe(0);
    const sold = tradeAccount({ ...account, decisions: Int8Array.of(-1, 0, 0, 0) }, costs, MINUTE);
    expect(sold.trades[0]!.funding).toBeCloseTo(-0.011, 12);
  });
});
