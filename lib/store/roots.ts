/** What must not be collected beside the newest runs: runs under a name, and runs that are going on. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../errors.js';
import { codeOf, removeFile, replaceFile } from './durable.js';

/** A run that is going on. */
export interface LiveRun {
  readonly runId: string;
  readonly workflowId: string;
  /** Digest of its stored plan. */
  readonly plan: string;
  readonly sinceMs: number;
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

  /** The runs that began and did not say that they ended. */
  async liveRuns(): Promise<LiveRun[]> {
    const texts = await this.texts('live');
    return texts.flatMap(({ text }) => {
      try {
        const run = JSON.parse(text) as Partial<LiveRun> | null;
        return typeof run?.plan === 'string' && typeof run.runId === 'string' ? [run as LiveRun] : [];
      } catch {
        return [];
      }
    });
  }

  /**
   * Gives a run a name that keeps it.
   * @throws ConfigError REF_INVALID
   */
  name(name: string, runId: string): Promise<void> {
    if (!REF_NAME.test(name)) {
      throw new ConfigError('REF_INVALID', {
        what: `"${name}" is no name for a run.`,
        fix: 'Use letters, digits, dots, dashes and underscores, at most 64.',
      });
    }
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
    let names: string[];
    try {
      names = await readdir(path.join(this.root, folder));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
    const wanted = names.filter((name) => REF_NAME.test(name)).sort();
    const texts = wanted.map(async (name) => ({
      name,
      text: await readFile(path.join(this.root, folder, name), 'utf8').catch((error: unknown) => {
        // Ended between listing and reading.
        if (codeOf(error) === 'ENOENT') return '';
        throw error;
      }),
    }));
    return (await Promise.all(texts)).filter(({ text }) => text !== '');
  }
}
