import { run } from './subprocess.mjs';

/** Node's own words for a library that loaded but is no Node addon. */
const LOADED = 'did not self-register';

/**
 * Why the dynamic linker refuses a library or addon, in its own words; null when it loads. In a process of
 * its own, because a broken library can take its process along.
 * @param {string} file
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | null>}
 */
export async function whyNotLoaded(file, env) {
  const script = 'try{process.dlopen({exports:{}},process.argv[1])}catch(e){process.stdout.write(e.message)}';
  const { ok, stdout, output } = await run(process.execPath, ['-e', script, file], {
    env,
    timeoutMs: 20_000,
  });
  if (!ok) return `the process that loaded it ended: ${output.trim().slice(0, 300)}`;
  return stdout === '' || stdout.includes(LOADED) ? null : stdout.trim();
}
