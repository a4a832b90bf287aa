/** Why a LightGBM library cannot be used, and what mends it. */
import { SetupError } from '../lib/errors.js';
import type { NativeRefusal } from './addon.js';

/** The error for a library that does not load or is too old; null for any other refusal. */
export function libraryError(path: string, refusal: NativeRefusal): SetupError | null {
  const details = { path, reason: refusal.message };
  if (refusal.code === 'LIBRARY_TOO_OLD') {
    return new SetupError('LIGHTGBM_TOO_OLD', {
      what: `LightGBM 4.1 or newer is needed, and ${path} cannot be it: ${refusal.message}.`,
      fix: 'Unset LIGHTGBM_LIB and run `npm run setup`, or point it at a newer library.',
      details,
    });
  }
  if (refusal.code !== 'LIBRARY_NOT_LOADED') return null;
  // The loader names first what it did not find: the path of the library itself may hold any word.
  if (/^libgomp\S*: /.test(refusal.message)) {
    return new SetupError('LIBGOMP_MISSING', {
      what: `LightGBM needs the OpenMP runtime libgomp.so.1, and this machine has none (${path}).`,
      fix: 'Install it: Debian and Ubuntu `apt-get install libgomp1`, Fedora `dnf install libgomp`, Alpine `apk add libgomp`.',
      details,
    });
  }
  if (/Library not loaded: \S*libomp/.test(refusal.message)) {
    return new SetupError('LIBGOMP_MISSING', {
      what: `LightGBM needs the OpenMP runtime libomp, and this machine has none (${path}).`,
      fix: 'Install it: `brew install libomp`.',
      details,
    });
  }
  return new SetupError('LIGHTGBM_UNUSABLE', {
    what: `The library ${path} cannot be loaded: ${refusal.message}.`,
    fix: 'Use a build for this operating system and processor: unset LIGHTGBM_LIB and run `npm run setup`.',
    details,
  });
}

/** The error for a path that holds no file. */
export function libraryMissing(path: string, named: boolean): SetupError {
  return new SetupError('LIGHTGBM_MISSING', {
    what: named
      ? `LIGHTGBM_LIB names ${path}, and no file is there.`
      : `The LightGBM library is not at ${path}.`,
    fix: named
      ? 'Correct LIGHTGBM_LIB, or unset it and run `npm run setup`.'
      : 'Run `npm run setup`, or set LIGHTGBM_LIB to a lib_lightgbm of version 4.1 or newer.',
    details: { path },
  });
}
