import { describe, expect, it } from 'vitest';
import { groupReasons, reasonTables } from '../../../lib/report/reasons.js';

describe('reasons for people', () => {
  it('tell an equal reason once', () => {
    expect(groupReasons({ a: 'x', b: 'y', c: 'x', d: 'x' })).toEqual([
      { names: 'a and 2 more', reason: 'x' },
      { names: 'b', reason: 'y' },
    ]);
  });

  it('make no table where there are none', () => {
    expect(reasonTables('why', {})).toEqual([]);
    expect(reasonTables('why', { a: 'x' })[0]!.rows).toHaveLength(1);
  });
});
