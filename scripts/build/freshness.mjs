/** Whether `dist/` is the build of the sources as they are now. Node's own modules only, a few ms. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '../setup/stamp.mjs';
import { readInputs, sameContents } from './sources.mjs';

const LAYOUT = 1;
const REPORT_ASSETS = ['build/plotly.min.js', 'build/report-fonts.css'];

/**
 * @typedef {{layout: number, inputs: import('./sources.mjs').InputStates, outputs: string[], workflows: string}}
 * BuildRecord
 */

const recordFile = (root) => path.join(root, 'dist', 'build.json');

/**
 * The record of the last complete build, or null.
 * @param {string} root
 * @returns {BuildRecord | null}
 */
export function readBuildRecord(root) {
  try {
    const record = JSON.parse(readFileSync(recordFile(root), 'utf8'));
    return record.layout === LAYOUT ? record : null;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Written last: without it a build that was interrupted is done again. */
export function writeBuildRecord(root, record) {
  writeJson(recordFile(root), { layout: LAYOUT, ...record });
}

/** @param {string} root */
export function dropBuildRecord(root) {
  rmSync(recordFile(root), { force: true });
}

/**
 * True when every source has the content that was built and every output is there. A source that was only
 * touched is read once and remembered.
 * @param {string} root
 */
export function isBuildFresh(root) {
  const record = readBuildRecord(root);
  if (record === null) return false;
  const outputs = [...record.outputs.map((file) => path.join('dist', file)), ...REPORT_ASSETS];
  if (!outputs.every((file) => existsSync(path.join(root, file)))) return false;
  const inputs = readInputs(root, record.inputs);
  if (!sameContents(inputs, record.inputs)) return false;
  const touched = Object.entries(inputs).some(
    ([file, { mtimeMs }]) => record.inputs[file].mtimeMs !== mtimeMs,
  );
  if (touched) writeBuildRecord(root, { ...record, inputs });
  return true;
}
