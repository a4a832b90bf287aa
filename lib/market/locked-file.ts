/** A small JSON file that several processes and threads change one at a time. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { SetupError } from '../errors.js';
import { pause } from './http.js';

/** The critical section takes well under a millisecond; a lock seen this long belongs to a process that was stopped. */
const STALE_MS = 5000;
const LOOK_AGAIN_MS = 3;
/** Coarser than any file system's clock. */
const SETTLED_MS = 3000;

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly token: string;
}

/** True when `pid` ran on this host and is gone; another host's processes cannot be judged. */
export function isGone(host: string, pid: number): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

export interface LockedFileOptions<T> {
  readonly initial: () => T;
  /** Whether a content must outlast a power cut; others may be lost in one, with what was there before them. */
  readonly mustLast: (content: T) => boolean;
}

/**
 * The file is replaced as a whole under a lock file beside it, so a reader sees the old or the new
 * content, and a process killed at any point leaves one of the two; its lock is stolen.
 */
export class LockedFile<T> {
  private readonly lockPath: string;
  private seen: { readonly version: string; readonly content: T } | null = null;

  /** Makes the folder. @throws SetupError BUDGET_FOLDER_REFUSED when it cannot be written */
  constructor(
    private readonly path: string,
    private readonly options: LockedFileOptions<T>,
  ) {
    this.lockPath = `${path}.lock`;
    this.refusable(() => fs.mkdirSync(folderOf(path), { recursive: true }));
  }

  /** The content without waiting for a lock; the initial value where there is none or it is unreadable. */
  read(): T {
    try {
      return { ...this.options.initial(), ...(JSON.parse(fs.readFileSync(this.path, 'utf8')) as Partial<T>) };
    } catch {
      // Power lost in the middle of the first write: what it held is older than the boot.
      return this.options.initial();
    }
  }

  /**
   * The content as {@link read} answers it; a file that is as it was when last looked at is not read again. For
   * thousands of looks at a file that seldom changes.
   */
  peek(): T {
    const stat = this.refusable(() => fs.statSync(this.path, { throwIfNoEntry: false }));
    if (stat === undefined) return this.options.initial();
    const version = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (this.seen?.version === version) return this.seen.content;
    const content = this.read();
    // A file changed a moment ago may be changed once more under the same time.
    this.seen = Date.now() - stat.mtimeMs > SETTLED_MS ? { version, content } : null;
    return content;
  }

  /**
   * Replaces the content by what `change` makes of it and answers what `change` answers; the very content it was
   * given leaves the file alone.
   */
  async update<R>(change: (content: T) => { next: T; result: R }, signal?: AbortSignal): Promise<R> {
    const token = await this.lock(signal);
    try {
      const content = this.read();
      const { next, result } = change(content);
      if (next !== content) this.replace(next, `${this.path}.${token}`);
      return result;
    } finally {
      this.unlock(token);
    }
  }

  private replace(content: T, temporary: string): void {
    const flush = this.options.mustLast(content);
    fs.writeFileSync(temporary, JSON.stringify(content), { flush });
    fs.renameSync(temporary, this.path);
    if (flush) flushFolder(folderOf(this.path));
  }

  private async lock(signal?: AbortSignal): Promise<string> {
    const own: Holder = { host: hostname(), pid: process.pid, token: randomUUID() };
    let seen = { token: '', sinceMs: performance.now() };
    for (;;) {
      if (this.refusable(() => this.tryLock(own))) return own.token;
      const holder = readHolder(this.lockPath);
      const token = holder?.token ?? '';
      if (token !== seen.token) seen = { token, sinceMs: performance.now() };
      // By how long we saw it, not by the file's time: clocks are set, and a laptop sleeps.
      const stale = performance.now() - seen.sinceMs > STALE_MS;
      if (stale || (holder !== null && isGone(holder.host, holder.pid))) this.steal(token);
      await pause(LOOK_AGAIN_MS, signal);
    }
  }

  private tryLock(holder: Holder): boolean {
    try {
      fs.writeFileSync(this.lockPath, JSON.stringify(holder), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  private unlock(token: string): void {
    if (readHolder(this.lockPath)?.token === token) fs.rmSync(this.lockPath, { force: true });
  }

  /** Takes away the lock of `token`: renamed first, so that of two thieves only one succeeds. */
  private steal(token: string): void {
    if ((readHolder(this.lockPath)?.token ?? '') !== token) return;
    const loot = `${this.lockPath}.${randomUUID()}`;
    try {
      fs.renameSync(this.lockPath, loot);
      // Another thief was faster and someone holds a new lock: it is put back.
      if ((readHolder(loot)?.token ?? '') !== token) fs.linkSync(loot, this.lockPath);
      fs.rmSync(loot, { force: true });
    } catch (error) {
      if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  private refusable<R>(action: () => R): R {
    try {
      return action();
    } catch (error) {
      throw new SetupError('BUDGET_FOLDER_REFUSED', {
        what: `The folder of the request budgets cannot be written: ${(error as Error).message}.`,
        fix: `Make ${folderOf(this.path)} writable for this user.`,
        details: { path: this.path },
        cause: error,
      });
    }
  }
}

/** Its names outlast a power cut. */
function flushFolder(folder: string): void {
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function folderOf(file: string): string {
  return path.dirname(file);
}

function readHolder(lockPath: string): Holder | null {
  try {
    return JSON.parse(fs.readFileSync(lockPath, 'utf8')) as Holder;
  } catch {
    // Gone, or being written at this moment: how long that lasts decides.
    return null;
  }
}
