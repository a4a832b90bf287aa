/** What runs did: one file a run. */
import { readdir, readFile, rename, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, replaceFile } from './durable.js';

export interface RunNode {
  /** The program that computes the node; its records lie under this name. */
  readonly stage: string;
  readonly key: string | null;
  /** hit, ran, failed or blocked. */
  readonly status: string;
  /** Why it ran, and the leaf behind that; null for a hit. */
  readonly reason: string | null;
  readonly cause: string | null;
  /** What a failed node failed with. */
  readonly error: string | null;
  /** Digests by the outputs' names. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface RunFile {
  readonly runId: string;
  readonly workflowId: string;
  readonly finishedAt: string;
  readonly status: string;
  readonly configDigest: string;
  readonly config: unknown;
  /** Digest of the stored plan. */
  readonly plan: string;
  /** Digest of the stored list of outputs where it was too long for the result; absent else. */
  readonly outputsRef?: string;
  readonly nodes: Readonly<Record<string, RunNode>>;
  readonly totals: unknown;
}

/** A run's file as it lies in the store. */
export interface StoredRun {
  readonly file: string;
  /** Order of runs; later runs have later ones, also where the clock was set back between them. */
  readonly writtenMs: number;
  /** Null where the file does not parse. */
  readonly run: RunFile | null;
}

export class Runs {
  private readonly folder: string;

  constructor(root: string) {
    this.folder = path.join(root, 'runs');
  }

  /** Writes a run's file; a later attempt of the same run replaces it. */
  async write(run: RunFile): Promise<void> {
    const [newest] = await this.files();
    const file = path.join(this.folder, `${run.runId}.json`);
    await replaceFile(file, `${JSON.stringify(run, null, 1)}\n`);
    const { mtimeMs } = await stat(file);
    if (newest === undefined || newest.file === file || mtimeMs > newest.writtenMs) return;
    // The clock was set back: the last run must stay the last.
    const laterS = newest.writtenMs / 1000 + 0.001;
    await utimes(file, laterS, laterS);
  }

  /** All runs, newest first; each is read when it is asked for. */
  async *newestFirst(): AsyncGenerator<StoredRun> {
    for (const { file, writtenMs } of await this.files()) yield { file, writtenMs, run: await readRun(file) };
  }

  /** How many runs there are. */
  async count(): Promise<number> {
    return (await this.files()).length;
  }

  /** Moves a run's file into `folder`. */
  async moveTo(file: string, folder: string): Promise<void> {
    await rename(file, path.join(folder, path.basename(file)));
  }

  private async files(): Promise<{ file: string; writtenMs: number }[]> {
    let names: string[];
    try {
      names = await readdir(this.folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
    const files = names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => {
        const file = path.join(this.folder, name);
        return { file, writtenMs: (await stat(file)).mtimeMs };
      });
    return (await Promise.all(files)).sort((left, right) => right.writtenMs - left.writtenMs);
  }
}

async function readRun(file: string): Promise<RunFile | null> {
  try {
    const run = JSON.parse(await readFile(file, 'utf8')) as RunFile | null;
    const isRun = typeof run?.runId === 'string' && typeof run.nodes === 'object' && run.nodes !== null;
    return isRun ? run : null;
  } catch (error) {
    if (codeOf(error) !== undefined) throw error;
    return null;
  }
}
