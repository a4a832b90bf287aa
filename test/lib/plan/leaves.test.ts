import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesOf } from '../../../lib/plan/leaves.js';
import type { JsonObject } from '../../../lib/plan/node.js';
import type { NodePreimage } from '../../../lib/plan/preimage.js';
import { describeDifferences, diffPreimages } from '../../../lib/plan/reasons.js';
import { actionKey, type Preimage } from '../../../lib/store/index.js';

/** Names and values from small sets, so that two preimages are often nearly the same. */
const word = fc.constantFrom('a', 'b', 'a.b', 'a[0]', '', '0');
const scalar = fc.constantFrom(null, true, 1, '1', 'null', '[]', '{}', 2.5, 'x');
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(word, tie('json'), { maxKeys: 3 }),
  ),
}));
const preimage = fc.record({
  v: fc.constant('k1' as const),
  stage: fc.constantFrom('fold', 'predict'),
  impl: fc.constantFrom('i1', 'i2'),
  params: fc.dictionary(word, json, { maxKeys: 3 }) as fc.Arbitrary<JsonObject>,
  inputs: fc.uniqueArray(
    fc.record({
      name: word,
      window: fc.constantFrom(null, ['2023-03-01', '2023-04-01'] as const),
      digest: fc.constantFrom('d1', 'd2'),
    }),
    { selector: ({ name }) => name, maxLength: 3 },
  ),
  env: fc.dictionary(word, fc.constantFrom('e1', 'e2'), { maxKeys: 2 }),
  salt: fc.constantFrom('', 's'),
}) satisfies fc.Arbitrary<NodePreimage>;

const keyOf = (value: NodePreimage): string => actionKey(value as Preimage);

describe('the difference of two preimages', () => {
  it('is empty exactly where their keys are equal', () => {
    fc.assert(
      fc.property(preimage, preimage, (left, right) => {
        expect(diffPreimages(left, right).length === 0).toBe(keyOf(left) === keyOf(right));
      }),
      { numRuns: 2000 },
    );
  });

  it('is found for every single change of a preimage', () => {
    fc.assert(
      fc.property(preimage, word, json, (before, name, value) => {
        const after = { ...before, params: { ...before.params, [name]: value } } as NodePreimage;
        expect(diffPreimages(before, after).length === 0).toBe(keyOf(before) === keyOf(after));
        expect(diffPreimages(after, before).length === 0).toBe(keyOf(before) === keyOf(after));
      }),
      { numRuns: 1000 },
    );
  });

  it('names each leaf once', () => {
    fc.assert(
      fc.property(preimage, (value) => {
        const names = leavesOf(value).map(({ kind, leaf }) => `${kind} ${leaf}`);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});

describe('the words for a difference', () => {
  const base: NodePreimage = {
    v: 'k1',
    stage: 'fold',
    impl: 'a',
    params: { columns: ['rsi', 'mfi'], folds: [{ label: '2023-03' }], fee: 1 },
    inputs: [
      { name: 'x', window: null, digest: 'd1' },
      { name: 'y', window: null, digest: 'd2' },
    ],
    env: {},
    salt: '',
  };
  const told = (params: JsonObject): string =>
    describeDifferences(diffPreimages(base, { ...base, params: { ...base.params, ...params } }));

  it.each<[string, JsonObject, string]>([
    ['a value', { fee: 2 }, 'fee 1 -> 2'],
    ['a value of another type', { fee: '1' }, 'fee 1 -> 1'],
    ['members of a list', { columns: ['rsi', 'natr', 'bop'] }, 'columns +natr +bop -mfi'],
    ['the order of a list', { columns: ['mfi', 'rsi'] }, 'columns: other order'],
    [
      'entries of a list of objects',
      { folds: [{ label: '2023-03' }, { label: '2023-04', end: 1 }] },
      'folds: entries added',
    ],
    ['a moment', { endMs: 1682553600000 }, 'endMs added: 2023-04-27'],
    ['many changes', { fee: 2, columns: [], folds: [], more: 1 }, 'columns -rsi -mfi, fee 1 -> 2 and 3 more'],
  ])('%s', (_, params, words) => expect(told(params)).toBe(words));

  it.each<[string, string, string, string]>([
    ['a package', 'a@1.0 b@2.0 sha256:x', 'a@1.1 b@2.0 sha256:y', 'packages +a@1.1 -a@1.0'],
    [
      'a package under the same version',
      'a@1.0 sha256:x',
      'a@1.0 sha256:y',
      'packages: same versions, other contents',
    ],
  ])('%s', (_, from, to, words) => {
    const differences = diffPreimages(
      { ...base, env: { packages: from } },
      { ...base, env: { packages: to } },
    );
    expect(differences.map(({ reason }) => reason)).toEqual(['DEPENDENCY_CHANGED']);
    expect(describeDifferences(differences)).toBe(words);
  });

  it('the mark of a recheck', () => {
    const differences = diffPreimages(base, { ...base, params: { ...base.params, recheck: '2023-05-01' } });
    expect(differences.map(({ reason }) => reason)).toEqual(['RESTATED']);
  });

  it('the order of the inputs, which no member shows', () => {
    const differences = diffPreimages(base, { ...base, inputs: base.inputs.toReversed() });
    expect(differences.map(({ reason, leaf }) => [reason, leaf])).toEqual([
      ['INPUT_SET_CHANGED', 'order of the inputs'],
    ]);
  });
});
