/**
 * What every stage program is: a function from decoded inputs to files, run in a worker thread.
 * A program knows neither Temporal nor the cache; it sees only what its action key holds.
 */
import type { TableSummary } from '../../lib/store/parquet.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** One stored file a program may read; `path` is inside the store, `digest` is `sha256:<hex>` of its bytes. */
export interface InputFile {
  /** Node that made it, such as `features/BTCUSDT/2023-03`. */
  readonly node: string;
  /** Name of the output, such as `bars`. */
  readonly output: string;
  readonly path: string;
  readonly digest: string;
  readonly rows: number | null;
}

export interface ProgramJob<P> {
  /** The node's parameters, exactly those in its key. */
  readonly params: P;
  /** The files of each named input, in the order of the node's declaration. */
  readonly inputs: Readonly<Record<string, readonly InputFile[]>>;
  /** An empty folder of this attempt; every output is written here. */
  readonly outDir: string;
  /** How the machine lets this attempt run; never changes an output byte and is not in the key. */
  readonly host: ProgramHost;
}

export interface ProgramHost {
  readonly threads: number;
  readonly lightgbmLibrary: string | null;
  readonly browserPath: string | null;
  /** Folder of the user's that holds one weight budget per exchange origin. */
  readonly budgetDir: string;
  /** Silence after which a request is given up; the defaults of lib/market where absent. */
  readonly restTimeoutMs?: number;
  readonly archiveTimeoutMs?: number;
  /** False where the environment names no proxy for HTTP. */
  readonly hasProxy?: boolean;
}

export interface ProgramContext {
  /** Tells how far the work is; cheap, coalesced, lost when nobody listens. */
  progress(detail: JsonObject): void;
  readonly signal: AbortSignal;
}

export interface ProgramOutput {
  /** `bars`, `rows`, `model`, ... */
  readonly name: string;
  /** File name inside `outDir`. */
  readonly file: string;
  /** Present for Parquet tables. */
  readonly table?: TableSummary;
}

export interface ProgramResult {
  readonly outputs: readonly ProgramOutput[];
  /** Small numbers worth seeing in the record, the UI and the result; no clock, host or path. */
  readonly facts: JsonObject;
}

export type Program<P> = (job: ProgramJob<P>, context: ProgramContext) => Promise<ProgramResult>;
