/**
 * What the pipeline and the commands ask of a store, whatever it lies on. `test/lib/store/conformance.ts` says
 * what each answer must be; a new backend runs that suite unchanged. Every method that writes throws
 * SetupError STORE_UNWRITABLE where the store refuses, with `details.code` ENOSPC or EDQUOT where it has no space left.
 *
 * Times that a store tells (`touchedMs`, `writtenMs`) may be cut to whole seconds; nothing is ordered by them, they say
 * only what is young. What a store must have: names taken exclusively (`publishRecord`, `acquireLease`: of many at
 * once one wins), every write seen by the next read and the next list of any process, and a clock that differs from
 * the machines' by far less than a day.
 */
import type { ActionRecord } from './action-record.js';
import type { Publication } from './attempt.js';
import type { BlobStamp, Foreign, OpenedBlob, StoredBlob } from './blobs.js';
import type { LinkedFile } from './human-paths.js';
import type { Preimage } from './key.js';
import type { DeadLease, LeaseAnswer, LeaseHolder, LeaseOptions } from './leases.js';
import type { LeftoverAge, SetAside } from './leftovers.js';
import type { Lookup, PastAction, PublishedRecord, StoredRecord } from './records.js';
import type { LiveRun, StoredLiveRun } from './roots.js';
import type { RunFile, StoredRun } from './runs.js';

/** An attempt at an action: a local folder to write in, then publishing, record last. */
export interface StorageAttempt {
  readonly dir: string;
  /** Runs work that writes into `dir`. @throws SetupError STORE_UNWRITABLE where the device refuses */
  writing<T>(work: () => Promise<T>): Promise<T>;
  /** @throws InvariantError OUTPUTS_WRONG, KEY_WRONG; SetupError STORE_UNWRITABLE */
  publish(publication: Publication): Promise<PublishedRecord>;
  abandon(): Promise<void>;
}

/** All of a store. */
export interface Storage extends Results, Bytes, RunHistory, Leasing, Collecting, HumanPaths {
  /** Where it lies, for people. */
  readonly place: string;
  /** A word kept under a name beside the cached results, null when there is none. */
  readMark(name: string): Promise<string | null>;
  writeMark(name: string, word: string): Promise<void>;
}

/** What came out under which key. */
export interface Results {
  /** Finds what is stored under a key and checks that its bytes are there; writes nothing. */
  lookup(stage: string, key: string): Promise<Lookup>;
  /** {@link lookup} of many keys, in their order. */
  lookupMany(wanted: readonly { readonly stage: string; readonly key: string }[]): Promise<Lookup[]>;
  /** What a key stood for, also where its bytes are gone; null where it was never there. */
  past(stage: string, key: string): Promise<PastAction | null>;
  /** The preimage of a record's key. @throws StoreIntegrityError BLOB_MISSING, BLOB_CORRUPT */
  readPreimage(record: ActionRecord): Promise<Preimage>;
  /** Stores the preimage of a record again where its bytes are lost. @throws SetupError STORE_UNWRITABLE */
  keepPreimage(preimage: Preimage): Promise<void>;

  /** Starts an attempt at an action in a folder of its own. */
  begin(stage: string, key: string): Promise<StorageAttempt>;
  /** The record of a key as it stands, its bytes not looked at. */
  readRecord(stage: string, key: string): Promise<ActionRecord | 'absent' | 'corrupt'>;
  /** Publishes a record whose bytes were put before, with the stamps that these have here. */
  publishRecord(record: ActionRecord): Promise<PublishedRecord>;
  /** Every record, those that cannot be read among them, and what others put between them. */
  allRecords(): AsyncIterable<StoredRecord | Foreign>;
}

