/** What a collection condemned: moved aside first, so that it can be given back, and deleted later. */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ActionRecord } from './action-record.js';
import type { Blobs } from './blobs.js';
import { codeOf, makeFolder, namesIn } from './durable.js';
import { PASSING_NAMES } from './own-names.js';
import type { Records } from './records.js';

export class Trash {
  private readonly folder: string;

  constructor(
    root: string,
    private readonly blobs: Blobs,
    private readonly records: Records,
  ) {
    this.folder = path.join(root, 'trash');
  }

  /** Condemns a run's file; gone meanwhile is fine. */
  takeRun(file: string): Promise<void> {
    return this.take(file, path.join(this.folder, path.basename(file)));
  }

  /** Condemns a record; a tombstone takes its place. */
  async takeRecord(record: ActionRecord, evictedAt: string): Promise<void> {
    await this.make();
    await this.records.evict(record, this.folder, evictedAt);
  }

  /** Condemns bytes; set aside meanwhile is fine. */
  takeBlob(digest: string): Promise<void> {
    return this.take(this.blobs.pathOf(digest), this.pathOf(digest));
  }

  giveBackRecord(record: ActionRecord): Promise<void> {
    return this.records.restore(record, this.folder);
  }

  /** Never condemned, or back already, is fine. */
  async giveBackBlob(digest: string): Promise<void> {
    const target = this.blobs.pathOf(digest);
    try {
      await makeFolder(path.dirname(target));
      await rename(this.pathOf(digest), target);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** Deletes what was condemned; files of others stay, and the folder, for which a full device would have no space. */
  async empty(): Promise<void> {
    for (const name of await namesIn(this.folder))
      if (PASSING_NAMES.trash.test(name))
        await rm(path.join(this.folder, name), { recursive: true, force: true });
  }

  private async take(from: string, to: string): Promise<void> {
    await this.make();
    try {
      await rename(from, to);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  private async make(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
  }

  private pathOf(digest: string): string {
    return path.join(this.folder, digest.slice('sha256:'.length));
  }
}
