/** The npm packages of package-lock.json: whether they are installed, and `npm ci` where they are not. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { SetupProblem, whyFailed } from './problem.mjs';
import { findOnPath, run } from './subprocess.mjs';

/**
 * Why the installed packages are not those of the lock file; null when they are. Compares npm's own record
 * in node_modules with the lock and looks for each folder: about 10 ms.
 * @param {string} root
 * @returns {string | null}
 */
export function packagesDiffer(root) {
  const locked = readPackages(path.join(root, 'package-lock.json'));
  if (locked === null) throw new Error(`${root} has no package-lock.json: this is no whole checkout.`);
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'none installed';
  for (const [place, entry] of Object.entries(locked)) {
    const found = installed[place];
    if (place === '' || (found === undefined && mayBeAbsent(entry))) continue;
    if (found === undefined) return `${place} is missing`;
    if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return `${place} is ${found.version}, expected ${entry.version}`;
    }
    if (!existsSync(path.join(root, place, 'package.json'))) return `${place} was deleted`;
  }
  const extra = Object.keys(installed).find((place) => locked[place] === undefined);
  return extra === undefined ? null : `${extra} is not in package-lock.json`;
}

/** Packages of other platforms are locked but not installed. */
function mayBeAbsent({ optional, devOptional }) {
  return optional === true || devOptional === true;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Installs exactly the lock file's packages. No package's install script runs: nothing here needs one, and
 * puppeteer's would fetch a browser that may be there already.
 * @param {{root: string, env: NodeJS.ProcessEnv, places: ReturnType<import('./places.mjs').placesOf>}} context
 * @throws {SetupProblem}
 */
export async function installPackages({ root, env, places }) {
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const [command, ...first] = npmCommand(env);
  setCacheAside(places);
  const result = await run(command, [...first, ...args], {
    cwd: root,
    env: { ...env, PUPPETEER_SKIP_DOWNLOAD: '1' },
  });
  bringCacheBack(places);
  if (result.ok) return;
  throw new SetupProblem('The npm packages', {
    tried: [`npm ci: ${whyFailed(result.output)}`],
    fix: 'Check that npm reaches its registry (`npm ping`), then run `npm run setup` again.',
  });
}

/** npm may be a shell wrapper or a version of its own; under `npm run` it names itself. */
function npmCommand(env) {
  const own = env.npm_execpath;
  if (own?.endsWith('npm-cli.js') && existsSync(own)) return [process.execPath, own];
  return [findOnPath('npm', env) ?? 'npm'];
}

/** `npm ci` deletes node_modules with all it holds: what was downloaded there before must survive it. */
function setCacheAside({ cache, keptCache, build }) {
  if (!existsSync(cache) || existsSync(keptCache)) return;
  mkdirSync(build, { recursive: true });
  renameSync(cache, keptCache);
}

/**
 * Puts the cache back where `npm ci`, or a set-up that was killed during it, left it aside.
 * @param {{cache: string, keptCache: string}} places
 */
export function bringCacheBack({ cache, keptCache }) {
  if (!existsSync(keptCache) || existsSync(cache)) return;
  mkdirSync(path.dirname(cache), { recursive: true });
  renameSync(keptCache, cache);
}
