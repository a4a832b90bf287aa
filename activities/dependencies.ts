/** What activities are given when a worker is composed; tests give them smaller ones. */
import type { ProgramName } from '../lib/plan/node.js';
import type { CodeIdentity } from '../lib/plan/preimage.js';
import type { ActionCost, Storage } from '../lib/store/index.js';
import type { JsonObject, ProgramHost, ProgramJob, ProgramResult } from './programs/program.js';

/** Runs programs off the main thread, a bounded number at a time. */
export interface ProgramRunner {
  run(program: ProgramName, job: ProgramJob<unknown>, watch: ProgramWatch): Promise<ProgramRun>;
}

export interface ProgramRun {
  readonly result: ProgramResult;
  /** In the thread, without waiting for one. */
  readonly cost: ActionCost;
}

export interface ProgramWatch {
  readonly signal: AbortSignal;
  onProgress(detail: JsonObject): void;
}

export interface ActivityDependencies {
  readonly store: Storage;
  /** Absolute folder from which relative paths of the config start. */
  readonly home: string;
  readonly runner: ProgramRunner;
  readonly host: ProgramHost;
  /** Nodes to run above which child workflows take them; 400 where it is not given. */
  readonly mostInlineNodes?: number;
  /** Told while the inputs of figures are computed; absent where another process draws them. */
  readonly expectFigures?: () => void;
  codeOf(program: ProgramName): CodeIdentity;
}
