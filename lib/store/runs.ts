/** What runs did: one file a run. */
import { readFile, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { namesOfFiles, replaceFile } from './durable.js';

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
  /** Where it lies: tells it from every other, and people where to look. */
  readonly place: string;
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
    // The id first: by that a torn file is told from one of others.
    const { runId, ...rest } = run;
    await replaceFile(file, `${JSON.stringify({ runId, ...rest }, null, 1)}\n`);
    const { mtimeMs } = await stat(file);
    if (newest === undefined || newest.file === file || mtimeMs > newest.writtenMs) return;
    // The clock was set back: the last run must stay the last.
    const laterS = newest.writtenMs / 1000 + 0.001;
    await utimes(file, laterS, laterS);
  }

  /** All runs, newest first; each is read when it is asked for. */
  async *newestFirst(): AsyncGenerator<StoredRun> {
    for (const { file, writtenMs } of await this.files()) {
      const run = await readRun(file);
      if (run !== 'foreign') yield { place: file, writtenMs, run };
    }
  }

  /** How many runs there are. */
  async count(): Promise<number> {
    return (await this.files()).length;
  }

  private async files(): Promise<{ file: string; writtenMs: number }[]> {
    const names = (await namesOfFiles(this.folder)).filter((name) => name.endsWith('.json'));
    const files = names.map(async (name) => {
      const file = path.join(this.folder, name);
      return { file, writtenMs: (await stat(file)).mtimeMs };
    });
    return (await Promise.all(files)).sort((left, right) => right.writtenMs - left.writtenMs);
  }
}

/** Every run begins so, however little of it is left; a file of others does not. */
const RUN_BEGINS = /^\s*\{\s*"runId"/;
const RUN_NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$/;

async function readRun(file: string): Promise<RunFile | 'foreign' | null> {
  const text = await readFile(file, 'utf8');
  try {
    const run = JSON.parse(text) as unknown;
    if (isRunFile(run)) return run;
  } catch {
    // Torn, or no JSON of ours.
  }
  return RUN_BEGINS.test(text) || RUN_NAME.test(path.basename(file)) ? null : 'foreign';
}

/** Whether a value is a run as {@link Runs.write} takes it, as far as anything relies on. */
export function isRunFile(value: unknown): value is RunFile {
  const run = value as Partial<RunFile> | null;
  if (typeof run !== 'object' || run === null || !isObject(run.nodes)) return false;
  const texts = [run.runId, run.workflowId, run.finishedAt, run.status, run.configDigest, run.plan];
  if (!texts.every((text) => typeof text === 'string')) return false;
  if (run.outputsRef !== undefined && typeof run.outputsRef !== 'string') return false;
  return Object.values(run.nodes).every(isRunNode);
}

function isRunNode(value: unknown): value is RunNode {
  const node = value as Partial<RunNode> | null;
  if (!isObject(node) || typeof node.stage !== 'string' || typeof node.status !== 'string') return false;
  return (node.key === null || typeof node.key === 'string') && isObject(node.outputs);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
