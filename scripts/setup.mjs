/**
 * Set-up: npm packages, Temporal CLI, LightGBM, browser, addon, build. Idempotent; `npm run setup` by hand, and
 * called by the demo, the tests and the command line. Loads nothing that an old Node.js could not parse before
 * it has looked at its version.
 */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { logToStderr } from './setup/context.mjs';
import { requireNode } from './setup/node-version.mjs';

/**
 * Sets up what is missing.
 * @param {{root: string, env?: NodeJS.ProcessEnv, log?: (line: string, sinceMs?: number) => void}} options
 * @returns {Promise<void>}
 * @throws {Error} whose message says what was tried and what to do
 */
export async function setup({ root, env = process.env, log = logToStderr }) {
  requireNode(process.versions.node);
  const { setUp } = await import('./setup/set-up.mjs');
  await setUp({ root, env, log });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const startMs = performance.now();
  try {
    await setup({ root: path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..') });
    logToStderr('ready', startMs);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
