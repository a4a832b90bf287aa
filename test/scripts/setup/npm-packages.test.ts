import { existsSync, rmSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { bringCacheBack, packagesDiffer } from '../../../scripts/setup/npm-packages.mjs';
import { useTemporaryFolder } from '../temporary-folder.js';

const folder = useTemporaryFolder();

const LOCKED = {
  '': { name: 'project' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-b' },
  'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-o', optional: true },
};

function install(packages: Readonly<Record<string, object>>): void {
  folder.write('node_modules/.package-lock.json', JSON.stringify({ packages }));
}

beforeEach(() => {
  folder.write('package-lock.json', JSON.stringify({ packages: LOCKED }));
  const { '': _project, 'node_modules/other-platform': _absent, ...installed } = LOCKED;
  for (const place of Object.keys(installed)) folder.write(`${place}/package.json`, '{}');
  install(installed);
});

describe('packagesDiffer', () => {
  it('is satisfied with what npm ci installs, without packages of other platforms', () => {
    expect(packagesDiffer(folder.path)).toBeNull();
  });

  it('sees that nothing is installed', () => {
    rmSync(folder.at('node_modules'), { recursive: true });
    expect(packagesDiffer(folder.path)).toBe('none installed');
  });

  it('sees another version, another integrity, a missing and an extra package', () => {
    const { 'node_modules/a': a, 'node_modules/a/node_modules/b': b } = LOCKED;
    const place = 'node_modules/a/node_modules/b';
    install({ 'node_modules/a': { ...a, version: '1.0.1' }, [place]: b });
    expect(packagesDiffer(folder.path)).toBe('node_modules/a is 1.0.1, expected 1.0.0');
    install({ 'node_modules/a': { ...a, integrity: 'sha512-x' }, [place]: b });
    expect(packagesDiffer(folder.path)).toContain('node_modules/a is');
    install({ 'node_modules/a': a });
    expect(packagesDiffer(folder.path)).toBe(`${place} is missing`);
    install({ 'node_modules/a': a, [place]: b, 'node_modules/z': a });
    expect(packagesDiffer(folder.path)).toBe('node_modules/z is not in package-lock.json');
  });

  it('sees a package whose folder was deleted', () => {
    rmSync(folder.at('node_modules/a/node_modules/b'), { recursive: true });
    expect(packagesDiffer(folder.path)).toBe('node_modules/a/node_modules/b was deleted');
  });

  it('refuses a checkout without a lock file', () => {
    rmSync(folder.at('package-lock.json'));
    expect(() => packagesDiffer(folder.path)).toThrow('no package-lock.json');
  });
});

describe('bringCacheBack', () => {
  it('puts back what a set-up that was killed during npm ci left aside', () => {
    folder.write('build/kept-cache/bin/temporal', 'binary');
    const places = {
      cache: folder.at('node_modules/.cache/minute-alpha'),
      keptCache: folder.at('build/kept-cache'),
    };
    bringCacheBack(places);
    expect(existsSync(folder.at('node_modules/.cache/minute-alpha/bin/temporal'))).toBe(true);
    expect(existsSync(places.keptCache)).toBe(false);
    bringCacheBack(places);
    expect(existsSync(places.cache)).toBe(true);
  });
});
