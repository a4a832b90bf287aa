import { describe, expect, it } from 'vitest';
import {
  bp,
  dateOf,
  escapeHtml,
  fixed,
  minuteOf,
  percent,
  range,
  scriptJson,
} from '../../../lib/report/format.js';

describe('numbers as a reader sees them', () => {
  it('uses a true minus, thousands separators, and no sign on what rounds to nothing', () => {
    expect(fixed(-1234.5, 1)).toBe('\u22121,234.5');
    expect(fixed(-0.0004, 2)).toBe('0.00');
  });

  it('says n/a for what is missing, never 0', () => {
    for (const missing of [null, NaN, Infinity]) {
      expect([fixed(missing, 2), percent(missing), bp(missing)]).toEqual(['n/a', 'n/a', 'n/a']);
    }
    expect(range([0.1, null], bp)).toBe('n/a');
    expect(range(null, bp)).toBe('n/a');
    expect(dateOf(NaN)).toBe('n/a');
  });

  it('keeps a unit on the line of its number', () => {
    expect(percent(0.1234)).toBe('12.3\u00a0%');
    expect(range([-0.5, 1.25], bp)).toBe('\u22120.50\u00a0bp to 1.25\u00a0bp');
  });

  it('shows times in UTC', () => {
    const timeMs = Date.UTC(2023, 2, 24, 12, 39);
    expect([dateOf(timeMs), minuteOf(timeMs)]).toEqual(['2023-03-24', '2023-03-24 12:39']);
  });
});

describe('text inside the page', () => {
  it('cannot end its element or attribute', () => {
    expect(escapeHtml(`<b a="x">&'`)).toBe('&lt;b a=&quot;x&quot;&gt;&amp;&#39;');
  });

  it('cannot end its script, and reads back as it was', () => {
    const value = { name: '</script><!--', line: '\u2028', missing: NaN };
    const text = scriptJson(value);
    expect(text).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(text)).toEqual({ ...value, missing: null });
  });
});
