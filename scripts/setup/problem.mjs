/** What set-up could not bring: what was tried, and what the user can do. */

/** Some tools print pages. */
const LONGEST_REASON = 600;

/** A component that cannot be had. Collected, so that one run of set-up names all of them. */
export class SetupProblem extends Error {
  /**
   * @param {string} component such as `Temporal CLI`
   * @param {{tried: readonly string[], fix: string}} parts
   */
  constructor(component, { tried, fix }) {
    super(renderProblem(component, tried, fix));
    this.name = 'SetupProblem';
    this.component = component;
    this.tried = tried;
    this.fix = fix;
  }
}

function renderProblem(component, tried, fix) {
  return [`${component} cannot be had.`, ...tried.map((line) => `  tried: ${line}`), `  do:    ${fix}`].join(
    '\n',
  );
}

/**
 * Why a command failed, from its output, as one line: what it calls an error, and its last word. Stack frames
 * and hints where a log lies tell a user nothing.
 * @param {string} output
 */
export function whyFailed(output) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^at |complete log of this run/.test(line));
  const errors = lines.filter((line) => /\berror\b/i.test(line)).slice(0, 2);
  return [...new Set([...errors, ...lines.slice(-1)])].join(' | ').slice(0, LONGEST_REASON);
}
