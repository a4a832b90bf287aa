/** What every step of set-up is given. */
import { placesOf } from './places.mjs';

/**
 * @typedef {object} SetupContext
 * @property {string} root folder of the project
 * @property {NodeJS.ProcessEnv} env
 * @property {ReturnType<typeof placesOf>} places
 * @property {(line: string, sinceMs?: number) => void} log progress, with the seconds since `sinceMs`
 * @property {Promise<void>} packagesReady settles when node_modules is complete and will not be wiped
 */

/**
 * Progress as plain lines on stderr.
 * @param {string} line
 * @param {number} [sinceMs] of `performance.now()`
 */
export function logToStderr(line, sinceMs) {
  const seconds = sinceMs === undefined ? '' : ` (${((performance.now() - sinceMs) / 1000).toFixed(1)} s)`;
  process.stderr.write(`set-up: ${line}${seconds}\n`);
}
