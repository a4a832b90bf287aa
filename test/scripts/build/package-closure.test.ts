import { describe, expect, it } from 'vitest';
import { packageClosure, packageNameOf } from '../../../scripts/build/package-closure.mjs';

const entry = (version: string, more: object = {}): { version: string; integrity: string } => ({
  version,
  integrity: `sha512-${version}`,
  ...more,
});

const lock = {
  packages: {
    '': {},
    'node_modules/a': entry('1.0.0', { dependencies: { b: '^1', '@s/c': '*' } }),
    'node_modules/a/node_modules/b': entry('1.1.0', { dependencies: { d: '*' } }),
    'node_modules/b': entry('2.0.0'),
    'node_modules/@s/c': entry('3.0.0', {
      optionalDependencies: { gone: '*' },
      peerDependencies: { a: '*' },
    }),
    'node_modules/d': entry('4.0.0'),
    'node_modules/unrelated': entry('9.9.9'),
  },
};

describe('packageClosure', () => {
  it('follows dependencies as Node resolves them: the nearest node_modules first', () => {
    expect(packageClosure(lock, ['a'])).toEqual([
      '@s/c@3.0.0 sha512-3.0.0',
      'a@1.0.0 sha512-1.0.0',
      'b@1.1.0 sha512-1.1.0',
      'd@4.0.0 sha512-4.0.0',
    ]);
    expect(packageClosure(lock, ['b'])).toEqual(['b@2.0.0 sha512-2.0.0']);
  });

  it('ends at cycles and does not depend on the order of the names', () => {
    expect(packageClosure(lock, ['@s/c', 'b'])).toEqual(packageClosure(lock, ['b', '@s/c']));
  });

  it('refuses a package that the lock file does not know', () => {
    expect(() => packageClosure(lock, ['left-pad'])).toThrow('package-lock.json has no left-pad');
  });
});

describe('packageNameOf', () => {
  it('drops what follows the name', () => {
    expect(packageNameOf('hyparquet/src/metadata.js')).toBe('hyparquet');
    expect(packageNameOf('@scope/name/deep.js')).toBe('@scope/name');
    expect(packageNameOf('zod')).toBe('zod');
  });
});
