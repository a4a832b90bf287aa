import { describe, expect, it } from 'vitest';
import { addDuration, formatDuration, parseDuration } from '../../../lib/bars/duration.js';

describe('durations', () => {
  it.each(['12mo', '60d', '36h'])('reads back %s as it was written', (text) => {
    expect(formatDuration(parseDuration(text))).toBe(text);
  });

  it('clamps the day of month', () => {
    const lastOfJanuary = Date.UTC(2023, 0, 31, 5);
    expect(addDuration(lastOfJanuary, parseDuration('1mo'))).toBe(Date.UTC(2023, 1, 28, 5));
    expect(addDuration(lastOfJanuary, parseDuration('1mo'), -2)).toBe(Date.UTC(2022, 10, 30, 5));
  });
});
