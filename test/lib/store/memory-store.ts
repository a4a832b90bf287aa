/**
 * A store that is a map from names to bytes: no folder, no link, no rename, times of whole seconds that nobody can set.
 * It shows that the suite asks for none of these. It shows nothing about a real object store: here every step is whole
 * and seen by all at once, because one thread does it, so that reading and then writing is as good as writing exclusively.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { StoreIntegrityError } from '../../../lib/errors.js';
import { decodeRecord, encodeRecord, sameOutputs } from '../../../lib/store/action-record.js';
import { checkPublication, recordedOutput } from '../../../lib/store/attempt.js';
import {
  blobMissing,
  type BlobStamp,
  type Foreign,
  type OpenedBlob,
  type StoredBlob,
} from '../../../lib/store/blobs.js';
import { linkFile, linkTree, type LinkedFile } from '../../../lib/store/human-paths.js';
import {
  canonicalJson,
  type ActionRecord,
  type DeadLease,
  type LeaseAnswer,
  type LeaseHolder,
  type LiveRun,
  type Lookup,
  type PastAction,
  type Preimage,
  type Publication,
  type RunFile,
  type Storage,
  type StorageAttempt,
} from '../../../lib/store/index.js';
import type { LeftoverAge, SetAside } from '../../../lib/store/leftovers.js';
import type { PublishedRecord, StoredRecord } from '../../../lib/store/records.js';
import { checkRefName, parseLive, type StoredLiveRun } from '../../../lib/store/roots.js';
import { newestFirst, startOfRun } from '../../../lib/store/run-order.js';
import { isRunFile, type StoredRun } from '../../../lib/store/runs.js';
import { MemoryLeases } from './memory-leases.js';
import { digestOf, parse, type Objects } from './memory-objects.js';

interface Tombstone {
  readonly evictedAt: string;
  readonly preimage: Preimage | null;
  readonly wallMs: number;
}

const DAY_MS = 86_400_000;
const recordName = (stage: string, key: string): string => `record/${stage}/${key}`;
const tombstoneName = (stage: string, key: string): string => `evicted/${stage}/${key}`;

export class MemoryStore implements Storage {
  readonly place = 'memory';

  private readonly leases: MemoryLeases;

  constructor(
    private readonly objects: Objects,
    private readonly scratch: string,
    now: () => number = Date.now,
  ) {
    this.leases = new MemoryLeases(objects, now);
  }

  async lookup(stage: string, key: string): Promise<Lookup> {
    const miss = (reason: Extract<Lookup, { state: 'miss' }>['reason'], detail: string): Lookup => {
      return { state: 'miss', reason, detail };
    };
    const record = await this.readRecord(stage, key);
    if (record === 'corrupt') return miss('RECORD_CORRUPT', recordName(stage, key));
    if (record === 'absent') {
      const text = this.objects.text(tombstoneName(stage, key));
      if (text === null) return miss('NEVER_BUILT', '');
      return miss('EVICTED', parse<Tombstone>(text)?.evictedAt ?? 'unknown');
    }
    for (const { digest } of record.outputs) {
      const found = await this.hashBlob(digest);
      if (found !== digest) return miss(found === null ? 'OBJECT_MISSING' : 'OBJECT_CORRUPT', digest);
    }
    return { state: 'hit', record };
  }

  lookupMany(wanted: readonly { readonly stage: string; readonly key: string }[]): Promise<Lookup[]> {
    return Promise.all(wanted.map(({ stage, key }) => this.lookup(stage, key)));
  }

  async past(stage: string, key: string): Promise<PastAction | null> {
    const record = await this.readRecord(stage, key);
    if (typeof record === 'object') {
      const preimage = await this.readPreimage(record).catch(() => null);
      return { state: 'built', preimage, wallMs: record.cost.wallMs };
    }
    const text = this.objects.text(tombstoneName(stage, key));
    if (text === null) return null;
    const { preimage, wallMs } = parse<Tombstone>(text) ?? { preimage: null, wallMs: 0 };
    return { state: 'evicted', preimage, wallMs };
  }

  async readPreimage(record: ActionRecord): Promise<Preimage> {
    return JSON.parse((await this.readBlob(record.preimage)).toString('utf8')) as Preimage;
  }

  async keepPreimage(preimage: Preimage): Promise<void> {
    await this.putBytes(Buffer.from(canonicalJson(preimage)));
  }

  async begin(stage: string, key: string): Promise<StorageAttempt> {
    mkdirSync(this.scratch, { recursive: true });
    const dir = mkdtempSync(path.join(this.scratch, 'attempt-'));
    const abandon = async (): Promise<void> => rmSync(dir, { recursive: true, force: true });
    const publish = async (publication: Publication): Promise<PublishedRecord> => {
      await checkPublication({ dir, stage, key }, publication);
      const { facts, cost, by } = publication;
      const outputs = publication.outputs.map((output) =>
        recordedOutput(output, this.stamp(readFileSync(path.join(dir, output.file)))),
      );
      const preimage = await this.putBytes(Buffer.from(canonicalJson(publication.preimage)));
      await abandon();
      return this.publishRecord({ v: 1, stage, key, preimage, outputs, facts, cost, by });
    };
    return { dir, writing: (work) => work(), publish, abandon };
  }

  async readRecord(stage: string, key: string): Promise<ActionRecord | 'absent' | 'corrupt'> {
    const text = this.objects.text(recordName(stage, key));
    return text === null ? 'absent' : (decodeRecord(text, stage, key) ?? 'corrupt');
  }

  async publishRecord(record: ActionRecord): Promise<PublishedRecord> {
    const { stage, key } = record;
    const name = recordName(stage, key);
    const existing = await this.readRecord(stage, key);
    const isSame = typeof existing === 'object' && sameOutputs(existing, record);
    if (typeof existing === 'object' && !isSame && (await this.lookup(stage, key)).state === 'hit') {
      this.objects.put(`aside/divergence-${key}-${this.objects.next()}`, encodeRecord(record));
      return { record: existing, outcome: 'diverged' };
    }
    if (!isSame) this.objects.move(name, `aside/record-${this.objects.next()}`);
    const kept = isSame ? { ...existing, outputs: record.outputs } : record;
    this.objects.put(name, encodeRecord(kept));
    this.objects.remove(tombstoneName(stage, key));
    return { record: kept, outcome: isSame ? 'already-there' : 'published' };
  }

  async *allRecords(): AsyncGenerator<StoredRecord | Foreign> {
    for (const [place, { touchedMs }] of this.objects.list('record/')) {
      const [, stage, key] = /^record\/(\w+)\/([0-9a-f]{64})$/.exec(place) ?? [];
      if (stage === undefined || key === undefined) yield { foreign: place };
      else {
        const record = await this.readRecord(stage, key);
        yield { stage, key, place, touchedMs, record: typeof record === 'object' ? record : null };
      }
    }
  }

  async putBytes(bytes: Buffer): Promise<string> {
    return this.stamp(bytes).digest;
  }

  async putStream(bytes: AsyncIterable<Buffer>): Promise<BlobStamp> {
    const chunks: Buffer[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    return this.stamp(Buffer.concat(chunks));
  }

  async readBlob(digest: string): Promise<Buffer> {
    const found = this.objects.all.get(`blob/${digest}`)?.bytes;
    if (found !== undefined && digestOf(found) === digest) return found;
    if (found === undefined) throw blobMissing(digest);
    throw new StoreIntegrityError('BLOB_CORRUPT', { what: digest, fix: '', details: { digest } });
  }

  async openBlob(digest: string): Promise<OpenedBlob | null> {
    const found = this.objects.all.get(`blob/${digest}`)?.bytes;
    return found === undefined ? null : { size: found.length, bytes: Readable.from([found]) };
  }

  async hashBlob(digest: string): Promise<string | null> {
    const found = this.objects.all.get(`blob/${digest}`)?.bytes;
    return found === undefined ? null : digestOf(found);
  }

  async localFile(digest: string): Promise<string> {
    const found = this.objects.all.get(`blob/${digest}`)?.bytes;
    if (found === undefined) throw blobMissing(digest);
    mkdirSync(this.scratch, { recursive: true });
    const file = path.join(this.scratch, digest.slice('sha256:'.length));
    rmSync(file, { force: true });
    writeFileSync(file, found);
    return file;
  }

  async *allBlobs(): AsyncGenerator<StoredBlob | Foreign> {
    for (const [place, { bytes, touchedMs }] of this.objects.list('blob/')) {
      const digest = place.slice('blob/'.length);
      if (!digest.startsWith('sha256:')) yield { foreign: place };
      else yield { digest, place, size: bytes.length, isArtifact: false, touchedMs };
    }
  }

  async quarantine(digest: string): Promise<void> {
    this.objects.move(`blob/${digest}`, `aside/${digest}-${this.objects.next()}`);
  }

  async *allSetAside(): AsyncGenerator<SetAside> {
    for (const [place] of this.objects.list('aside/'))
      yield { place, divergedKey: /divergence-([0-9a-f]{64})/.exec(place)?.[1] ?? null };
  }

  acquireLease(key: string, by: LeaseHolder): Promise<LeaseAnswer> {
    return this.leases.acquire(key, by);
  }

  async deadLeases(): Promise<DeadLease[]> {
    return this.leases.dead();
  }

  async dropLease(lease: DeadLease): Promise<void> {
    this.leases.drop(lease);
  }

  async beginRun(run: LiveRun): Promise<void> {
    this.objects.put(`live/${run.runId}`, JSON.stringify(run));
  }

  async writeRun(run: RunFile): Promise<void> {
    this.objects.put(`run/${run.runId}`, JSON.stringify(run));
    await this.endRun(run.runId);
  }

  async endRun(runId: string): Promise<void> {
    this.objects.remove(`live/${runId}`);
  }

  async liveRuns(): Promise<StoredLiveRun[]> {
    return this.objects
      .list('live/')
      .flatMap(([name, { bytes }]) => parseLive(name, bytes.toString('utf8')) ?? []);
  }

  async *newestRuns(): AsyncGenerator<RunFile> {
    for await (const { run } of this.allRuns()) if (run !== null) yield run;
  }

  async *allRuns(): AsyncGenerator<StoredRun> {
    const runs = this.objects.list('run/').map(([place, { bytes, touchedMs }]) => {
      const found = parse<unknown>(bytes.toString('utf8'));
      const run = isRunFile(found) ? found : null;
      const runId = place.slice('run/'.length);
      const timeMs = startOfRun(runId) ?? Date.parse(run?.finishedAt ?? '');
      return { place, writtenMs: touchedMs, run, runId, timeMs };
    });
    for (const { place, writtenMs, run } of runs.sort(newestFirst)) yield { place, writtenMs, run };
  }

  async countRuns(): Promise<number> {
    return this.objects.list('run/').length;
  }

  async nameRun(name: string, runId: string): Promise<void> {
    checkRefName(name);
    this.objects.put(`name/${name}`, runId);
  }

  async unnameRun(name: string): Promise<void> {
    this.objects.remove(`name/${name}`);
  }

  async runNames(): Promise<Map<string, string>> {
    const names = this.objects.list('name/');
    return new Map(names.map(([name, { bytes }]) => [name.slice('name/'.length), bytes.toString('utf8')]));
  }

  async condemnRun({ place }: StoredRun): Promise<void> {
    this.objects.move(place, `trash/${place}`);
  }

  async condemnRecord({ stage, key }: ActionRecord, evictedAt: string): Promise<void> {
    const { preimage, wallMs } = (await this.past(stage, key)) ?? { preimage: null, wallMs: 0 };
    this.objects.put(tombstoneName(stage, key), JSON.stringify({ evictedAt, preimage, wallMs }));
    this.objects.move(recordName(stage, key), `trash/${recordName(stage, key)}`);
  }

  async condemnBlob(digest: string): Promise<void> {
    this.objects.move(`blob/${digest}`, `trash/blob/${digest}`);
  }

  async giveBackRecord({ stage, key }: ActionRecord): Promise<void> {
    if (this.objects.move(`trash/${recordName(stage, key)}`, recordName(stage, key)))
      this.objects.remove(tombstoneName(stage, key));
  }

  async giveBackBlob(digest: string): Promise<void> {
    this.objects.move(`trash/blob/${digest}`, `blob/${digest}`);
  }

  async deleteCondemned(): Promise<void> {
    for (const [name] of this.objects.list('trash/')) this.objects.remove(name);
  }

  async leftovers({ nowMs, olderThanMs }: LeftoverAge): Promise<string[]> {
    const old = this.objects
      .list('aside/')
      .concat(this.objects.list('unfinished/'))
      .filter(([, { touchedMs }]) => nowMs - touchedMs >= Math.max(olderThanMs, DAY_MS));
    return old.map(([name]) => name);
  }

  async removeLeftover(place: string): Promise<void> {
    this.objects.remove(place);
  }

  async readMark(name: string): Promise<string | null> {
    return this.objects.text(`mark/${name}`);
  }

  async writeMark(name: string, word: string): Promise<void> {
    this.objects.put(`mark/${name}`, word);
  }

  linkTree(files: readonly LinkedFile[], target: string): Promise<void> {
    return linkTree((digest) => this.localFile(digest), files, target);
  }

  linkFile(digest: string, target: string): Promise<void> {
    return linkFile((from) => this.localFile(from), digest, target);
  }

  private stamp(bytes: Buffer): BlobStamp {
    const digest = digestOf(bytes);
    const name = `blob/${digest}`;
    const found = this.objects.all.get(name)?.bytes;
    if (found !== undefined && digestOf(found) !== digest) void this.quarantine(digest);
    this.objects.put(name, bytes);
    return { digest, size: bytes.length, mtimeMs: this.objects.all.get(name)!.touchedMs };
  }
}
