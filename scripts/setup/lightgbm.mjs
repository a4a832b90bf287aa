/** LightGBM's C library: the one of LIGHTGBM_LIB, else the pinned one; and whether it loads here. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { whyNotLoaded } from './loading.mjs';
import { LIGHTGBM } from './pins.mjs';
import { SetupProblem } from './problem.mjs';
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
