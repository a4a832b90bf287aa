/** Looks at every real component of the machine: found where, which version, healthy, how to mend. Changes nothing. */
import { existsSync, mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { browserAdvice, findBrowser } from './find-browser.mjs';
import { ADDON_FIX, addonFile, compilerCommand } from './setup/addon.mjs';
import { fileSha256 } from './setup/digest.mjs';
import { LIGHTGBM_FIX } from './setup/lightgbm.mjs';
import { whyNotLoaded } from './setup/loading.mjs';
import { OLDEST_NODE } from './setup/node-version.mjs';
import { packagesDiffer } from './setup/npm-packages.mjs';
import { buildFor, LIGHTGBM, OLDEST_TEMPORAL, TEMPORAL } from './setup/pins.mjs';
import { pipCommands } from './setup/pip.mjs';
import { placesOf } from './setup/places.mjs';
import { findOnPath, run } from './setup/subprocess.mjs';
import { TEMPORAL_FIX, temporalVersion } from './setup/temporal-cli.mjs';
import { compareVersions } from './setup/versions.mjs';
import { isPinnedFile } from './setup/wheel-file.mjs';

const SETUP_FIX = 'Run `npm run setup`.';

/**
 * @typedef {{place: string | null, version: string | null, healthy: boolean, detail: string}} Finding
 * @typedef {Finding & {component: string, fix: string}} Component
 */

/** What is looked at, in the order it is shown, with what mends it. */
const INSPECTIONS = [
  { component: 'Node.js', inspect: inspectNode, fix: `Install Node.js 22 or 24 (${OLDEST_NODE} or newer).` },
  { component: 'npm packages', inspect: inspectPackages, fix: SETUP_FIX },
  { component: 'Build', inspect: inspectBuild, fix: SETUP_FIX },
  { component: 'Temporal CLI', inspect: inspectTemporal, fix: `${SETUP_FIX} Or: ${TEMPORAL_FIX}` },
  { component: 'LightGBM', inspect: inspectLightgbm, fix: `${SETUP_FIX} Or: ${LIGHTGBM_FIX}` },
  { component: 'LightGBM addon', inspect: inspectAddon, fix: `${SETUP_FIX} Or: ${ADDON_FIX}` },
  { component: 'Browser', inspect: inspectBrowser, fix: browserAdvice(process.platform) },
  {
    component: 'Python with pip',
    inspect: inspectPip,
    fix: 'Install Python 3 with pip (apt-get install python3-pip).',
  },
  {
    component: 'C++ compiler',
    inspect: inspectCompiler,
    fix: 'Install one (apt-get install g++; xcode-select --install).',
  },
  {
    component: 'Store folder',
    inspect: inspectStore,
    fix: 'Make it writable, or set MINUTE_ALPHA_STORE to another folder.',
  },
];

/**
 * Inspects all components at once, in a second or two: each is really run or loaded.
 * @param {string} root folder of the project
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Component[]>} `fix` is empty where nothing is wrong
 */
export function inspectComponents(root, env) {
  return Promise.all(
    INSPECTIONS.map(async ({ component, inspect, fix }) => {
      const finding = await inspect(root, env).catch((error) => ill(null, error.message));
      return { component, ...finding, fix: finding.healthy ? '' : fix };
    }),
  );
}

const well = (place, version, detail) => ({ place, version, healthy: true, detail });
const ill = (place, detail, version = null) => ({ place, version, healthy: false, detail });

async function inspectNode() {
  const version = process.versions.node;
  const { execPath } = process;
  if (compareVersions(version, OLDEST_NODE) < 0) return ill(execPath, `older than ${OLDEST_NODE}`, version);
  return well(execPath, version, `N-API ${process.versions.napi}`);
}

async function inspectPackages(root) {
  const place = path.join(root, 'node_modules');
  const difference = packagesDiffer(root);
  if (difference !== null) return ill(place, difference);
  const temporal = JSON.parse(readFileSync(path.join(place, '@temporalio/worker/package.json'), 'utf8'));
  return well(place, null, `as locked; Temporal SDK ${temporal.version}`);
}

async function inspectBuild(root) {
  const { isBuildFresh } = await import('./build/freshness.mjs');
  const place = path.join(root, 'dist');
  return isBuildFresh(root) ? well(place, null, 'fresh') : ill(place, 'missing or older than the sources');
}

/** The one that set-up fetched comes first, as the commands take it. */
async function inspectTemporal(root, env) {
  const own = placesOf(root).temporal;
  const place = existsSync(own) ? own : findOnPath('temporal', env);
  if (place === null) return ill(null, 'not found');
  if (place === own && !(await isPinnedFile(TEMPORAL, own))) return ill(place, 'damaged or outdated');
  const version = await temporalVersion(place);
  if (version === null) return ill(place, 'does not answer like a Temporal CLI');
  if (compareVersions(version, OLDEST_TEMPORAL) < 0)
    return ill(place, `older than ${OLDEST_TEMPORAL}`, version);
  return well(place, version, 'runs');
}

async function inspectLightgbm(root, env) {
  const place = env.LIGHTGBM_LIB ? path.resolve(env.LIGHTGBM_LIB) : placesOf(root).lightgbm;
  if (!existsSync(place)) return ill(place, 'not there');
  const sha256 = await fileSha256(place);
  const pinned = sha256 === buildFor(LIGHTGBM)?.fileSha256;
  const version = pinned ? LIGHTGBM.version : null;
  const detail = `sha256 ${sha256}${pinned ? ', as published' : ''}`;
  if (!pinned && !env.LIGHTGBM_LIB)
    return ill(place, `${detail}, which is not ${LIGHTGBM.version} as published`);
  const failure = await whyNotLoaded(place, env);
  return failure === null ? well(place, version, `loads; ${detail}`) : ill(place, failure, version);
}

async function inspectAddon(root, env) {
  const place = addonFile(root);
  if (!existsSync(place)) return ill(place, 'not built');
  const failure = await whyNotLoaded(place, env);
  return failure === null ? well(place, null, 'loads') : ill(place, failure);
}

async function inspectBrowser(root, env) {
  const found = findBrowser(env, root);
  return found === null
    ? ill(null, 'none found')
    : well(found.path, found.version, `runs; by ${found.source}`);
}

async function inspectPip(root, env) {
  for (const [command, ...args] of pipCommands(env)) {
    const { ok, stdout } = await run(command, [...args, '--version'], { env });
    const [, version, python] = /^pip (\S+) .*\(python (\S+)\)/.exec(stdout) ?? [];
    if (ok && version) return well(findOnPath(command, env), python ?? null, `pip ${version}`);
  }
  return ill(null, 'no python3 with pip on the path');
}

async function inspectCompiler(root, env) {
  const [command, ...args] = compilerCommand(env);
  if (command === undefined) return ill(null, 'none of c++, g++, clang++ is on the path');
  const { ok, stdout, output } = await run(command, [...args, '--version'], { env });
  if (!ok) return ill(command, output.trim().split('\n')[0] ?? 'does not run');
  return well(command, /\d+\.\d+(\.\d+)?/.exec(stdout)?.[0] ?? null, stdout.split('\n')[0]);
}

async function inspectStore(root, env) {
  const place = path.resolve(env.MINUTE_ALPHA_HOME ?? '.', env.MINUTE_ALPHA_STORE ?? 'cache');
  const nearest = nearestExisting(place);
  if (!statSync(nearest).isDirectory()) return ill(place, `${nearest} is no folder`);
  try {
    // Permissions alone do not tell: root may write anywhere, yet not in /proc or on a read-only disk.
    rmdirSync(mkdtempSync(path.join(nearest, '.doctor-')));
  } catch {
    return ill(place, `${nearest} is not writable`);
  }
  return well(place, null, nearest === place ? 'writable' : 'will be made when it is needed');
}

function nearestExisting(place) {
  let at = place;
  while (!existsSync(at)) at = path.dirname(at);
  return at;
}
