/** Which installed packages, by lock-file integrity, stand behind a set of imported package names. */

/**
 * The packages reached from `names` by dependencies, resolved like Node does it in the lock file's tree.
 * Optional packages of other platforms are in the lock file too, so the answer is the same on every machine.
 * @param {{packages: Record<string, {version?: string, integrity?: string, dependencies?: object,
 *   optionalDependencies?: object, peerDependencies?: object, peerDependenciesMeta?: object}>}} lock
 * @param {Iterable<string>} names
 * @returns {string[]} sorted `name@version integrity`
 * @throws {Error} when a needed package is not in the lock file
 */
export function packageClosure(lock, names) {
  const reached = new Map();
  const open = [...names].map((name) => ({ name, from: '', optional: false }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const place = resolvePlace(lock.packages, next.name, next.from);
    if (place === null) {
      if (next.optional) continue;
      throw new Error(`package-lock.json has no ${next.name}, which ${next.from || 'the project'} imports`);
    }
    if (reached.has(place)) continue;
    const entry = lock.packages[place];
    reached.set(place, `${next.name}@${entry.version} ${entry.integrity}`);
    open.push(...dependenciesOf(entry, place));
  }
  return [...new Set(reached.values())].sort();
}

function dependenciesOf(entry, place) {
  const required = Object.keys(entry.dependencies ?? {});
  const optional = [
    ...Object.keys(entry.optionalDependencies ?? {}),
    ...Object.keys(entry.peerDependencies ?? {}),
  ];
  return [
    ...required.map((name) => ({ name, from: place, optional: false })),
    ...optional.map((name) => ({ name, from: place, optional: true })),
  ];
}

/** Node's rule: the nearest node_modules upwards. */
function resolvePlace(packages, name, from) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const place = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (at === '') return null;
  }
}

/**
 * `@scope/name` or `name` of an import such as `hyparquet/src/metadata.js`.
 * @param {string} specifier
 */
export function packageNameOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
