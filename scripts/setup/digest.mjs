import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * sha256 of a file's bytes as hex, streamed.
 * @param {string} file
 * @returns {Promise<string>}
 */
export async function fileSha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * sha256 of a text or of bytes as hex.
 * @param {string | Buffer} content
 */
export function sha256Of(content) {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * What tells without reading whether a file may have changed: any write moves one of them, a copy of the
 * checkout moves the last, so that everything is looked at once more there. Null where there is no such file.
 * @param {string} file
 */
export function fileIdentity(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return null;
  return { size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs };
}
