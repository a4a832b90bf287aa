/** The browser that draws the report's pictures: one that is there, else puppeteer's, else Debian's. */
import path from 'node:path';
import { browserAdvice, findBrowser } from '../find-browser.mjs';
import { aptInstall, canUseApt } from './apt.mjs';
import { SetupProblem, whyFailed } from './problem.mjs';
import { run } from './subprocess.mjs';

/** A proxy that swallows packets would otherwise hold set-up for ever. */
const DOWNLOAD_TIMEOUT_MS = 300_000;

/** @type {import('./context.mjs').SetupStep} */
export const browserStep = {
  name: 'browser',
  wanted: (env) => env.PUPPETEER_EXECUTABLE_PATH ?? '',
  find: (context) => Promise.resolve(lookForBrowser(context)),
  fetch: fetchBrowser,
};

function lookForBrowser({ env, root, log }) {
  let found;
  try {
    found = findBrowser(env, root);
  } catch (error) {
    throw new SetupProblem('A browser', { tried: [error.message], fix: browserAdvice(process.platform) });
  }
  if (found !== null) log(`browser ${found.version}: found at ${found.path}`);
  return found?.path ?? null;
}

async function fetchBrowser(context) {
  const tried = ['the path, the usual places and the caches of puppeteer: no browser that starts'];
  for (const fetchFrom of [fetchWithPuppeteer, fetchWithApt]) {
    const failure = await fetchFrom(context);
    if (failure !== null) tried.push(failure);
    else {
      const fetched = lookForBrowser(context);
      if (fetched !== null) return fetched;
      tried.push(`${fetchFrom === fetchWithApt ? 'apt-get' : 'puppeteer'}: installed, but it does not start`);
    }
  }
  throw new SetupProblem('A browser', { tried, fix: browserAdvice(process.platform) });
}

async function fetchWithPuppeteer({ root, env, places, log, packagesReady }) {
  await packagesReady;
  const startMs = performance.now();
  log('browser: none found, trying the download of puppeteer (about 170 MB)');
  const cli = path.join(root, 'node_modules', '.bin', 'puppeteer');
  const result = await run(process.execPath, [cli, 'browsers', 'install', 'chrome'], {
    cwd: root,
    env: { ...env, PUPPETEER_CACHE_DIR: places.browsers },
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (!result.ok) return `puppeteer browsers install chrome: ${whyFailed(result.output)}`;
  log('browser: downloaded by puppeteer', startMs);
  return null;
}

async function fetchWithApt(context) {
  if (canUseApt(context.env)) return aptInstall(['chromium'], context);
  return 'apt-get install chromium: only done as root on Debian';
}
