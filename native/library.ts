/** Finds the LightGBM library and tells what it is. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nativeAddon, type NativeRefusal } from './addon.js';
import { libraryError, libraryMissing } from './library-errors.js';

export interface LightgbmLibrary {
  /** Absolute path, symbolic links resolved. */
  readonly path: string;
  /** `4.7.0` where the build is known or says so beside it; absent otherwise. */
  readonly version?: string;
  /** Hex digest of the file. */
  readonly sha256: string;
}

/** Builds known by their bytes: the library itself tells its version nowhere. */
const KNOWN_BUILDS: Readonly<Record<string, string>> = {
  '573d57e8a2c6290c2271b99b87afa7a802e796eafc9e8d66aefa0913cbc1616a': '4.7.0',
};

/**
 * The library that `LIGHTGBM_LIB` names, else the one that set-up fetched for the project at `root`.
 * Loads it once to see that it works.
 * @throws SetupError LIGHTGBM_MISSING, LIGHTGBM_TOO_OLD (before 4.1), LIBGOMP_MISSING, LIGHTGBM_UNUSABLE,
 *   ADDON_MISSING
 */
export function findLightgbmLibrary(
  env: Readonly<Record<string, string | undefined>>,
  root: string,
): LightgbmLibrary {
  const named = env['LIGHTGBM_LIB'];
  const expected = named ? resolve(named) : fetchedLibraryPath(root);
  if (!isFile(expected)) throw libraryMissing(expected, Boolean(named));
  const path = realpathSync(expected);
  try {
    nativeAddon().probe(path);
  } catch (thrown) {
    throw libraryError(path, thrown as NativeRefusal) ?? thrown;
  }
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  const version = KNOWN_BUILDS[sha256] ?? versionBeside(path);
  return version === null ? { path, sha256 } : { path, version, sha256 };
}

/** Where set-up puts the library of the project at `root`. */
export function fetchedLibraryPath(root: string): string {
  const file = process.platform === 'darwin' ? 'lib_lightgbm.dylib' : 'lib_lightgbm.so';
  return join(root, 'node_modules', '.cache', 'minute-alpha', 'lightgbm', file);
}

/** Version from `VERSION.txt` or the Python package's metadata near the library; null without either. */
function versionBeside(path: string): string | null {
  const folder = dirname(path);
  for (const file of [join(folder, 'VERSION.txt'), join(folder, '..', 'VERSION.txt')]) {
    const version = versionIn(file, /^(\d+\.\d+\.\d+\S*)/);
    if (version) return version;
  }
  const site = join(folder, '..', '..');
  const metadata = namesIn(site).find((name) => /^lightgbm-.*\.dist-info$/.test(name));
  return metadata ? versionIn(join(site, metadata, 'METADATA'), /^Version: (\S+)$/m) : null;
}

function versionIn(file: string, pattern: RegExp): string | null {
  if (!isFile(file)) return null;
  return pattern.exec(readFileSync(file, 'utf8').trim())?.[1] ?? null;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return [];
    throw error;
  }
}
