import { expect, it } from 'vitest';
import { canonicalName, LIGHTGBM_NAMES } from '../../../lib/config/lightgbm-names.js';
import { nativeAddon } from '../../../native/addon.js';
import { findLightgbmLibrary } from '../../../native/index.js';
import { parseAliases } from '../../../native/parameters.js';

it('knows the names that the library itself lists', () => {
  const listed = parseAliases(nativeAddon().probe(findLightgbmLibrary(process.env, '.').path));
  expect([...LIGHTGBM_NAMES].sort()).toEqual([...listed.keys()].sort());
  for (const [name, canonical] of listed) expect(canonicalName(name)).toBe(canonical);
});

it('knows no other name', () => {
  expect(canonicalName('num_leafs')).toBeNull();
});
