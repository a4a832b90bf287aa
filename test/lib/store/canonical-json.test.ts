import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../../lib/errors.js';
import { canonicalJson } from '../../../lib/store/canonical-json.js';
import { actionKey, type Preimage } from '../../../lib/store/key.js';

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value))),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
  ),
}));

/** A second definition: JSON.stringify over objects whose keys were sorted beforehand. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort((left, right) => (left < right ? -1 : 1));
  return new Map(keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])]));
}

function stringify(value: unknown): string {
  if (value instanceof Map)
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${stringify(item)}`).join(',')}}`;
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
  return JSON.stringify(value);
}

describe('canonicalJson', () => {
  it('agrees with a second definition on random values', () => {
    fc.assert(
      fc.property(json.value, (value) => canonicalJson(value) === stringify(sorted(value))),
      { numRuns: 500 },
    );
  });

  it('parses back to the same value', () => {
    fc.assert(
      fc.property(json.value, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: 3 } })).toBe('{"a":{"c":3,"d":2},"b":1}');
  });

  it.each<[string, unknown, string]>([
    ['undefined', { a: undefined }, '$.a'],
    ['NaN', [1, Number.NaN], '$[1]'],
    ['infinity', { a: { b: Number.POSITIVE_INFINITY } }, '$.a.b'],
    ['minus zero', -0, '$'],
    ['a Date', { at: new Date(0) }, '$.at'],
    ['a Map', new Map(), '$'],
    ['a BigInt', [1n], '$[0]'],
    ['a whole number beyond 2^53', 2 ** 53, '$'],
    ['a function', { f: () => 1 }, '$.f'],
    ['a typed array', new Float64Array(1), '$'],
    ['a hole in a list', Array(2), '$[0]'],
    ['half a character', '\uD800', '$'],
  ])('refuses %s and says where', (_, value, path) => {
    expect(() => canonicalJson(value)).toThrow(InvariantError);
    expect(() => canonicalJson(value)).toThrow(`(at ${path})`);
  });
});

describe('actionKey', () => {
  const preimage: Preimage = {
    v: 'k1',
    stage: 'fold',
    impl: 'sha256:00',
    params: { lightgbm: { num_leaves: 31, learning_rate: 0.1 }, columns: ['ret1bar', 'rsi'] },
    inputs: [{ name: 'features/BTCUSDT', window: ['2022-06-01', '2023-06-01'], digest: 'sha256:11' }],
    env: { lightgbm: '4.7.0+sha256:22' },
    salt: '',
  };

  it('is pinned: a refactoring must not move keys', () => {
    expect(actionKey(preimage)).toMatchInlineSnapshot(
      `"2231fc98409cf69ff18ec415f4532c511b90cc7d319bb99c608a040fa281cdb1"`,
    );
  });

  it.each<[string, Partial<Preimage>]>([
    ['stage', { stage: 'predict' }],
    ['code', { impl: 'sha256:01' }],
    ['a parameter', { params: { ...(preimage.params as object), columns: ['rsi', 'ret1bar'] } }],
    ['a digest', { inputs: [{ ...preimage.inputs[0]!, digest: 'sha256:12' }] }],
    ['a window', { inputs: [{ ...preimage.inputs[0]!, window: null }] }],
    ['the library', { env: {} }],
    ['the salt', { salt: 'again' }],
  ])('changes with %s', (_, change) => {
    expect(actionKey({ ...preimage, ...change })).not.toBe(actionKey(preimage));
  });
});