/** Bytes by their sha256. */
export interface Bytes {
  /** Takes bytes into the store and answers their digest. */
  putBytes(bytes: Buffer): Promise<string>;
  /** Takes bytes of any length into the store. */
  putStream(bytes: AsyncIterable<Buffer>): Promise<BlobStamp>;
  /** The verified bytes. @throws StoreIntegrityError BLOB_MISSING, BLOB_CORRUPT */
  readBlob(digest: string): Promise<Buffer>;
  /** Bytes of any length, not verified; null where there are none. */
  openBlob(digest: string): Promise<OpenedBlob | null>;
  /** The digest that the bytes under a digest really have; null where there are none. */
  hashBlob(digest: string): Promise<string | null>;
  /**
   * A local file with these bytes, not verified: who reads it compares the digest.
   * @throws StoreIntegrityError BLOB_MISSING
   */
  localFile(digest: string): Promise<string>;
  /** Every blob, bytes not looked at, and what others put between them. */
  allBlobs(): AsyncIterable<StoredBlob | Foreign>;
  /** Sets bytes aside that are not what their name says; absent is fine. */
  quarantine(digest: string, reason: string): Promise<void>;
  /** What was set aside, by {@link quarantine} and by publishing. */
  allSetAside(): AsyncIterable<SetAside>;
}

export interface Leasing {
  /** Takes the lease of a key, with `evenWhenFull` also where the store has no space left, or tells who holds it. */
  acquireLease(key: string, holder: LeaseHolder, options?: LeaseOptions): Promise<LeaseAnswer>;
  /** Leases of dead processes of this host. */
  deadLeases(): Promise<DeadLease[]>;
  dropLease(lease: DeadLease): Promise<void>;
}

/** What runs did, which go on, and which are kept under a name. */
export interface RunHistory {
  /** Says that a run goes on, so that nothing it found is collected under it. */
  beginRun(run: LiveRun): Promise<void>;
  /** Writes a run's file and then says that the run ended, as {@link endRun} does. */
  writeRun(run: RunFile): Promise<void>;
  /** Says that a run ended; one that never began is fine. */
  endRun(runId: string): Promise<void>;
  /** Runs that began and did not say that they ended. @throws StoreIntegrityError RUN_UNREADABLE */
  liveRuns(): Promise<StoredLiveRun[]>;
  /**
   * Runs that can be read, each read when it is asked for, the one that began last first. The start is in the id that
   * the server gives (UUID of version 7), so that a list of names is enough, and a copied or imported run keeps its
   * place; a run with another id stands where it says that it finished. When it was written orders nothing.
   */
  newestRuns(): AsyncGenerator<RunFile>;
  /** {@link newestRuns} with those that cannot be read. */
  allRuns(): AsyncIterable<StoredRun>;
  /** How many runs there are. */
  countRuns(): Promise<number>;
  /** Keeps a run under a name, in place of the one that had it. @throws ConfigError REF_INVALID */
  nameRun(name: string, runId: string): Promise<void>;
  /** Takes a name back; absent is fine. */
  unnameRun(name: string): Promise<void>;
  /** Names and the ids of the runs they keep. */
  runNames(): Promise<Map<string, string>>;
}

/**
 * Deletion in two steps, for {@link collectStore}: what is condemned is no longer found, and can be given back until
 * it is deleted. Nothing of it but a tombstone may need space.
 */
export interface Collecting {
  /** Gone meanwhile is fine, as it is of {@link condemnBlob}. */
  condemnRun(run: StoredRun): Promise<void>;
  /**
   * A tombstone takes its place, so that it can be explained.
   * @throws SetupError STORE_UNWRITABLE where there is no space for one: the record stays as it was
   */
  condemnRecord(record: ActionRecord, evictedAt: string): Promise<void>;
  condemnBlob(digest: string): Promise<void>;
  /** Undoes {@link condemnRecord}; the tombstone goes. Never condemned is fine. */
  giveBackRecord(record: ActionRecord): Promise<void>;
  /** Undoes {@link condemnBlob}; never condemned is fine. */
  giveBackBlob(digest: string): Promise<void>;
  /** Deletes what is condemned, by whomever. */
  deleteCondemned(): Promise<void>;
  /** What dead processes left and what was set aside, each long enough ago. */
  leftovers(age: LeftoverAge): Promise<string[]>;
  /** Removes one of {@link leftovers}. */
  removeLeftover(place: string): Promise<void>;
}

/** Stored bytes under names that people use. */
export interface HumanPaths {
  /** Makes `target` a folder of exactly these files. @throws ConfigError PATH_UNWRITABLE; BLOB_MISSING as localFile */
  linkTree(files: readonly LinkedFile[], target: string): Promise<void>;
  /** Makes `target` a file with these bytes. @throws ConfigError PATH_UNWRITABLE; BLOB_MISSING as localFile */
  linkFile(digest: string, target: string): Promise<void>;
}
