/** File operations that hold over a crash: flushed before they are named, named exclusively. */
import { mkdirSync } from 'node:fs';
import { link, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { SetupError } from '../errors.js';
import { temporaryBeside } from './own-names.js';

export { randomName } from './own-names.js';

/** Error code of a file operation. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** Flushes a file's or folder's bytes to the device. */
export async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder and those above it; there already is fine. Node's own recursive mkdir never returns in
 * file systems that refuse new folders with ENOENT, such as /proc.
 */
export function makeFolderSync(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    makeFolderSync(path.dirname(folder));
    mkdirUnlessThere(folder);
  }
}

/** {@link makeFolderSync} where a promise is wanted. */
export async function makeFolder(folder: string): Promise<void> {
  makeFolderSync(folder);
}

function mkdirUnlessThere(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Gives a flushed file a second name unless that name is taken; answers whether it took it. */
export async function linkExclusively(from: string, to: string): Promise<boolean> {
  if (!(await linkUnflushed(from, to))) return false;
  await flush(path.dirname(to));
  return true;
}

/** {@link linkExclusively} whose new name may be lost in a power cut until its folder is flushed. */
export async function linkUnflushed(from: string, to: string): Promise<boolean> {
  await makeFolder(path.dirname(to));
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Writes and flushes a new file; a disk that is full keeps no part of it. */
export async function writeFlushed(file: string, bytes: Buffer | string, mode = 0o644): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await unlink(file);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Replaces a file in one step: readers see the old bytes or the new ones. */
export async function replaceFile(file: string, bytes: Buffer | string): Promise<void> {
  await makeFolder(path.dirname(file));
  const temporary = temporaryBeside(file);
  try {
    await writeFlushed(temporary, bytes);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flush(path.dirname(file));
}

/** Removes a file; absent is fine. */
export async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Names in a folder; none where it is not there. @throws SetupError STORE_UNWRITABLE where a file has its name */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw codeOf(error) === 'ENOTDIR' ? folderTaken(folder, error) : error;
  }
}

/** To go on as if it held nothing would be to forget what it should hold. */
function folderTaken(folder: string, cause: unknown): SetupError {
  return new SetupError('STORE_UNWRITABLE', {
    what: `${folder} is a file, and the store has a folder of that name.`,
    fix: 'Move it elsewhere and try again.',
    details: { path: folder, code: 'ENOTDIR' },
    cause,
  });
}

/** Names of the regular files in a folder; none where it is not there, refused as {@link namesIn}. */
export async function namesOfFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw codeOf(error) === 'ENOTDIR' ? folderTaken(folder, error) : error;
  }
}

/** Full paths of all files below a folder, sorted; none where the folder is not there, refused as {@link namesIn}. */
export async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw codeOf(error) === 'ENOTDIR' ? folderTaken(folder, error) : error;
  }
}
