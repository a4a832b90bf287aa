/** Where set-up puts things. All of it lies in the project's folder and may be deleted at any time. */
import path from 'node:path';

const LIBRARY_NAMES = { darwin: 'lib_lightgbm.dylib', win32: 'lib_lightgbm.dll' };

/** @param {string} root folder of the project */
export function placesOf(root) {
  const build = path.join(root, 'build');
  const cache = path.join(root, 'node_modules', '.cache', 'minute-alpha');
  return {
    build,
    /** Inside node_modules, so `npm ci` deletes it: set-up carries it over. */
    cache,
    keptCache: path.join(build, 'kept-cache'),
    wheels: path.join(build, 'wheels'),
    lock: path.join(build, 'set-up.lock'),
    stamp: path.join(cache, 'set-up.json'),
    temporal: path.join(cache, 'bin', 'temporal'),
    lightgbm: path.join(cache, 'lightgbm', LIBRARY_NAMES[process.platform] ?? 'lib_lightgbm.so'),
    browsers: path.join(cache, 'puppeteer'),
  };
}
