/** The folder of action records: found by key, published last and exclusively. */
import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeRecord, encodeRecord, sameOutputs, type ActionRecord } from './action-record.js';
import type { Blobs } from './blobs.js';
import { codeOf, linkExclusively, randomName, replaceFile, writeFlushed } from './durable.js';

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

export class Records {
  constructor(
    private readonly root: string,
    private readonly blobs: Blobs,
  ) {}

  /** Finds the record of a key and checks that its bytes are there. Writes nothing. */
  async lookup(stage: string, key: string): Promise<Lookup> {
    const read = await this.read(stage, key);
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

  /** Publishes a record whose blobs are published. */
  async publish(record: ActionRecord): Promise<PublishedRecord> {
    const target = this.pathOf(record.stage, record.key);
    const temporary = path.join(this.root, 'tmp', `record-${process.pid}-${randomName()}`);
    await writeFlushed(temporary, encodeRecord(record));
    try {
      for (;;) {
        if (await linkExclusively(temporary, target)) return { record, outcome: 'published' };
        const existing = await this.read(record.stage, record.key);
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

  /** Every record of the store, with those that cannot be read as null. */
  async *all(): AsyncGenerator<{ stage: string; key: string; record: ActionRecord | null }> {
    for (const stage of await listFolder(path.join(this.root, 'actions'))) {
      for (const prefix of await listFolder(path.join(this.root, 'actions', stage))) {
        for (const name of await listFolder(path.join(this.root, 'actions', stage, prefix))) {
          if (!name.endsWith('.json')) continue;
          const key = name.slice(0, -'.json'.length);
          const read = await this.read(stage, key);
          if (read !== 'absent') yield { stage, key, record: read === 'corrupt' ? null : read };
        }
      }
    }
  }

  private async missOfAbsent(stage: string, key: string): Promise<Lookup> {
    const tombstone = `${this.pathOf(stage, key)}.evicted`;
    try {
      return { state: 'miss', reason: 'EVICTED', detail: (await readFile(tombstone, 'utf8')).trim() };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return { state: 'miss', reason: 'NEVER_BUILT', detail: '' };
    }
  }

  private async read(stage: string, key: string): Promise<ActionRecord | 'absent' | 'corrupt'> {
    let text: string;
    try {
      text = await readFile(this.pathOf(stage, key), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 'absent';
      throw error;
    }
    return decodeRecord(text, stage, key) ?? 'corrupt';
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

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
