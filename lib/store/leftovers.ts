/** What killed processes leave in a store, and what was set aside. Files of others stay. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { GRACE_MS } from './collect-roots.js';
import { filesBelow } from './durable.js';
import { isTemporaryName, PASSING_NAMES } from './own-names.js';

/** Something that was set aside, for people to look at. */
export interface SetAside {
  readonly place: string;
  /** The key that gave other bytes a second time; null for bytes and records that were damaged. */
  readonly divergedKey: string | null;
}

/** How old leftovers are that a collection takes. */
export interface LeftoverAge {
  readonly nowMs: number;
  /** Of what was set aside. */
  readonly olderThanMs: number;
}

/** Folders in which files are replaced, by way of a temporary name beside them. */
const REPLACED_IN = ['actions', 'live', 'marks', 'refs', 'runs'];

/** Temporary files of dead processes and what was set aside, each long enough ago. */
export async function oldLeftovers(root: string, { nowMs, olderThanMs }: LeftoverAge): Promise<string[]> {
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

/** Everything that was set aside, damaged bytes and records and results that contradict stored ones. */
export async function* setAside(root: string): AsyncGenerator<SetAside> {
  for (const file of await filesBelow(path.join(root, 'quarantine'))) {
    const name = path.basename(file);
    if (name.endsWith('.txt')) continue;
    yield { place: file, divergedKey: /^divergence-([0-9a-f]{64})/.exec(name)?.[1] ?? null };
  }
}
