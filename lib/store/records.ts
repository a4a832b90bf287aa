/** The folder of action records: found by key, published last and exclusively. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeRecord, encodeRecord, sameOutputs, type ActionRecord } from './action-record.js';
import type { Blobs, Foreign } from './blobs.js';
import { codeOf, filesBelow, linkExclusively, randomName, replaceFile, writeFlushed } from './durable.js';
import type { Preimage } from './key.js';
import { isTemporaryName } from './own-names.js';
import { readTombstone, removeTombstone, tombstonePath, writeTombstone } from './tombstones.js';

export type MissReason = 'NEVER_BUILT' | 'OBJECT_MISSING' | 'OBJECT_CORRUPT' | 'RECORD_CORRUPT' | 'EVICTED';

export type Lookup =
  | { readonly state: 'hit'; readonly record: ActionRecord }
  | { readonly state: 'miss'; readonly reason: MissReason; readonly detail: string };

/** `diverged`: other bytes stand under this key already; they stay, ours are kept aside. */
export type PublishOutcome = 'published' | 'already-there' | 'diverged';

export interface PublishedRecord {
  /** The record that stands in the store now. */
  readonly record: ActionRecord;
  readonly outcome: PublishOutcome;
}

const RECORD_FILE = /^([A-Za-z]+)\/([0-9a-f]{2})\/([0-9a-f]{64})\.json$/;

/** A record as it is listed. */
export interface StoredRecord {
  readonly stage: string;
  readonly key: string;
  /** Where it lies, for people. */
  readonly place: string;
  /** When it was last published, ms. */
  readonly touchedMs: number;
  /** Null where it cannot be read. */
  readonly record: ActionRecord | null;
}

/** What a key stood for, whether or not its bytes are still there. */
export interface PastAction {
  readonly state: 'built' | 'evicted';
  /** Null where its bytes are gone. */
  readonly preimage: Preimage | null;
  readonly wallMs: number;
}

/** Look-ups between which the event loop gets a turn, so that heartbeats go on. */
const LOOKUPS_A_TURN = 256;

export class Records {
  constructor(
    private readonly root: string,
    private readonly blobs: Blobs,
  ) {}

  /** Finds the record of a key and checks that its bytes are there. Writes nothing. */
  async lookup(stage: string, key: string): Promise<Lookup> {
    const read = this.read(stage, key);
    if (read === 'absent') return this.missOfAbsent(stage, key);
    if (read === 'corrupt')
      return { state: 'miss', reason: 'RECORD_CORRUPT', detail: this.pathOf(stage, key) };
    for (const output of read.outputs) {
      const state = await this.blobs.check(output);
      if (state === 'missing') return { state: 'miss', reason: 'OBJECT_MISSING', detail: output.digest };
      if (state === 'corrupt') return { state: 'miss', reason: 'OBJECT_CORRUPT', detail: output.digest };
    }
    return { state: 'hit', record: read };
  }

