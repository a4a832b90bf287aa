/** Leases: one computation of a key at a time. A courtesy; correctness rests on exclusive publishing. */
import { readdir, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, linkExclusively, randomName, removeFile, writeFlushed } from './durable.js';
import { isDeadHere, type ProcessIdentity } from './process-identity.js';

/** The attempt of an activity, in a process, that computes a key. */
export interface LeaseHolder extends ProcessIdentity {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
  readonly attempt: number;
}

export interface Lease {
  /** Tells that the holder lives; false when the lease was taken over. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

export type LeaseAnswer =
  | { readonly state: 'acquired'; readonly lease: Lease }
  | { readonly state: 'held'; readonly by: LeaseHolder };

export interface DeadLease {
  readonly key: string;
  readonly holder: LeaseHolder;
}

/** A lease that was not renewed for this long, three beats of ten seconds at the slowest, may be stolen. */
const STALE_MS = 30_000;

export class Leases {
  constructor(
    private readonly root: string,
    private readonly now: () => number,
  ) {}

  /** Takes the lease of a key, or tells who holds it. */
  async acquire(key: string, holder: LeaseHolder): Promise<LeaseAnswer> {
    const token = randomName();
    const temporary = path.join(this.root, 'tmp', `lease-${process.pid}-${token}`);
    await writeFlushed(temporary, JSON.stringify({ token, holder }));
    try {
      for (;;) {
        if (await linkExclusively(temporary, this.pathOf(key)))
          return { state: 'acquired', lease: this.lease(key, token) };
        const held = await this.readHeld(key);
        if (held === null) continue;
        if (!this.mayBeStolen(held, holder)) return { state: 'held', by: held.holder };
        await this.steal(key, held.token);
      }
    } finally {
      await unlink(temporary);
    }
  }

  /** Leases whose process, of this host, is dead. */
  async dead(): Promise<DeadLease[]> {
    const dead: DeadLease[] = [];
    for (const name of await this.names()) {
      const key = name.slice(0, -'.json'.length);
      const held = await this.readHeld(key);
      if (held !== null && isDeadHere(held.holder)) dead.push({ key, holder: held.holder });
    }
    return dead;
  }

  /** Removes a dead lease. */
  async drop({ key, holder }: DeadLease): Promise<void> {
    const held = await this.readHeld(key);
    if (held !== null && held.holder.pid === holder.pid && isDeadHere(held.holder))
      await this.steal(key, held.token);
  }

  private async names(): Promise<string[]> {
    try {
      return (await readdir(path.join(this.root, 'leases'))).filter((name) => name.endsWith('.json'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  private lease(key: string, token: string): Lease {
    const isOurs = async (): Promise<boolean> => (await this.readHeld(key))?.token === token;
    return {
      renew: async () => {
        if (!(await isOurs())) return false;
        const nowS = this.now() / 1000;
        await utimes(this.pathOf(key), nowS, nowS).catch(() => undefined);
        return true;
      },
      release: async () => {
        if (await isOurs()) await removeFile(this.pathOf(key));
      },
    };
  }

  private mayBeStolen(held: HeldLease, by: LeaseHolder): boolean {
    const { holder } = held;
    const sameActivity = holder.runId === by.runId && holder.activityId === by.activityId;
    if (sameActivity && holder.attempt < by.attempt) return true;
    return isDeadHere(holder) || this.now() - held.renewedMs > STALE_MS;
  }

  /** Only one of several thieves can rename the file; a lease that changed meanwhile is put back. */
  private async steal(key: string, token: string): Promise<void> {
    const loot = path.join(this.root, 'tmp', `stolen-${process.pid}-${randomName()}`);
    try {
      await rename(this.pathOf(key), loot);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    const taken = parseHeld(await readFile(loot, 'utf8'));
    if (taken !== null && taken.token !== token) await linkExclusively(loot, this.pathOf(key));
    await removeFile(loot);
  }

  private async readHeld(key: string): Promise<HeldLease | null> {
    const file = this.pathOf(key);
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
      const parsed = parseHeld(text);
      if (parsed !== null) return { ...parsed, renewedMs: mtimeMs };
      await removeFile(file);
      return null;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  private pathOf(key: string): string {
    return path.join(this.root, 'leases', `${key}.json`);
  }
}

interface HeldLease {
  readonly token: string;
  readonly holder: LeaseHolder;
  readonly renewedMs: number;
}

function parseHeld(text: string): Omit<HeldLease, 'renewedMs'> | null {
  try {
    const { token, holder } = JSON.parse(text) as HeldLease;
    return typeof token === 'string' && typeof holder?.pid === 'number' ? { token, holder } : null;
  } catch {
    return null;
  }
}
