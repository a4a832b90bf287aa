/** The TypeScript sources that become `dist/`, and the state of everything a build depends on. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../setup/digest.mjs';
import { listFiles } from '../setup/files.mjs';

const ENTRY_FILES = ['client.ts', 'worker.ts'];
const SOURCE_FOLDERS = ['commands', 'workflows', 'activities', 'lib', 'native', 'simulator'];
/** Read at run time from beside the module that names them, so they are copied as they are. */
const ASSET_ENDINGS = new Set(['.css', '.html', '.json', '.svg']);
/** Anything else that decides what a build yields. */
const BUILD_INPUTS = ['package.json', 'package-lock.json', 'scripts/build.mjs', 'scripts/build-plotly.mjs'];
const NOT_SOURCES = `simulator${path.sep}recorded${path.sep}`;

/**
 * Sources relative to `root`, sorted.
 * @param {string} root
 * @returns {{modules: string[], assets: string[]}} TypeScript modules, and files to copy
 */
export function listSources(root) {
  const entries = ENTRY_FILES.filter((file) => statSync(path.join(root, file), { throwIfNoEntry: false }));
  const files = SOURCE_FOLDERS.flatMap((folder) => listFiles(path.join(root, folder)))
    .map((file) => path.relative(root, file))
    .filter((file) => !file.startsWith(NOT_SOURCES));
  return {
    modules: [...entries, ...files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))],
    assets: files.filter((file) => ASSET_ENDINGS.has(path.extname(file))),
  };
}

/** @typedef {Record<string, {size: number, mtimeMs: number, sha256: string}>} InputStates */

/**
 * The state of every input. Files whose size and time are those of `known` are not read again.
 * @param {string} root
 * @param {InputStates} known
 * @returns {InputStates}
 */
export function readInputs(root, known) {
  const { modules, assets } = listSources(root);
  const buildFiles = listFiles(path.join(root, 'scripts', 'build')).map((file) => path.relative(root, file));
  /** @type {InputStates} */
  const states = {};
  for (const file of [...modules, ...assets, ...BUILD_INPUTS, ...buildFiles]) {
    const stat = statSync(path.join(root, file), { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const before = known[file];
    const same = before?.size === stat.size && before.mtimeMs === stat.mtimeMs;
    const sha256 = same ? before.sha256 : sha256Of(readFileSync(path.join(root, file)));
    states[file] = { size: stat.size, mtimeMs: stat.mtimeMs, sha256 };
  }
  return states;
}

/**
 * True when both hold the same files with the same contents, whatever their times.
 * @param {InputStates} left
 * @param {InputStates} right
 */
export function sameContents(left, right) {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => left[name].sha256 === right[name]?.sha256)
  );
}
