import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDuplicateKeys } from '../../../lib/config/duplicate-keys.js';

describe('the keys that a text has twice', () => {
  it('are told with their place, in objects and lists, outer ones first', () => {
    const text = `{
      "start_date": "2023-03-01",
      "folds": { "train": "28d",
        "train": "14d" },
      "indicators": [{ "name": "rsi" }, { "name": "sma", "name": "ema" }],
      "start_date": "2023-04-01",
      "start_date": "2023-05-01"
    }`;
    expect(findDuplicateKeys(text)).toEqual([
      { key: 'start_date', lines: [2, 6, 7] },
      { key: 'folds.train', lines: [3, 4] },
      { key: 'indicators[1].name', lines: [5, 5] },
    ]);
  });

  it('are told however they are written', () => {
    expect(findDuplicateKeys('{"a":1,"\\u0061":2}')).toEqual([{ key: 'a', lines: [1, 1] }]);
  });

  it('are none where other objects have the same key, or a key has a dot', () => {
    const text = '{"a":{"x":1},"b":{"x":1},"l":[{"x":1},{"x":2}],"a.x":1,"__proto__":{"a":1}}';
    expect(findDuplicateKeys(text)).toEqual([]);
  });

  it('are none in any text that was written from a value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const whole = JSON.stringify(JSON.parse(text));
        expect(findDuplicateKeys(whole)).toEqual([]);
      }),
    );
  });
});
