/** Remembers which files the last set-up found healthy, so that the next one only looks at their stats. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileIdentity, fileSha256 } from './digest.mjs';

const LAYOUT = 1;

/**
 * @typedef {{place: string, identity: object, wanted: string, sha256: string}} StampedFile `wanted` is what
 * decided the choice (pinned version, environment variable): another wish means another look
 * @typedef {{layout: number, root: string, files: Record<string, StampedFile>}} Stamp
 */

/**
 * The stamp of the checkout at `root`. Empty where there is none, or a damaged one, or one of another layout or
 * of a checkout that this one was copied from: everything is then checked.
 * @param {string} file
 * @param {string} root
 * @returns {Stamp}
 */
export function readStamp(file, root) {
  try {
    const stamp = JSON.parse(readFileSync(file, 'utf8'));
    if (stamp.layout === LAYOUT && stamp.root === root && typeof stamp.files === 'object') return stamp;
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
  return { layout: LAYOUT, root, files: {} };
}

/**
 * Writes JSON in one step, by way of a partial file.
 * @param {string} file
 * @param {unknown} content
 */
export function writeJson(file, content) {
  const partial = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(partial, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(partial, file);
}

/**
 * What is remembered of a file that is healthy now.
 * @param {string} place
 * @param {string} wanted
 * @returns {Promise<StampedFile>}
 */
export async function stampFile(place, wanted) {
  const identity = fileIdentity(place);
  if (identity === null) throw new Error(`${place} vanished during set-up. Run it again.`);
  return { place, identity, wanted, sha256: await fileSha256(place) };
}

/**
 * True when the file is the one that was found healthy, and the wish is the same.
 * @param {StampedFile | undefined} stamped
 * @param {string} wanted
 */
export function isUnchanged(stamped, wanted) {
  if (stamped === undefined || stamped.wanted !== wanted) return false;
  return JSON.stringify(fileIdentity(stamped.place)) === JSON.stringify(stamped.identity);
}
