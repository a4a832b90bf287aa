import { readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * All files below a folder, sorted, as absolute paths; none where there is no such folder.
 * @param {string} folder
 * @returns {string[]}
 */
export function listFiles(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
