/** What killed processes leave in a store, and what was set aside. Files of others stay. */
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { GRACE_MS } from './collect-roots.js';
import { codeOf, filesBelow } from './durable.js';
import { isTemporaryName, PASSING_NAMES } from './own-names.js';
import type { Store } from './store.js';

/** Folders in which files are replaced, by way of a temporary name beside them. */
const REPLACED_IN = ['actions', 'live', 'marks', 'refs', 'runs'];

/** Temporary files of dead processes and what was set aside, each long enough ago. */
export async function oldLeftovers(
  { root }: Store,
  { nowMs, olderThanMs }: { nowMs: number; olderThanMs: number },
): Promise<string[]> {
  const old: string[] = [];
  const take = async (files: readonly string[], ageMs: number): Promise<void> => {
    for (const file of files) if (nowMs - (await stat(file)).mtimeMs >= ageMs) old.push(file);
  };
  await take(await passingFiles(root, 'tmp'), GRACE_MS);
  await take(await passingFiles(root, 'quarantine'), Math.max(olderThanMs, GRACE_MS));
  for (const folder of REPLACED_IN) {
    const files = await filesBelow(path.join(root, folder));
    await take(
      files.filter((file) => isTemporaryName(path.basename(file))),
      GRACE_MS,
    );
  }
  return old;
}

async function passingFiles(root: string, folder: 'tmp' | 'quarantine'): Promise<string[]> {
  const full = path.join(root, folder);
  const isOurs = (file: string): boolean =>
    PASSING_NAMES[folder].test(path.relative(full, file).split(path.sep)[0]!);
  return (await filesBelow(full)).filter(isOurs);
}

/** Deletes what a collection moved there; absent is fine. */
export async function emptyTrash(trash: string): Promise<void> {
  try {
    for (const name of await readdir(trash))
      if (PASSING_NAMES.trash.test(name)) await rm(path.join(trash, name), { recursive: true, force: true });
    await rmdir(trash);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  }
}
