/** Sets up what is missing, the independent parts at once; looks at stats only when nothing is. */
import { isBuildFresh } from '../build/freshness.mjs';
import { buildProject } from '../build.mjs';
import { addonStep } from './addon.mjs';
import { browserStep } from './browser.mjs';
import { lightgbmStep } from './lightgbm.mjs';
import { withLock } from './lock.mjs';
import { bringCacheBack, installPackages, packagesDiffer } from './npm-packages.mjs';
import { placesOf } from './places.mjs';
import { isUnchanged, readStamp, stampFile, writeJson } from './stamp.mjs';
import { temporalStep } from './temporal-cli.mjs';

const STEPS = [temporalStep, lightgbmStep, browserStep, addonStep];

/**
 * Sets up the project; does nothing, in well under a second, when all is there.
 * @param {{root: string, env: NodeJS.ProcessEnv, log: (line: string, sinceMs?: number) => void}} options
 * @returns {Promise<void>}
 * @throws {Error} that names everything that could not be had
 */
export async function setUp({ root, env, log }) {
  const places = placesOf(root);
  if (isComplete(root, env, places)) return;
  await withLock(places.lock, log, async () => {
    bringCacheBack(places);
    if (isComplete(root, env, places)) return;
    const startMs = performance.now();
    await complete({ root, env, places, log, stamped: readStamp(places.stamp, root) });
    log('everything is in place', startMs);
  });
}

/** @returns {boolean} true when nothing has to be done */
function isComplete(root, env, places) {
  if (packagesDiffer(root) !== null) return false;
  const { files } = readStamp(places.stamp, root);
  return STEPS.every(({ name, wanted }) => isUnchanged(files[name], wanted(env, root))) && isBuildFresh(root);
}

async function complete(start) {
  const { root, env, log, stamped } = start;
  // Taken before the work: a source edited meanwhile makes the result stale, not fresh.
  const wishes = STEPS.map((step) => ({ ...step, wish: step.wanted(env, root) }));
  const stale = wishes.filter(({ name, wish }) => !isUnchanged(stamped.files[name], wish));
  // Before npm may move the folder in which two of them are looked for.
  const found = await Promise.allSettled(stale.map((step) => step.find(start)));
  const packagesReady = bringPackages(start);
  const context = { ...start, packagesReady };
  const parts = [
    packagesReady,
    packagesReady.then(() => buildProject({ root, log })),
    ...stale.map((step, index) => finishStep(step, found[index], context)),
  ];
  const outcomes = await Promise.allSettled(parts);
  await rememberHealthy(start, stale, outcomes.slice(2));
  throwFailures(outcomes);
}

async function bringPackages(context) {
  const difference = packagesDiffer(context.root);
  if (difference === null) return;
  const startMs = performance.now();
  context.log(`npm packages: ${difference}, running npm ci`);
  await installPackages(context);
  context.log('npm packages: installed', startMs);
}

async function finishStep(step, found, context) {
  if (found.status === 'rejected') throw found.reason;
  const place = found.value ?? (await step.fetch(context));
  await context.packagesReady;
  await step.check?.(place, context);
  return place;
}

/** What is healthy is remembered also when another part failed: the next run does only that one again. */
async function rememberHealthy({ places, stamped }, steps, outcomes) {
  const files = { ...stamped.files };
  for (const [index, { name, wish }] of steps.entries()) {
    const outcome = outcomes[index];
    if (outcome.status === 'fulfilled') files[name] = await stampFile(outcome.value, wish);
    else delete files[name];
  }
  writeJson(places.stamp, { ...stamped, files });
}

/** All that went wrong in one message; packages that failed also fail what waited for them, told once. */
function throwFailures(outcomes) {
  const reasons = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  const [first, ...others] = new Set(reasons);
  if (others.length > 0) throw new Error([first, ...others].map(({ message }) => message).join('\n'));
  if (first !== undefined) throw first;
}
