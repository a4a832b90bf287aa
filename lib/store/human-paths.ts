/** Stored bytes under names that people use: hard links, or copies on another device. */
import { copyFile, link, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../errors.js';
import { codeOf, flush, makeFolder, removeFile } from './durable.js';
import { isLeftByDead, ownedName } from './own-names.js';

export interface LinkedFile {
  readonly relativePath: string;
  readonly digest: string;
}

/** Answers a local file with the bytes of a digest. */
type LocalFile = (digest: string) => Promise<string>;

/**
 * Makes `target` a folder of exactly these files: built aside, then swapped in.
 * @throws ConfigError PATH_UNWRITABLE
 */
export async function linkTree(
  localFile: LocalFile,
  files: readonly LinkedFile[],
  target: string,
): Promise<void> {
  await writing(target, async () => {
    const aside = besideTarget(target);
    try {
      await sweepLeftBeside(target);
      await makeFolder(aside);
      for (const { relativePath, digest } of files) {
        const file = path.join(aside, relativePath);
        await makeFolder(path.dirname(file));
        await linkOrCopy(await localFile(digest), file);
      }
      await swapIn(aside, target);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  });
}

/**
 * Makes `target` a file with these bytes.
 * @throws ConfigError PATH_UNWRITABLE
 */
export async function linkFile(localFile: LocalFile, digest: string, target: string): Promise<void> {
  await writing(target, async () => {
    await sweepLeftBeside(target);
    const aside = besideTarget(target);
    try {
      await linkOrCopy(await localFile(digest), aside);
      await rename(aside, target);
    } finally {
      // Renaming onto a link of the same file does nothing and leaves the other name.
      await removeFile(aside);
    }
  });
}

/** A passing name beside the target that tells whose it is. */
function besideTarget(target: string): string {
  return path.join(path.dirname(target), ownedName(`.${path.basename(target)}`));
}

/** Removes what processes left that were killed while they made this target. */
async function sweepLeftBeside(target: string): Promise<void> {
  const folder = path.dirname(target);
  await makeFolder(folder);
  for (const name of await readdir(folder)) {
    if (isLeftByDead(name, `.${path.basename(target)}`))
      await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
    await copyFile(from, to);
    await flush(to);
  }
}

async function swapIn(aside: string, target: string): Promise<void> {
  const old = besideTarget(target);
  try {
    await rename(target, old);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  await rename(aside, target);
  await rm(old, { recursive: true, force: true });
}

/** A folder of the user's that cannot be written is the user's to mend. */
async function writing(target: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const code = codeOf(cause);
    if (
      code === undefined ||
      !['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOSPC'].includes(code)
    )
      throw cause;
    throw new ConfigError('PATH_UNWRITABLE', {
      what: `${target} cannot be written: ${(cause as Error).message}.`,
      fix: 'Make the folder writable, or name another one in config.json; what was computed is in the store.',
      details: { path: target, code },
      cause,
    });
  }
}
