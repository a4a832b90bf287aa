import { expect, it } from 'vitest';
import { canonicalName, LIGHTGBM_NAMES } from '../../../lib/config/lightgbm-names.js';
import { lightgbmProblems } from '../../../lib/config/lightgbm-problems.js';
import type { NativeError } from '../../../lib/errors.js';
import { nativeAddon } from '../../../native/addon.js';
import { findLightgbmLibrary } from '../../../native/index.js';
import { canonicalParameters, parseAliases } from '../../../native/parameters.js';

it('knows the names that the library itself lists', () => {
  const listed = parseAliases(nativeAddon().probe(findLightgbmLibrary(process.env, '.').path));
  expect([...LIGHTGBM_NAMES].sort()).toEqual([...listed.keys()].sort());
  for (const [name, canonical] of listed) expect(canonicalName(name)).toBe(canonical);
});

it('refuses every name that the addon would refuse, before anything is downloaded', () => {
  const names = new Map(LIGHTGBM_NAMES.map((name) => [name, canonicalName(name)!]));
  const refused = LIGHTGBM_NAMES.filter((name) => {
    try {
      canonicalParameters({ [name]: 1 }, names);
      return false;
    } catch (error) {
      return (error as NativeError).code === 'RESERVED_PARAMETER';
    }
  });
  expect(refused.length).toBeGreaterThan(40);
  const problems = lightgbmProblems(Object.fromEntries(refused.map((name) => [name, 1])));
  const told = new Set(
    problems.filter(({ text }) => text.startsWith('cannot be set here')).map(({ path }) => path),
  );
  // The pipeline's own key of that name stands for it.
  const missed = refused.filter((name) => !told.has(`lightgbm.${name}`));
  expect(missed.filter((name) => canonicalName(name) !== 'early_stopping_round')).toEqual([]);
});

it('knows no other name', () => {
  expect(canonicalName('num_leafs')).toBeNull();
});
