/** LightGBM's C library: the one of LIGHTGBM_LIB, else the pinned one; and whether it loads here. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { LIGHTGBM } from './pins.mjs';
import { SetupProblem } from './problem.mjs';
import { run } from './subprocess.mjs';
import { fetchPinnedFile, isPinnedFile } from './wheel-file.mjs';

export const LIGHTGBM_FIX =
  'Install Python 3 with pip and run `npm run setup`, or set LIGHTGBM_LIB to a LightGBM 4 library of yours.';

const OPENMP_FIX = {
  linux: 'Install the OpenMP run-time: apt-get install libgomp1 (Debian), dnf install libgomp (Fedora).',
  darwin: 'Install the OpenMP run-time: brew install libomp.',
};

/** @type {import('./context.mjs').SetupStep} */
export const lightgbmStep = {
  name: 'lightgbm',
  wanted: (env) => `${LIGHTGBM.version} ${env.LIGHTGBM_LIB ?? ''}`,
  find: findLightgbm,
  fetch: (context) =>
    fetchPinnedFile(LIGHTGBM, { file: context.places.lightgbm, mode: 0o644, fix: LIGHTGBM_FIX }, context),
  check: ensureLoads,
};

async function findLightgbm({ env, places }) {
  const named = env.LIGHTGBM_LIB;
  if (!named) return (await isPinnedFile(LIGHTGBM, places.lightgbm)) ? places.lightgbm : null;
  if (existsSync(named)) return path.resolve(named);
  // What was asked for is never replaced by something else.
  throw new SetupProblem('LightGBM', {
    tried: [`LIGHTGBM_LIB: there is no file ${named}`],
    fix: 'Correct LIGHTGBM_LIB, or unset it to have the pinned library fetched.',
  });
}

async function ensureLoads(place, context) {
  let failure = await whyNotLoaded(place, context.env);
  const tried = [`loading ${place}: ${failure}`];
  if (failure?.includes('libgomp') && canUseApt(context.env)) {
    const refused = await aptInstall(['libgomp1'], context);
    if (refused !== null) tried.push(refused);
    failure = await whyNotLoaded(place, context.env);
  }
  if (failure === null) return;
  const openMp = /lib(g)?omp/.test(failure) ? OPENMP_FIX[process.platform] : undefined;
  throw new SetupProblem('LightGBM', { tried, fix: openMp ?? LIGHTGBM_FIX });
}

/** Node's own words for a library that loaded but is no Node addon. */
const LOADED = 'did not self-register';

/**
 * Why the dynamic linker refuses a library or addon, in its own words; null when it loads. In a process of
 * its own, because a broken library can take its process along.
 * @param {string} file
 * @param {NodeJS.ProcessEnv} env
 */
export async function whyNotLoaded(file, env) {
  const script = 'try{process.dlopen({exports:{}},process.argv[1])}catch(e){process.stdout.write(e.message)}';
  const { ok, stdout, output } = await run(process.execPath, ['-e', script, file], { env, timeoutMs: 20_000 });
  if (!ok) return `the process that loaded it ended: ${output.trim().slice(0, 300)}`;
  return stdout.includes(LOADED) || stdout === '' ? null : stdout.trim();
}
