/** The LightGBM addon, compiled from native/ with the user's C++ compiler. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { lastLines, SetupProblem } from './problem.mjs';
import { listFiles } from './files.mjs';
import { fileIdentity } from './digest.mjs';
import { findOnPath } from './subprocess.mjs';

export const COMPILER_FIX =
  'Install a C++17 compiler, make and Python 3: apt-get install g++ make python3 (Debian), ' +
  'xcode-select --install (macOS); then run `npm run setup`.';

/** @param {string} root */
export const addonFile = (root) => path.join(root, 'build', 'lightgbm.node');

/**
 * What the addon is made from, as far as stats tell; another Node.js may have another ABI.
 * @param {string} root
 */
export function wantedAddon(root) {
  const sources = listFiles(path.join(root, 'native')).filter((file) => !file.endsWith('.ts'));
  const identities = [...sources, path.join(root, 'scripts', 'build-addon.mjs')].map((file) => [
    path.relative(root, file),
    fileIdentity(file),
  ]);
  return JSON.stringify([process.versions.modules, process.arch, identities]);
}

/**
 * The C++ compiler that will be used: `CXX`, else the usual names; null where there is none.
 * @param {NodeJS.ProcessEnv} env
 */
export function findCompiler(env) {
  const names = env.CXX ? [env.CXX] : ['g++', 'c++', 'clang++'];
  for (const name of names) {
    const found = path.isAbsolute(name) && existsSync(name) ? name : findOnPath(name, env);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Builds the addon unless it is fresh.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {Promise<string>} its place
 * @throws {SetupProblem}
 */
export async function ensureAddon({ root, env, log, packagesReady }) {
  await packagesReady;
  const { buildAddon } = await import('../build-addon.mjs');
  const compiler = findCompiler(env);
  if (compiler === null && process.platform !== 'win32') {
    throw new SetupProblem('The LightGBM addon', {
      tried: ['a C++ compiler: none of CXX, g++, c++, clang++ is on the path'],
      fix: COMPILER_FIX,
    });
  }
  try {
    await buildAddon({ root, log });
  } catch (error) {
    throw new SetupProblem('The LightGBM addon', {
      tried: [`compiling native/: ${lastLines(error.message, 8)}`],
      fix: COMPILER_FIX,
    });
  }
  return addonFile(root);
}
