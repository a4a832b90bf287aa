/** What must not be collected beside the newest runs: runs under a name, and runs that are going on. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, StoreIntegrityError } from '../errors.js';
import { isDigest } from './blobs.js';
import { codeOf, namesOfFiles, removeFile, replaceFile } from './durable.js';

/** A run that is going on. */
export interface LiveRun {
  readonly runId: string;
  readonly workflowId: string;
  /** Digest of its stored plan. */
  readonly plan: string;
  readonly sinceMs: number;
}

/** A run that did not say that it ended, as it is listed. */
export interface StoredLiveRun extends LiveRun {
  /** Where it says so, for people. */
  readonly place: string;
}

const REF_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export class Roots {
  constructor(private readonly root: string) {}

  /** Says that a run is going on, before it reads what it found. */
  beginRun(run: LiveRun): Promise<void> {
    return replaceFile(this.livePath(run.runId), `${JSON.stringify(run)}\n`);
  }

  /** Says that it ended; absent is fine. */
  endRun(runId: string): Promise<void> {
    return removeFile(this.livePath(runId));
  }

  /**
   * The runs that began and did not say that they ended.
   * @throws StoreIntegrityError RUN_UNREADABLE where what one needs is not known
   */
  async liveRuns(): Promise<StoredLiveRun[]> {
    const texts = (await this.texts('live')).filter(({ name }) => name.endsWith('.json'));
    return texts.flatMap(({ name, text }) => parseLive(path.join(this.root, 'live', name), text) ?? []);
  }

  /**
   * Gives a run a name that keeps it.
   * @throws ConfigError REF_INVALID
   */
  name(name: string, runId: string): Promise<void> {
    checkRefName(name);
    return replaceFile(path.join(this.root, 'refs', name), `${runId}\n`);
  }

  /** Takes a name back; absent is fine. */
  unname(name: string): Promise<void> {
    return REF_NAME.test(name) ? removeFile(path.join(this.root, 'refs', name)) : Promise.resolve();
  }

  /** Names and the runs they keep. */
  async names(): Promise<Map<string, string>> {
    return new Map((await this.texts('refs')).map(({ name, text }) => [name, text.trim()]));
  }

  private livePath(runId: string): string {
    return path.join(this.root, 'live', `${path.basename(runId)}.json`);
  }

  private async texts(folder: string): Promise<{ name: string; text: string }[]> {
    const names = await namesOfFiles(path.join(this.root, folder));
    const wanted = names.filter((name) => REF_NAME.test(name)).sort();
    const texts = wanted.map(async (name) => ({
      name,
      text: await readFile(path.join(this.root, folder, name), 'utf8').catch((error: unknown) => {
        // Ended between listing and reading.
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      }),
    }));
    return (await Promise.all(texts)).flatMap(({ name, text }) => (text === null ? [] : { name, text }));
  }
}

/** Refuses what is no name for a run. @throws ConfigError REF_INVALID */
export function checkRefName(name: string): void {
  if (REF_NAME.test(name)) return;
  throw new ConfigError('REF_INVALID', {
    what: `"${name}" is no name for a run.`,
    fix: 'Use letters, digits, dots, dashes and underscores, at most 64.',
  });
}

/** The run in a text of `live/`; null where it is somebody else's. */
export function parseLive(file: string, text: string): StoredLiveRun | null {
  try {
    const run = JSON.parse(text) as Partial<LiveRun> | null;
    if (typeof run?.runId !== 'string' && typeof run?.plan !== 'string') return null;
    const { runId, workflowId, plan, sinceMs } = run;
    if (typeof runId === 'string' && typeof workflowId === 'string' && isDigest(plan))
      return { runId, workflowId, plan, sinceMs: typeof sinceMs === 'number' ? sinceMs : 0, place: file };
  } catch {
    // Torn.
  }
  throw liveUnreadable(`${file} cannot be read`, file);
}

/** Nothing may be collected under a run whose needs are not known. */
export function liveUnreadable(what: string, place: string): StoreIntegrityError {
  return new StoreIntegrityError('RUN_UNREADABLE', {
    what: `Nothing was collected: ${what}, so what the run that goes on needs is not known.`,
    fix: `Wait for the end of that run; where it ended already, remove ${place} and collect again.`,
    details: { files: [place] },
  });
}
