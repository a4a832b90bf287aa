/** The LightGBM addon, compiled from native/ with the user's C++ compiler. */
import path from 'node:path';
import { fileIdentity, fileSha256, sha256Of } from './digest.mjs';
import { listFiles } from './files.mjs';
import { whyNotLoaded } from './loading.mjs';
import { SetupProblem } from './problem.mjs';
import { findOnPath } from './subprocess.mjs';

export const ADDON_FIX =
  'Install a C++17 compiler (the line above names the packages), then run `npm run setup`.';

const COMPILERS = ['c++', 'g++', 'clang++'];

/**
 * The compiler that `buildAddon` takes, as words of a command: `CXX`, else the first on the path; empty where
 * there is none.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function compilerCommand(env) {
  const asked = env.CXX?.trim();
  if (asked) return asked.split(/\s+/);
  const found = COMPILERS.map((name) => findOnPath(name, env)).find((place) => place !== null);
  return found === undefined ? [] : [found];
}

/** @param {string} root */
export const addonFile = (root) => path.join(root, 'build', 'lightgbm.node');

/** @type {import('./context.mjs').SetupStep} */
export const addonStep = {
  name: 'addon',
  wanted: wantedAddon,
  find: () => Promise.resolve(null),
  fetch: buildLoadableAddon,
};

/** What the addon is made from, as far as stats tell: `buildAddon` decides by content. */
function wantedAddon(env, root) {
  const sources = listFiles(path.join(root, 'native', 'src'));
  const files = [...sources, path.join(root, 'scripts', 'build-addon.mjs')];
  const identities = files.map((file) => [path.relative(root, file), fileIdentity(file)]);
  return sha256Of(JSON.stringify([process.arch, env.CXX ?? '', identities]));
}

/** Builds what is stale; what is fresh by its sources but was damaged since is built anyway. */
async function buildLoadableAddon(context) {
  const { root, env, log, packagesReady, stamped } = context;
  await packagesReady;
  const { buildAddon } = await import('../build-addon.mjs');
  const startMs = performance.now();
  const build = async (force) => {
    const { rebuilt } = await refuseClearly(() => buildAddon({ root, log, force }));
    if (rebuilt) log('LightGBM addon: built', startMs);
    return rebuilt;
  };
  const file = addonFile(root);
  const rebuilt = await build(false);
  const healthy = async () => (await whyNotLoaded(file, env)) === null;
  // Of the same sources, and yet not the file that was built then.
  const before = stamped.files.addon?.wanted === wantedAddon(env, root) ? stamped.files.addon : undefined;
  const altered = !rebuilt && before !== undefined && (await fileSha256(file)) !== before.sha256;
  if (altered || !(await healthy())) {
    log('the LightGBM addon is damaged: building it again');
    await build(true);
  }
  const failure = await whyNotLoaded(file, env);
  if (failure === null) return file;
  throw new SetupProblem('The LightGBM addon', { tried: [`loading ${file}: ${failure}`], fix: ADDON_FIX });
}

async function refuseClearly(build) {
  try {
    return await build();
  } catch (error) {
    throw new SetupProblem('The LightGBM addon', { tried: [error.message.trim()], fix: ADDON_FIX });
  }
}
