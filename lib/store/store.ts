/** The content-addressed store in a folder of a local disk. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, SetupError } from '../errors.js';
import { Attempt, type StepHook } from './attempt.js';
import type { ActionRecord } from './action-record.js';
import {
  blobMissing,
  Blobs,
  type BlobStamp,
  type Foreign,
  type OpenedBlob,
  type StoredBlob,
} from './blobs.js';
import { canonicalJson } from './canonical-json.js';
import { codeOf, makeFolderSync, removeFile, replaceFile } from './durable.js';
import { checkFormat } from './format.js';
import { linkFile, linkTree, type LinkedFile } from './human-paths.js';
import type { Preimage } from './key.js';
import { Leases, type DeadLease, type LeaseAnswer, type LeaseHolder, type LeaseOptions } from './leases.js';
import { oldLeftovers, setAside, type LeftoverAge, type SetAside } from './leftovers.js';
import { isLeftByDead, ownedName } from './own-names.js';
import { Records, type Lookup, type PastAction, type PublishedRecord, type StoredRecord } from './records.js';
import { Roots, type LiveRun, type StoredLiveRun } from './roots.js';
import { Runs, type RunFile, type StoredRun } from './runs.js';
import type { Storage } from './storage.js';
import { Trash } from './trash.js';
import { asUnwritable, writingStore } from './unwritable.js';

export interface StoreOptions {
  readonly now?: () => number;
  readonly onStep?: StepHook;
}

export class Store implements Storage {
  private readonly blobs: Blobs;
  private readonly records: Records;
  private readonly runs: Runs;
  private readonly roots: Roots;
  private readonly leases: Leases;
  private readonly trash: Trash;

  private constructor(
    readonly root: string,
    private readonly options: StoreOptions,
  ) {
    this.blobs = new Blobs(root);
    this.records = new Records(root, this.blobs);
    this.leases = new Leases(root, options.now ?? Date.now);
    this.runs = new Runs(root);
    this.roots = new Roots(root);
    this.trash = new Trash(root, this.blobs, this.records);
  }

  get place(): string {
    return this.root;
  }

  /**
   * Opens a store, making its folder where there is none, and sweeps what dead processes left in `tmp`.
   * @throws SetupError STORE_UNWRITABLE, ConfigError FORMAT_UNKNOWN
   */
  static open(root: string, options: StoreOptions = {}): Store {
    try {
      // Those that a collection needs, too: a device that is full has no space for a folder.
      for (const folder of ['tmp', 'leases', 'trash']) makeFolderSync(path.join(root, folder));
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
    return (await this.writing(() => this.blobs.putBytes(bytes))).digest;
  }

  readBlob(digest: string): Promise<Buffer> {
    return this.blobs.read(digest);
  }

  async localFile(digest: string): Promise<string> {
    const file = this.blobs.pathOf(digest);
    if (!existsSync(file)) throw blobMissing(digest);
    return file;
  }

  putStream(bytes: AsyncIterable<Buffer>): Promise<BlobStamp> {
    return this.writing(() => this.blobs.putStream(bytes));
  }

  openBlob(digest: string): Promise<OpenedBlob | null> {
    return this.blobs.open(digest);
  }

  hashBlob(digest: string): Promise<string | null> {
    return this.blobs.hash(digest);
  }

  readRecord(stage: string, key: string): Promise<ActionRecord | 'absent' | 'corrupt'> {
    return Promise.resolve(this.records.read(stage, key));
  }

  publishRecord(record: ActionRecord): Promise<PublishedRecord> {
    return this.writing(() => this.records.publish(record));
  }

  allBlobs(): AsyncGenerator<StoredBlob | Foreign> {
    return this.blobs.all();
  }

  allRecords(): AsyncGenerator<StoredRecord | Foreign> {
    return this.records.all();
  }

  allRuns(): AsyncGenerator<StoredRun> {
    return this.runs.newestFirst();
  }

  allSetAside(): AsyncGenerator<SetAside> {
    return setAside(this.root);
  }

  quarantine(digest: string, reason: string): Promise<void> {
    return this.writing(() => this.blobs.quarantine(digest, reason));
  }

  acquireLease(key: string, holder: LeaseHolder, options?: LeaseOptions): Promise<LeaseAnswer> {
    return this.writing(() => this.leases.acquire(key, holder, options));
  }

  deadLeases(): Promise<DeadLease[]> {
    return this.leases.dead();
  }

  dropLease(lease: DeadLease): Promise<void> {
    return this.writing(() => this.leases.drop(lease));
  }

  beginRun(run: LiveRun): Promise<void> {
    return this.writing(() => this.roots.beginRun(run));
  }

  writeRun(run: RunFile): Promise<void> {
    return this.writing(async () => {
      await this.runs.write(run);
      await this.roots.endRun(run.runId);
    });
  }

  liveRuns(): Promise<StoredLiveRun[]> {
    return this.roots.liveRuns();
  }

  endRun(runId: string): Promise<void> {
    return this.writing(() => this.roots.endRun(runId));
  }

  nameRun(name: string, runId: string): Promise<void> {
    return this.writing(() => this.roots.name(name, runId));
  }

  unnameRun(name: string): Promise<void> {
    return this.writing(() => this.roots.unname(name));
  }

  runNames(): Promise<Map<string, string>> {
    return this.roots.names();
  }

  condemnRun({ place }: StoredRun): Promise<void> {
    return this.writing(() => this.trash.takeRun(place));
  }

  condemnRecord(record: ActionRecord, evictedAt: string): Promise<void> {
    return this.writing(() => this.trash.takeRecord(record, evictedAt));
  }

  condemnBlob(digest: string): Promise<void> {
    return this.writing(() => this.trash.takeBlob(digest));
  }

  giveBackRecord(record: ActionRecord): Promise<void> {
    return this.writing(() => this.trash.giveBackRecord(record));
  }

  giveBackBlob(digest: string): Promise<void> {
    return this.writing(() => this.trash.giveBackBlob(digest));
  }

  deleteCondemned(): Promise<void> {
    return this.writing(() => this.trash.empty());
  }

  leftovers(age: LeftoverAge): Promise<string[]> {
    return oldLeftovers(this.root, age);
  }

  removeLeftover(place: string): Promise<void> {
    return this.writing(() => removeFile(place));
  }

  countRuns(): Promise<number> {
    return this.runs.count();
  }

  async *newestRuns(): AsyncGenerator<RunFile> {
    for await (const { run } of this.allRuns()) if (run !== null) yield run;
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
    return this.writing(() => replaceFile(this.markPath(name), `${word}\n`));
  }

  private writing<T>(work: () => Promise<T>): Promise<T> {
    return writingStore(this.root, work);
  }

  private markPath(name: string): string {
    return path.join(this.root, 'marks', name);
  }

  linkTree(files: readonly LinkedFile[], target: string): Promise<void> {
    return linkTree((digest) => this.localFile(digest), files, target);
  }

  linkFile(digest: string, target: string): Promise<void> {
    return linkFile((from) => this.localFile(from), digest, target);
  }
}

function sweepTemporaries(folder: string): void {
  for (const name of readdirSync(folder))
    if (isLeftByDead(name, 'attempt')) rmSync(path.join(folder, name), { recursive: true, force: true });
}