  /** {@link lookup} of many keys, in their order. */
  async lookupMany(wanted: readonly { readonly stage: string; readonly key: string }[]): Promise<Lookup[]> {
    const answers: Lookup[] = [];
    for (const { stage, key } of wanted) {
      answers.push(await this.lookup(stage, key));
      if (answers.length % LOOKUPS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return answers;
  }

  /** The record of a key as it stands, its bytes not looked at. */
  read(stage: string, key: string): ActionRecord | 'absent' | 'corrupt' {
    let text: string;
    try {
      // Synchronous: a look-up is thousands of small reads, and each costs a tenth of an asynchronous one.
      text = readFileSync(this.pathOf(stage, key), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 'absent';
      if (codeOf(error) === 'EISDIR') return 'corrupt';
      throw error;
    }
    return decodeRecord(text, stage, key) ?? 'corrupt';
  }

  /** What a key stood for; null where the store never had it. */
  async past(stage: string, key: string): Promise<PastAction | null> {
    const record = this.read(stage, key);
    if (typeof record === 'object') {
      const preimage = this.preimage(record);
      return { state: 'built', preimage, wallMs: record.cost.wallMs };
    }
    const tombstone = await readTombstone(this.pathOf(stage, key));
    if (tombstone === null) return null;
    return { state: 'evicted', preimage: tombstone.preimage, wallMs: tombstone.wallMs };
  }

  /** Collects a record: a tombstone takes its place, the record goes to `folder`; without space nothing changes. */
  async evict(record: Pick<ActionRecord, 'stage' | 'key'>, folder: string, evictedAt: string): Promise<void> {
    const file = this.pathOf(record.stage, record.key);
    const past = await this.past(record.stage, record.key);
    await writeTombstone(file, {
      v: 1,
      evictedAt,
      preimage: past?.preimage ?? null,
      wallMs: past?.wallMs ?? 0,
    });
    await rename(file, path.join(folder, `${record.stage}-${record.key}.json`));
  }

  /** Undoes {@link evict}; never collected, or deleted meanwhile, is fine. */
  async restore(record: Pick<ActionRecord, 'stage' | 'key'>, folder: string): Promise<void> {
    const file = this.pathOf(record.stage, record.key);
    try {
      await linkExclusively(path.join(folder, `${record.stage}-${record.key}.json`), file);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return;
    }
    await removeTombstone(file);
  }

  /** Synchronous like {@link read}: a plan asks for thousands. */
  private preimage(record: ActionRecord): Preimage | null {
    const bytes = this.blobs.readSmall(record.preimage);
    return bytes === null ? null : (JSON.parse(bytes.toString('utf8')) as Preimage);
  }

  /** Publishes a record whose blobs are published, or will be when `blobs` ends: the name is given after that. */
  async publish(record: ActionRecord, blobs: Promise<unknown> = Promise.resolve()): Promise<PublishedRecord> {
    const target = this.pathOf(record.stage, record.key);
    const temporary = path.join(this.root, 'tmp', `record-${process.pid}-${randomName()}`);
    await writeFlushed(temporary, encodeRecord(record));
    try {
      await blobs;
      for (;;) {
        if (await linkExclusively(temporary, target)) {
          await removeTombstone(target);
          return { record, outcome: 'published' };
        }
        const existing = this.read(record.stage, record.key);
        if (existing === 'absent') continue;
        if (existing === 'corrupt') await this.setAside(target);
        else return await this.meet(existing, record);
      }
    } finally {
      await unlink(temporary);
    }
  }

  /** Two results of one key: equal ones keep the first, with the time stamps that its blobs have now. */
  private async meet(existing: ActionRecord, record: ActionRecord): Promise<PublishedRecord> {
    if (sameOutputs(existing, record)) {
      const fresh = { ...existing, outputs: record.outputs };
      if (encodeRecord(fresh) !== encodeRecord(existing)) {
        await replaceFile(this.pathOf(record.stage, record.key), encodeRecord(fresh));
      }
      return { record: fresh, outcome: 'already-there' };
    }
    // What stands there was maybe used already; ours is evidence that the stage is not deterministic.
    if ((await this.lookup(record.stage, record.key)).state !== 'hit') {
      await this.setAside(this.pathOf(record.stage, record.key));
      return this.publish(record);
    }
    const folder = path.join(this.root, 'quarantine');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `divergence-${record.key}-${randomName()}.json`), encodeRecord(record));
    return { record: existing, outcome: 'diverged' };
  }

  /** Every record of the store; `record` is null where it cannot be read, `foreign` are files of others. */
  async *all(): AsyncGenerator<StoredRecord | Foreign> {
    const root = path.join(this.root, 'actions');
    for (const file of await filesBelow(root)) {
      const [, stage, prefix, key] =
        RECORD_FILE.exec(path.relative(root, file).replaceAll(path.sep, '/')) ?? [];
      if (stage === undefined || key === undefined || !key.startsWith(prefix!)) {
        if (!file.endsWith('.evicted') && !isTemporaryName(path.basename(file))) yield { foreign: file };
        continue;
      }
      const read = this.read(stage, key);
      const touchedMs = read === 'absent' ? null : await this.touchedMs(file);
      if (read === 'absent' || touchedMs === null) continue;
      yield { stage, key, place: file, touchedMs, record: read === 'corrupt' ? null : read };
    }
  }

  /** Null where it was collected meanwhile. */
  private async touchedMs(file: string): Promise<number | null> {
    try {
      const { mtimeMs, ctimeMs } = await stat(file);
      return Math.max(mtimeMs, ctimeMs);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  private async missOfAbsent(stage: string, key: string): Promise<Lookup> {
    // Most absent records were never there: one look instead of an exception for each.
    if (!existsSync(tombstonePath(this.pathOf(stage, key))))
      return { state: 'miss', reason: 'NEVER_BUILT', detail: '' };
    const tombstone = await readTombstone(this.pathOf(stage, key));
    return { state: 'miss', reason: 'EVICTED', detail: tombstone?.evictedAt ?? 'unknown' };
  }

  private async setAside(file: string): Promise<void> {
    const folder = path.join(this.root, 'quarantine');
    await mkdir(folder, { recursive: true });
    try {
      await rename(file, path.join(folder, `record-${path.basename(file)}-${randomName()}`));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  private pathOf(stage: string, key: string): string {
    return path.join(this.root, 'actions', stage, key.slice(0, 2), `${key}.json`);
  }
}
