/** System packages, only as root on Debian and its kin, and never without saying so. */
import { existsSync } from 'node:fs';
import { whyFailed } from './problem.mjs';
import { findOnPath, run } from './subprocess.mjs';

/** apt-get locks its lists: one call at a time. */
let queue = Promise.resolve();

/** @param {NodeJS.ProcessEnv} env */
export function canUseApt(env) {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0 && findOnPath('apt-get', env) !== null;
}

/**
 * Installs packages with apt-get.
 * @param {readonly string[]} packages
 * @param {{env: NodeJS.ProcessEnv, log: (line: string, sinceMs?: number) => void}} context
 * @returns {Promise<string | null>} what went wrong, null when it went well
 */
export function aptInstall(packages, context) {
  const turn = queue.then(() => installNow(packages, context));
  queue = turn.then(() => undefined);
  return turn;
}

async function installNow(packages, { env, log }) {
  const startMs = performance.now();
  log(`apt-get install ${packages.join(' ')}: outside the project, as root`);
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const update = await run('apt-get', ['update'], quiet);
  const flags = ['install', '-y', '--no-install-recommends'];
  const install = await run('apt-get', [...flags, ...packages], quiet);
  if (install.ok) {
    log(`apt-get install ${packages.join(' ')}: done`, startMs);
    return null;
  }
  const why = update.ok ? install.output : `${update.output}\n${install.output}`;
  return `apt-get install ${packages.join(' ')}: ${whyFailed(why)}`;
}
