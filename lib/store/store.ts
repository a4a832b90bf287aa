/** The content-addressed store in a folder of a local disk. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, SetupError } from '../errors.js';
import { Attempt, type StepHook } from './attempt.js';
import type { ActionRecord } from './action-record.js';
import { Blobs } from './blobs.js';
import { canonicalJson } from './canonical-json.js';
import { codeOf, makeFolderSync, replaceFile } from './durable.js';
import { linkFile, linkTree, type LinkedFile } from './human-paths.js';
import type { Preimage } from './key.js';
import { Leases, type DeadLease, type LeaseAnswer, type LeaseHolder } from './leases.js';
import { isLeftByDead, ownedName } from './own-names.js';
import { Records, type Lookup, type PastAction } from './records.js';
import { Roots, type LiveRun } from './roots.js';
import { Runs, type RunFile } from './runs.js';
import type { Storage } from './storage.js';
import { asUnwritable, writingStore } from './unwritable.js';

const FORMAT = { layout: 1, hash: 'sha256', key: 'k1' } as const;

export interface StoreOptions {
  readonly now?: () => number;
  readonly onStep?: StepHook;
}

export class Store implements Storage {
  readonly blobs: Blobs;
  readonly records: Records;
  readonly runs: Runs;
  readonly roots: Roots;
  private readonly leases: Leases;

  private constructor(
    readonly root: string,
    private readonly options: StoreOptions,
  ) {
    this.blobs = new Blobs(root);
    this.records = new Records(root, this.blobs);
    this.leases = new Leases(root, options.now ?? Date.now);
    this.runs = new Runs(root);
    this.roots = new Roots(root);
  }

  /**
   * Opens a store, making its folder where there is none, and sweeps what dead processes left in `tmp`.
   * @throws SetupError STORE_UNWRITABLE, ConfigError FORMAT_UNKNOWN
   */
  static open(root: string, options: StoreOptions = {}): Store {
    try {
      makeFolderSync(path.join(root, 'tmp'));
      checkFormat(root);
      sweepTemporaries(path.join(root, 'tmp'));
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      const refusal = asUnwritable(root, cause);
      if (refusal instanceof SetupError) throw refusal;
      throw new SetupError('STORE_UNWRITABLE', {
        what: `The store ${root} cannot be written: ${(cause as Error).message}.`,
        fix: 'Make that folder writable, or name another with MINUTE_ALPHA_STORE.',
        details: { path: root, code: codeOf(cause) ?? null },
        cause,
      });
    }
    return new Store(root, options);
  }

  /**
   * Opens a store that exists, to look at or to collect; writes nothing.
   * @throws ConfigError STORE_MISSING, FORMAT_UNKNOWN
   */
  static openExisting(root: string, options: StoreOptions = {}): Store {
    if (!existsSync(path.join(root, 'FORMAT'))) {
      throw new ConfigError('STORE_MISSING', {
        what: `There is no store at ${root}.`,
        fix: 'Name the one that is meant with MINUTE_ALPHA_STORE, or MINUTE_ALPHA_HOME; the first run makes one.',
        details: { path: root },
      });
    }
    checkFormat(root);
    return new Store(root, options);
  }

  lookup(stage: string, key: string): Promise<Lookup> {
    return this.records.lookup(stage, key);
  }

  lookupMany(wanted: readonly { readonly stage: string; readonly key: string }[]): Promise<Lookup[]> {
    return this.records.lookupMany(wanted);
  }

  past(stage: string, key: string): Promise<PastAction | null> {
    return this.records.past(stage, key);
  }

  async readPreimage(record: ActionRecord): Promise<Preimage> {
    return JSON.parse((await this.blobs.read(record.preimage)).toString('utf8')) as Preimage;
  }

  async keepPreimage(preimage: Preimage): Promise<void> {
    const bytes = Buffer.from(canonicalJson(preimage));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (this.blobs.readSmall(digest) === null) await this.putBytes(bytes);
  }

  async begin(stage: string, key: string): Promise<Attempt> {
    const { blobs, records, root } = this;
    const dir = path.join(root, 'tmp', ownedName('attempt'));
    await writingStore(root, () => mkdir(dir));
    return new Attempt({
      ...{ root, dir, stage, key, blobs, records },
      onStep: this.options.onStep ?? (() => undefined),
    });
  }

  async putBytes(bytes: Buffer): Promise<string> {
    return (await writingStore(this.root, () => this.blobs.putBytes(bytes))).digest;
  }

  readBlob(digest: string): Promise<Buffer> {
    return this.blobs.read(digest);
  }

  localFile(digest: string): Promise<string> {
    return Promise.resolve(this.blobs.pathOf(digest));
  }

  quarantine(digest: string, reason: string): Promise<void> {
    return this.blobs.quarantine(digest, reason);
  }

  acquireLease(key: string, holder: LeaseHolder): Promise<LeaseAnswer> {
    return writingStore(this.root, () => this.leases.acquire(key, holder));
  }

  deadLeases(): Promise<DeadLease[]> {
    return this.leases.dead();
  }

  dropLease(lease: DeadLease): Promise<void> {
    return this.leases.drop(lease);
  }

  beginRun(run: LiveRun): Promise<void> {
    return writingStore(this.root, () => this.roots.beginRun(run));
  }

  async writeRun(run: RunFile): Promise<void> {
    await writingStore(this.root, () => this.runs.write(run));
    await this.roots.endRun(run.runId);
  }

  countRuns(): Promise<number> {
    return this.runs.count();
  }

  async *newestRuns(): AsyncGenerator<RunFile> {
    for await (const { run } of this.runs.newestFirst()) if (run !== null) yield run;
  }

  async readMark(name: string): Promise<string | null> {
    try {
      return (await readFile(this.markPath(name), 'utf8')).trim();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  writeMark(name: string, word: string): Promise<void> {
    return writingStore(this.root, () => replaceFile(this.markPath(name), `${word}\n`));
  }

  private markPath(name: string): string {
    return path.join(this.root, 'marks', name);
  }

  linkTree(files: readonly LinkedFile[], target: string): Promise<void> {
    return linkTree(this.blobs, files, target);
  }

  linkFile(digest: string, target: string): Promise<void> {
    return linkFile(this.blobs, digest, target);
  }
}

function checkFormat(root: string): void {
  const file = path.join(root, 'FORMAT');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    writeFileSync(file, `${JSON.stringify(FORMAT)}\n`);
    return;
  }
  if (isKnownFormat(text)) return;
  throw new ConfigError('FORMAT_UNKNOWN', {
    what: `The store ${root} has the format ${text.trim().slice(0, 100)}; this version reads ${JSON.stringify(FORMAT)}.`,
    fix: 'Use the version of minute-alpha that wrote it, or name an empty folder with MINUTE_ALPHA_STORE.',
    details: { path: file },
  });
}

function isKnownFormat(text: string): boolean {
  try {
    const found = JSON.parse(text) as Partial<typeof FORMAT>;
    return found.layout === FORMAT.layout && found.hash === FORMAT.hash && found.key === FORMAT.key;
  } catch {
    return false;
  }
}

function sweepTemporaries(folder: string): void {
  for (const name of readdirSync(folder))
    if (isLeftByDead(name, 'attempt')) rmSync(path.join(folder, name), { recursive: true, force: true });
}
