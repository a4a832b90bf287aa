import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Dataset, fetchedLibraryPath, findLightgbmLibrary, loadLightgbm } from '../../native/index.js';
import { libraryError } from '../../native/library-errors.js';
import { libraryPath, PARAMS, smallData } from './small-data.js';

const folder = mkdtempSync(join(tmpdir(), 'library-'));

/** A shared library of this C source, linked with `flags`. */
function compile(name: string, source: string, flags: string[] = []): string {
  const path = join(folder, `${name}.so`);
  writeFileSync(join(folder, `${name}.c`), source);
  execFileSync('cc', ['-shared', '-fPIC', '-o', path, join(folder, `${name}.c`), ...flags]);
  return path;
}

const find = (path: string) => findLightgbmLibrary({ LIGHTGBM_LIB: path }, folder);

describe('findLightgbmLibrary', () => {
  it('finds the fetched library with its version and digest', () => {
    const found = findLightgbmLibrary({}, '.');
    expect(found.path).toBe(libraryPath());
    expect(found.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('prefers LIGHTGBM_LIB, and reads the version that lies beside a library', () => {
    const copy = join(folder, 'package', 'lib', 'lib_lightgbm.so');
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(libraryPath(), copy);
    writeFileSync(join(folder, 'package', 'VERSION.txt'), '4.7.0\n');
    expect(find(copy)).toMatchObject({ path: copy, version: '4.7.0' });
  });

  it('says where the library should be and how to get it', () => {
    expect(() => findLightgbmLibrary({}, folder)).toThrow(fetchedLibraryPath(folder));
    expect(() => findLightgbmLibrary({}, folder)).toThrow(/npm run setup/);
    expect(() => find(join(folder, 'none.so'))).toThrow(/LIGHTGBM_LIB names .*none\.so/);
  });

  it('refuses what is no library', () => {
    const text = join(folder, 'text.so');
    writeFileSync(text, 'not a library');
    expect(() => find(text)).toThrow(
      expect.objectContaining({ name: 'SetupError', code: 'LIGHTGBM_UNUSABLE' }),
    );
  });

  it.runIf(process.platform === 'linux')(
    'refuses a library that lacks functions or is older than 4.1',
    () => {
      const foreign = compile('foreign', 'int nothing(void) { return 0; }');
      expect(() => find(foreign)).toThrow(
        expect.objectContaining({ name: 'SetupError', code: 'LIGHTGBM_TOO_OLD' }),
      );
    },
  );

  it.runIf(process.platform === 'linux')('says how to install libgomp where it is missing', () => {
    const runtime = join(folder, 'libgomp.so.77');
    execFileSync('cc', [
      '-shared',
      '-fPIC',
      '-Wl,-soname,libgomp.so.77',
      '-o',
      runtime,
      '-x',
      'c',
      '/dev/null',
    ]);
    const library = compile('orphan', 'int nothing(void) { return 0; }', ['-Wl,--no-as-needed', runtime]);
    execFileSync('rm', [runtime]);
    expect(() => find(library)).toThrow(expect.objectContaining({ code: 'LIBGOMP_MISSING' }));
    expect(() => find(library)).toThrow(/apt-get install libgomp1/);
  });

  it('leaves refusals that are not about the library alone', () => {
    expect(libraryError('x', { code: 'THREADS_DIFFER', call: '', message: '' })).toBeNull();
  });
});

describe('loadLightgbm', () => {
  it('is needed before anything else, once, and with one thread count', async () => {
    const data = { ...smallData({ rows: 50, columns: 2 }), params: PARAMS };
    await expect(Dataset.fromMatrix(data)).rejects.toMatchObject({ code: 'NOT_LOADED' });
    expect(() => loadLightgbm({ path: libraryPath(), numThreads: 0 })).toThrow(/numThreads must be/);
    loadLightgbm({ path: libraryPath(), numThreads: 2 });
    loadLightgbm({ path: libraryPath(), numThreads: 2 });
    (await Dataset.fromMatrix(data)).dispose();
    expect(() => loadLightgbm({ path: libraryPath(), numThreads: 1 })).toThrow(
      expect.objectContaining({ code: 'THREADS_DIFFER' }),
    );
    const other = join(folder, 'elsewhere.so');
    copyFileSync(libraryPath(), other);
    expect(() => loadLightgbm({ path: other, numThreads: 2 })).toThrow(
      expect.objectContaining({ code: 'ANOTHER_LIBRARY' }),
    );
    const alias = join(folder, 'alias.so');
    symlinkSync(libraryPath(), alias);
    loadLightgbm({ path: alias, numThreads: 2 });
  });

  it.each<[string, unknown, string]>([
    ['no file', { path: '/nowhere/libgomp.so', numThreads: 2 }, 'LIGHTGBM_MISSING'],
    ['an empty path', { path: '', numThreads: 2 }, 'BAD_OPTION'],
    ['a path that is no text', { path: 5, numThreads: 2 }, 'BAD_OPTION'],
    ['nothing', undefined, 'BAD_OPTION'],
  ])('refuses %s', (_, options, code) => {
    expect(() => loadLightgbm(options as never)).toThrow(expect.objectContaining({ code }));
  });
});
