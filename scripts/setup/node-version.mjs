import { SetupProblem } from './problem.mjs';
import { compareVersions } from './versions.mjs';

export const OLDEST_NODE = '20.19.0';

/**
 * @param {string} version such as `20.19.0`
 * @throws {SetupProblem} when it is too old
 */
export function requireNode(version) {
  if (compareVersions(version, OLDEST_NODE) >= 0) return;
  throw new SetupProblem('Node.js', {
    tried: [`the running one: it is ${version}, ${OLDEST_NODE} or newer is needed`],
    fix: 'Install Node.js 20.19, 22 or 24.',
  });
}
