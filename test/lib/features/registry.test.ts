import { describe, expect, it } from 'vitest';
import { BUILT_IN_GROUPS } from '../../../lib/features/built-ins.js';
import { createRegistry, nameProblem, REGISTRY } from '../../../lib/features/registry.js';
import { refuseCodeClash, symbolCode } from '../../../lib/features/symbol-code.js';

const [first, second] = BUILT_IN_GROUPS as [
  (typeof BUILT_IN_GROUPS)[number],
  (typeof BUILT_IN_GROUPS)[number],
];

describe('createRegistry', () => {
  it('registers the 18 default columns in their order', () => {
    const columns = REGISTRY.groups
      .filter((group) => group.onByDefault)
      .flatMap((group) => group.columns.map(({ name }) => name));
    expect(columns).toEqual([
      ...Array.from({ length: 10 }, (_, index) => `ret${index + 1}bar`),
      ...['bop', 'cci', 'mfi', 'rsi', 'stochrsi', 'slowk', 'slowd', 'natr'],
    ]);
  });

  it('refuses a group registered twice', () => {
    expect(() => createRegistry([first, first])).toThrow(/"returns" is registered twice/);
  });

  it('refuses a column registered twice', () => {
    expect(() => createRegistry([first, { ...second, columns: first.columns }])).toThrow(
      /"ret1bar" that is registered twice/,
    );
  });

  it('refuses a column with the name of a bar column, of the table or of the target', () => {
    for (const name of ['close', 'symbol', 'timestamp', 'fwd1min', 'sma', 'lag', 'and', 'true']) {
      const group = { ...second, columns: [{ ...second.columns[0]!, name }] };
      expect(() => createRegistry([group]), name).toThrow(/FEATURE_CLASH|that is/);
    }
  });

  it('refuses a kernel that reads what no earlier group computes', () => {
    expect(() => createRegistry([{ ...second, features: ['rsi'] }])).toThrow(/reads "rsi"/);
  });
});

describe('a group that says nothing', () => {
  it('is refused: no name, no columns, or a first bar that is no count', () => {
    expect(() => createRegistry([{ ...second, name: '' }])).toThrow(/has no name/);
    expect(() => createRegistry([{ ...second, columns: [] }])).toThrow(/has no columns/);
    for (const firstBar of [-4, 1.5, Number.NaN]) {
      const columns = [{ ...second.columns[0]!, firstBar }];
      expect(() => createRegistry([{ ...second, columns }])).toThrow(/has its first value at bar/);
    }
  });
});

describe('nameProblem', () => {
  it('allows plain names and explains what is wrong with others', () => {
    expect(nameProblem('mom30')).toBeNull();
    expect(nameProblem('Mom')).toMatch(/small letters/);
    expect(nameProblem('a'.repeat(65))).toMatch(/small letters/);
    expect(nameProblem('volume')).toMatch(/bar column/);
  });
});

describe('symbolCode', () => {
  it('depends on the name alone and fits into 16 bits', () => {
    expect(symbolCode('BTCUSDT')).toBe(symbolCode('BTCUSDT'));
    for (const symbol of ['BTCUSDT', 'ETHUSDT', 'LTCUSDT', '1000PEPEUSDT']) {
      const code = symbolCode(symbol);
      expect(Number.isInteger(code) && code >= 0 && code < 65_536).toBe(true);
    }
    expect(() => refuseCodeClash(['BTCUSDT', 'ETHUSDT', 'LTCUSDT', 'BTCUSDT'])).not.toThrow();
  });

  it('refuses two symbols that share a code', () => {
    expect(symbolCode('AHBUSDT')).toBe(symbolCode('AISUSDT'));
    expect(() => refuseCodeClash(['BTCUSDT', 'AHBUSDT', 'AISUSDT'])).toThrow(
      /AHBUSDT and AISUSDT have the same category 13880/,
    );
  });
});
