/** What set-up could not bring: what was tried, and what the user can do. */

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

/** The last lines of a command's output, as one line: enough to see why it failed. */
export function lastLines(text, count = 3) {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.slice(-count).join(' | ');
}
