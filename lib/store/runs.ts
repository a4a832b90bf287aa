/** What runs did: one file a run. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, replaceFile } from './durable.js';

export interface RunNode {
  /** The program that computes the node; its records lie under this name. */
  readonly stage: string;
  readonly key: string | null;
  readonly status: string;
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
  readonly nodes: Readonly<Record<string, RunNode>>;
  readonly totals: unknown;
}

export class Runs {
  constructor(private readonly root: string) {}

  /** Writes a run's file; a later attempt of the same run replaces it. */
  async write(run: RunFile): Promise<void> {
    await replaceFile(path.join(this.root, 'runs', `${run.runId}.json`), `${JSON.stringify(run, null, 1)}\n`);
  }

  /** The newest runs, newest first; files that cannot be read are told by {@link broken}. */
  async newest(limit: number): Promise<RunFile[]> {
    const runs: RunFile[] = [];
    for (const file of await this.files()) {
      const run = await readRun(file);
      if (run !== null) runs.push(run);
      if (runs.length >= limit) break;
    }
    return runs;
  }

  /** How many runs there are. */
  async count(): Promise<number> {
    return (await this.files()).length;
  }

  /** Paths of run files that cannot be read. */
  async broken(): Promise<string[]> {
    const broken: string[] = [];
    for (const file of await this.files()) if ((await readRun(file)) === null) broken.push(file);
    return broken;
  }

  private async files(): Promise<string[]> {
    const folder = path.join(this.root, 'runs');
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
    const files = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .map(async (name) => ({ file: path.join(folder, name), ...(await stat(path.join(folder, name))) })),
    );
    return files.sort((left, right) => right.mtimeMs - left.mtimeMs).map(({ file }) => file);
  }
}

async function readRun(file: string): Promise<RunFile | null> {
  try {
    const run = JSON.parse(await readFile(file, 'utf8')) as RunFile;
    return typeof run.runId === 'string' && typeof run.nodes === 'object' ? run : null;
  } catch {
    return null;
  }
}
