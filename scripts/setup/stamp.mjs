/** Remembers which files the last set-up found healthy, so that the next one only looks at their stats. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileIdentity } from './digest.mjs';

const LAYOUT = 1;

/**
 * @typedef {{place: string, identity: object, wanted: string}} StampedFile `wanted` is what decided the choice
 * (pinned version, environment variable): another wish means another look
 * @typedef {{layout: number, files: Record<string, StampedFile>}} Stamp
 */

/**
 * The stamp, empty where there is none, or one of another layout, or a damaged one: everything is then checked.
 * @param {string} file
 * @returns {Stamp}
 */
export function readStamp(file) {
  try {
    const stamp = JSON.parse(readFileSync(file, 'utf8'));
    if (stamp.layout === LAYOUT && typeof stamp.files === 'object' && stamp.files !== null) return stamp;
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
  return { layout: LAYOUT, files: {} };
}

/**
 * Writes the stamp in one step, by way of a partial file.
 * @param {string} file
 * @param {Stamp} stamp
 */
export function writeStamp(file, stamp) {
  const partial = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(partial, JSON.stringify(stamp, null, 2));
  renameSync(partial, file);
}

/**
 * What is remembered of a file that is healthy now.
 * @param {string} place
 * @param {string} wanted
 * @returns {StampedFile}
 */
export function stampFile(place, wanted) {
  const identity = fileIdentity(place);
  if (identity === null) throw new Error(`${place} vanished during set-up. Run it again.`);
  return { place, identity, wanted };
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
