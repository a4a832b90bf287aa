/** What runs did: one file a run. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, namesOfFiles, replaceFile } from './durable.js';
import { newestFirst, startOfRun, type RunPosition } from './run-order.js';

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
  /** When it came into this store, ms: how young it is here. The order of runs is not by this. */
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
    // The id first, by which a torn file is told from one of others; then what orders a run whose id does not.
    const { runId, finishedAt, ...rest } = run;
    const text = JSON.stringify({ runId, finishedAt, ...rest }, null, 1);
    await replaceFile(path.join(this.folder, `${runId}.json`), `${text}\n`);
  }

  /** All runs, newest first; each is read when it is asked for. */
  async *newestFirst(): AsyncGenerator<StoredRun> {
    const positions = (await this.ids()).map((runId) => this.positionOf(runId));
    for (const { runId } of positions.sort(newestFirst)) {
      const place = this.pathOf(runId);
      const found = await readRun(place);
      if (found !== null && found.run !== 'foreign') yield { place, ...found, run: found.run };
    }
  }

  /** How many runs there are. */
  async count(): Promise<number> {
    return (await this.ids()).length;
  }

  private async ids(): Promise<string[]> {
    const names = (await namesOfFiles(this.folder)).filter((name) => name.endsWith('.json'));
    return names.map((name) => name.slice(0, -'.json'.length));
  }

  /** Opens only the files of runs whose ids say no time. */
  private positionOf(runId: string): RunPosition {
    const timeMs = startOfRun(runId) ?? Date.parse(finishedAtOf(readHead(this.pathOf(runId))));
    return { runId, timeMs };
  }

  private pathOf(runId: string): string {
    return path.join(this.folder, `${runId}.json`);
  }
}

/** Holds `finishedAt`, also behind the longest id of a workflow, where earlier versions wrote it. */
const HEAD_BYTES = 4096;

/** The beginning of a file; none where it was collected meanwhile. One at a time, so that none of many stays open. */
function readHead(file: string): string {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString('utf8', 0, readSync(handle, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(handle);
  }
}

function finishedAtOf(head: string): string {
  return /"finishedAt"\s*:\s*"([^"]*)"/.exec(head)?.[1] ?? '';
}

/** Every run begins so, however little of it is left; a file of others does not. */
const RUN_BEGINS = /^\s*\{\s*"runId"/;
const RUN_NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$/;

/** A run's file; null where it was collected meanwhile. */
async function readRun(file: string): Promise<{ writtenMs: number; run: RunFile | 'foreign' | null } | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { writtenMs: mtimeMs, run: parseRun(text, path.basename(file)) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parseRun(text: string, name: string): RunFile | 'foreign' | null {
  try {
    const run = JSON.parse(text) as unknown;
    if (isRunFile(run)) return run;
  } catch {
    // Torn, or no JSON of ours.
  }
  return RUN_BEGINS.test(text) || RUN_NAME.test(name) ? null : 'foreign';
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
