/**
 * What the pipeline asks of a store, whatever it lies on. `test/lib/store/conformance.ts` says what each
 * answer must be; a new backend runs that suite unchanged.
 */
import type { ActionRecord } from './action-record.js';
import type { Publication } from './attempt.js';
import type { LinkedFile } from './human-paths.js';
import type { Preimage } from './key.js';
import type { DeadLease, LeaseAnswer, LeaseHolder } from './leases.js';
import type { Lookup, PastAction, PublishedRecord } from './records.js';
import type { LiveRun } from './roots.js';
import type { RunFile } from './runs.js';

/** An attempt at an action: a local folder to write in, then publishing, record last. */
export interface StorageAttempt {
  readonly dir: string;
  /** Runs work that writes into `dir`. @throws SetupError STORE_UNWRITABLE where the device refuses */
  writing<T>(work: () => Promise<T>): Promise<T>;
  /** @throws InvariantError OUTPUTS_WRONG, KEY_WRONG; SetupError STORE_UNWRITABLE */
  publish(publication: Publication): Promise<PublishedRecord>;
  abandon(): Promise<void>;
}

export interface Storage {
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

  /** Starts an attempt at an action in a folder of its own. @throws SetupError STORE_UNWRITABLE */
  begin(stage: string, key: string): Promise<StorageAttempt>;
  /** Takes bytes into the store and answers their digest. @throws SetupError STORE_UNWRITABLE */
  putBytes(bytes: Buffer): Promise<string>;
  /** The verified bytes. @throws StoreIntegrityError BLOB_MISSING, BLOB_CORRUPT */
  readBlob(digest: string): Promise<Buffer>;
  /** A local file with these bytes, not verified: who reads it compares the digest. */
  localFile(digest: string): Promise<string>;
  /** Sets bytes aside that are not what their name says. */
  quarantine(digest: string, reason: string): Promise<void>;

  acquireLease(key: string, holder: LeaseHolder): Promise<LeaseAnswer>;
  /** Leases of dead processes of this host. */
  deadLeases(): Promise<DeadLease[]>;
  dropLease(lease: DeadLease): Promise<void>;

  /** Says that a run goes on, so that nothing it found is collected under it. */
  beginRun(run: LiveRun): Promise<void>;
  /** Writes a run's file and says that the run ended. */
  writeRun(run: RunFile): Promise<void>;
  /** Runs that can be read, newest first, each read when it is asked for. */
  newestRuns(): AsyncGenerator<RunFile>;
  /** How many runs there are. */
  countRuns(): Promise<number>;

  /** A word kept under a name beside the cached results, null when there is none. */
  readMark(name: string): Promise<string | null>;
  writeMark(name: string, word: string): Promise<void>;

  /** Makes `target` a folder of exactly these files. @throws ConfigError PATH_UNWRITABLE */
  linkTree(files: readonly LinkedFile[], target: string): Promise<void>;
  /** Makes `target` a file with these bytes. @throws ConfigError PATH_UNWRITABLE */
  linkFile(digest: string, target: string): Promise<void>;
}
