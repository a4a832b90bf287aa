import { describe, expect, it } from 'vitest';
import { targetOf, type ReportParams } from '../../../activities/programs/report-input.js';

const params: ReportParams = { symbol: 'ALL', interval: '1m', folds: [] };
const many = ['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT', 'EUSDT'];
const sizes = (...each: number[]): ReportParams => ({
  ...params,
  volumeBarSizes: Object.fromEntries(each.map((size, index) => [many[index], size])),
});

describe('The target in titles', () => {
  it('names symbols and interval', () => {
    expect(targetOf({ symbols: ['BTCUSDT'] }, params)).toBe('BTCUSDT 1m');
    expect(targetOf({ symbols: many }, params)).toBe('5 symbols 1m');
  });

  it('does not call volume bars by the interval that they are made of', () => {
    const two = { symbols: many.slice(0, 2) };
    expect(targetOf(two, sizes(500, 500))).toBe('AUSDT, BUSDT, volume bars of 500');
    expect(targetOf(two, sizes(500, 8000))).toBe('AUSDT, BUSDT, volume bars of 500 and 8,000');
    expect(targetOf({ symbols: many }, sizes(1, 2, 3, 4, 5))).toBe('5 symbols, volume bars');
  });
});
