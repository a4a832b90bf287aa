/** Leases: one computation of a key at a time. A courtesy; correctness rests on exclusive publishing. */
import { readFile, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, linkExclusively, namesIn, randomName, removeFile, writeFlushed } from './durable.js';
import { isDeadHere, thisProcess, type ProcessIdentity } from './process-identity.js';
import { SpacelessLeases } from './spaceless-leases.js';
import { isFull } from './unwritable.js';

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

export interface LeaseOptions {
  /** Take it also where there is no space left for its file. */
  readonly evenWhenFull?: boolean;
}

export interface DeadLease {
  readonly key: string;
  readonly holder: LeaseHolder;
}

/** A lease that was not renewed for this long, three beats of ten seconds at the slowest, may be stolen. */
const STALE_MS = 30_000;

/**
 * A lease is a file `<key>.<generation>.json`; the highest generation counts. A thief makes the next
 * generation, which only one can, so that a live lease is never moved or removed by anyone but its holder.
 */
export class Leases {
  private readonly spaceless: SpacelessLeases;

  constructor(
    private readonly root: string,
    private readonly now: () => number,
  ) {
    this.spaceless = new SpacelessLeases(root, now);
  }

  /** Takes the lease of a key, or tells who holds it. */
  async acquire(
    key: string,
    holder: LeaseHolder,
    { evenWhenFull = false }: LeaseOptions = {},
  ): Promise<LeaseAnswer> {
    try {
      const answer = await this.acquireFile(key, holder);
      const other = answer.state === 'acquired' ? await this.spacelessHolder(key, null) : null;
      if (answer.state === 'held' || other === null) return answer;
      await answer.lease.release();
      return { state: 'held', by: other };
    } catch (error) {
      if (!evenWhenFull || !isFull(error)) throw error;
      return this.acquireSpaceless(key, holder);
    }
  }

  private async acquireSpaceless(key: string, holder: LeaseHolder): Promise<LeaseAnswer> {
    const lease = await this.spaceless.claim(key);
    const held = await this.current(key);
    const isHeld = held !== null && !this.mayBeStolen(held, holder);
    const by = isHeld ? held.holder : await this.spacelessHolder(key, lease.name());
    if (by === null) return { state: 'acquired', lease };
    await lease.release();
    return { state: 'held', by };
  }

  /** Who holds a key without a file of its own, as far as a name tells. */
  private async spacelessHolder(key: string, own: string | null): Promise<LeaseHolder | null> {
    const found = await this.spaceless.other(key, own, (renewedMs) => this.isStale(renewedMs));
    return found === null ? null : { ...NOBODY, ...found.owner };
  }

  private async acquireFile(key: string, holder: LeaseHolder): Promise<LeaseAnswer> {
    const token = randomName();
    const temporary = path.join(this.root, 'tmp', `lease-${process.pid}-${token}`);
    await writeFlushed(temporary, JSON.stringify({ token, holder }));
    try {
      for (;;) {
        const held = await this.current(key);
        if (held !== null && !this.mayBeStolen(held, holder)) return { state: 'held', by: held.holder };
        const generation = (held?.generation ?? 0) + 1;
        if (!(await linkExclusively(temporary, this.pathOf(key, generation)))) continue;
        if (held !== null && (await this.wasReplaced(key, held))) {
          await removeFile(this.pathOf(key, generation));
          continue;
        }
        await this.removeBefore(key, generation);
        return { state: 'acquired', lease: this.lease(key, generation, token) };
      }
    } finally {
      await unlink(temporary);
    }
  }

  /** Leases whose process, of this host, is dead. */
  async dead(): Promise<DeadLease[]> {
    const keys = [...new Set((await this.names()).map(({ key }) => key))];
    const held = await Promise.all(keys.map(async (key) => ({ key, held: await this.current(key) })));
    return held.flatMap(({ key, held: lease }) =>
      lease !== null && isDeadHere(lease.holder) ? [{ key, holder: lease.holder }] : [],
    );
  }

