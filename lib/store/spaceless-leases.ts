/**
 * Leases that need no space, for what must work on a full device: all that one says is in its name, and the file
 * is another link of one that is there already. Who takes one gives the name first and looks for others then, so
 * that of two at once at least one sees the other; both may.
 */
import { link, rename } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, makeFolder, namesOfFiles, removeFile } from './durable.js';
import { isLeftByDead, ownedName, ownerOf } from './own-names.js';
import type { ProcessIdentity } from './process-identity.js';

/** A lease as its name says it. */
export interface SpacelessLease {
  readonly name: string;
  readonly owner: ProcessIdentity;
  readonly renewedMs: number;
}

/** A handle on a lease of one's own. */
export interface OwnSpacelessLease {
  readonly name: () => string;
  /** False where it was taken over. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

export class SpacelessLeases {
  private readonly folder: string;

  constructor(
    private readonly root: string,
    private readonly now: () => number,
  ) {
    this.folder = path.join(root, 'leases');
  }

  /** Says that this process holds a key; who asks {@link others} next knows whether it does so alone. */
  async claim(key: string): Promise<OwnSpacelessLease> {
    const head = ownedName(headOf(key));
    const named = (): string => `${head}~${Math.round(this.now())}`;
    const at = (name: string): string => path.join(this.folder, name);
    let name = named();
    await makeFolder(this.folder);
    await link(path.join(this.root, 'FORMAT'), at(name));
    return {
      name: () => name,
      renew: async () => {
        const next = named();
        try {
          await rename(at(name), at(next));
        } catch (error) {
          if (codeOf(error) === 'ENOENT') return false;
          throw error;
        }
        name = next;
        return true;
      },
      release: () => removeFile(at(name)),
    };
  }

  /** Who holds a key besides `own`; what dead processes left, or `isStale` says so of, is removed. */
  async other(
    key: string,
    own: string | null,
    isStale: (renewedMs: number) => boolean,
  ): Promise<SpacelessLease | null> {
    const head = headOf(key);
    let found: SpacelessLease | null = null;
    for (const name of await namesOfFiles(this.folder)) {
      const owner = name.startsWith(`${head}~`) ? ownerOf(name, head) : null;
      if (owner === null || name === own) continue;
      const renewedMs = Number(name.split('~').at(-1));
      if (isLeftByDead(name, head) || isStale(renewedMs)) await removeFile(path.join(this.folder, name));
      else found = { name, owner, renewedMs };
    }
    return found;
  }
}

function headOf(key: string): string {
  return `${key}.spaceless`;
}
