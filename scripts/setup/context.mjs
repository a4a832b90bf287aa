/** What every step of set-up is given, and what it has to offer. */

/**
 * @typedef {object} SetupContext
 * @property {string} root folder of the project
 * @property {NodeJS.ProcessEnv} env
 * @property {ReturnType<typeof import('./places.mjs').placesOf>} places
 * @property {(line: string, sinceMs?: number) => void} log progress, with the seconds since `sinceMs`
 * @property {import('./stamp.mjs').Stamp} stamped what the last set-up found healthy
 * @property {Promise<void>} packagesReady settles when node_modules is complete and will not be wiped
 */

/**
 * A component that is one file. Set-up asks `find`, then `fetch` where that gave null, then `check`.
 * @typedef {object} SetupStep
 * @property {string} name
 * @property {(env: NodeJS.ProcessEnv, root: string) => string} wanted what decides which file is the right one
 * @property {(context: SetupContext) => Promise<string | null>} find place of a healthy one that is there
 * @property {(context: SetupContext) => Promise<string>} fetch gets one
 * @property {(place: string, context: SetupContext) => Promise<void>} [check] sees that it works here
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