  /** Removes a dead lease; one that was taken over meanwhile stays. */
  async drop({ key }: DeadLease): Promise<void> {
    const held = await this.current(key);
    if (held !== null && isDeadHere(held.holder)) await this.remove(key, held.generation);
  }

  /** A folder of that name is somebody else's and stays; it holds nothing up. */
  private async remove(key: string, generation: number): Promise<void> {
    const file = this.pathOf(key, generation);
    await removeFile(file).catch(async (error: unknown) => {
      if (!(await stat(file)).isDirectory()) throw error;
    });
  }

  private lease(key: string, generation: number, token: string): Lease {
    const isOurs = async (): Promise<boolean> => (await this.current(key))?.token === token;
    return {
      renew: async () => {
        if (!(await isOurs())) return false;
        const nowS = this.now() / 1000;
        await utimes(this.pathOf(key, generation), nowS, nowS).catch(() => undefined);
        return true;
      },
      release: async () => {
        if (await isOurs()) await removeFile(this.pathOf(key, generation));
      },
    };
  }

  private mayBeStolen(held: HeldLease, by: LeaseHolder): boolean {
    const { holder } = held;
    const sameActivity = holder.runId === by.runId && holder.activityId === by.activityId;
    if (sameActivity && holder.attempt < by.attempt) return true;
    return isDeadHere(holder) || this.isStale(held.renewedMs);
  }

  /** A time stamp far ahead was not renewed since the clock was set back. */
  private isStale(renewedMs: number): boolean {
    return !(Math.abs(this.now() - renewedMs) <= STALE_MS);
  }

  /** The lease that counts; one that cannot be read counts as dead. */
  private async current(key: string): Promise<HeldLease | null> {
    const generations = (await this.names())
      .filter((name) => name.key === key)
      .map(({ generation }) => generation);
    if (generations.length === 0) return null;
    const generation = Math.max(...generations);
    const file = this.pathOf(key, generation);
    try {
      const [text, { mtimeMs }] = await Promise.all([readLease(file), stat(file)]);
      return { ...parseHeld(text), generation, renewedMs: mtimeMs };
    } catch (error) {
      // Released between listing and reading: look again.
      if (codeOf(error) === 'ENOENT') return this.current(key);
      throw error;
    }
  }

  /** True where the generation that was judged ended meanwhile and another lease stands in its place. */
  private async wasReplaced(key: string, judged: HeldLease): Promise<boolean> {
    try {
      return parseHeld(await readLease(this.pathOf(key, judged.generation))).token !== judged.token;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  private async removeBefore(key: string, generation: number): Promise<void> {
    for (const name of await this.names()) {
      if (name.key === key && name.generation < generation) await this.remove(key, name.generation);
    }
  }

  private async names(): Promise<{ key: string; generation: number }[]> {
    const names = await namesIn(path.join(this.root, 'leases'));
    return names.flatMap((name) => {
      const [, key, generation] = /^(.+)\.(\d+)\.json$/.exec(name) ?? [];
      return key === undefined ? [] : [{ key, generation: Number(generation) }];
    });
  }

  private pathOf(key: string, generation: number): string {
    return path.join(this.root, 'leases', `${key}.${generation}.json`);
  }
}

interface HeldLease {
  readonly token: string;
  readonly holder: LeaseHolder;
  readonly generation: number;
  readonly renewedMs: number;
}

/** A torn lease is nobody's: a holder that never lived. */
const NOBODY: LeaseHolder = {
  ...thisProcess(),
  pidStart: 'torn',
  workflowId: '',
  runId: '',
  activityId: '',
  attempt: 0,
};

/** The text of a lease; none where a folder has its name. */
async function readLease(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'EISDIR') return '';
    throw error;
  }
}

function parseHeld(text: string): Pick<HeldLease, 'token' | 'holder'> {
  try {
    const { token, holder } = JSON.parse(text) as HeldLease;
    if (typeof token === 'string' && typeof holder?.pid === 'number') return { token, holder };
  } catch {
    // Falls through to nobody.
  }
  return { token: '', holder: NOBODY };
}
