/** What passes between workflows and activities: references and small numbers, never data. Types only. */
import type { Stage } from '../lib/config/types.js';
import type { RowsSummary } from '../lib/features/summary.js';
import type { Explanation } from '../lib/plan/explain.js';
import type { FoldText, Observation } from '../lib/plan/graph-input.js';
import type { WorkGroup } from '../lib/plan/groups.js';
import type { JsonObject } from '../lib/plan/node.js';
import type { PackedPlan, PlannedCause } from '../lib/plan/plan-result.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';

/** The workflow's arguments as they came; every activity that needs them compiles them itself. */
export interface RunInput {
  readonly config: unknown;
  readonly options: unknown;
}

export interface ResolveRequest extends RunInput {
  readonly observation: Observation;
}

/** What is to run; or, where the options ask for it, only the plan or the explanation of a node. */
export type ResolveAnswer =
  | ResolvedWork
  | { readonly kind: 'plan'; readonly plan: PackedPlan }
  | { readonly kind: 'explanation'; readonly explanation: Explanation };

export interface ResolvedWork {
  readonly kind: 'work';
  /** Digest of the stored plan, from which activities read their nodes. */
  readonly plan: string;
  readonly configDigest: string;
  /** All nodes and hits by stage. */
  readonly counts: Readonly<Partial<Record<Stage, { readonly nodes: number; readonly hit: number }>>>;
  /** The nodes that the run's own workflow schedules. */
  readonly work: readonly ResolvedNode[];
  /** Nodes that child workflows schedule: only where there are too many for one history. */
  readonly groups: readonly WorkGroup[];
  readonly folds: readonly FoldText[];
}

export interface StageRequest {
  readonly plan: string;
  readonly node: string;
  /** Keys of the inputs that this workflow computed; those of hits stand in the plan. */
  readonly keys: Readonly<Record<string, string>>;
  /** Digests of the stored outcomes of child workflows, where further inputs stand. */
  readonly pages: readonly string[];
  /** The key the plan expects; null where an input was not known then. */
  readonly plannedKey: string | null;
}

export interface StageAnswer {
  readonly key: string;
  readonly status: 'hit' | 'ran';
  /** Another result was already stored under this key: kept aside and reported. */
  readonly diverged: boolean;
  readonly facts: JsonObject;
  readonly wallMs: number;
}

export interface NodeFailure {
  readonly node: string;
  readonly type: string;
  readonly message: string;
  /** Null where it failed before its key was known. */
  readonly key: string | null;
}

/** How each node of a run ended; `blocked` nodes were never tried. */
export interface NodeOutcome {
  readonly status: 'hit' | 'ran' | 'failed' | 'blocked';
  readonly key: string | null;
  readonly wallMs: number;
  readonly diverged: boolean;
  /** What a failed node failed with. */
  readonly error?: string;
}

export interface PublishRequest extends RunInput {
  readonly plan: string;
  readonly configDigest: string;
  readonly status: 'completed' | 'failed' | 'cancelled';
  /** Of the nodes that are no hits of the plan. */
  readonly outcomes: Readonly<Record<string, NodeOutcome>>;
  /** Digests of the stored outcomes of child workflows. */
  readonly pages: readonly string[];
}

/** What a child workflow is asked for: the nodes of one group of a plan. */
export interface GroupRequest {
  readonly plan: string;
  readonly group: string;
  /** Outcomes of the groups it reads. */
  readonly pages: readonly string[];
}

export interface GroupAnswer {
  /** Digest of its stored outcomes. */
  readonly page: string;
  readonly stages: Readonly<Partial<Record<Stage, StageProgress>>>;
  /** The first of its failures. */
  readonly failures: readonly NodeFailure[];
  readonly failed: number;
}

export interface StageCounts {
  readonly nodes: number;
  readonly hit: number;
  readonly ran: number;
  readonly failed: number;
  /** Sum of the wall times of the nodes that ran. */
  readonly wallMs: number;
}

export interface Headline {
  /** Whose IC this is: `model` or an expression; null where nothing was evaluated. */
  readonly icSignal: string | null;
  readonly ic: number | null;
  readonly icT: number | null;
  readonly icDelay1: number | null;
  readonly days: number | null;
  /** What is traded; its IC is another's where `icSignal` differs. Null where nothing was traded. */
  readonly signal: string | null;
  readonly breakEvenFeeBp: number | null;
  readonly breakEvenFeeBp95: readonly [number, number] | null;
  readonly breakEvenFeeBpDelay1: number | null;
  readonly breakEvenFeeBpDelay1At95: readonly [number, number] | null;
  readonly sharpe: number | null;
  readonly scope: string | null;
  readonly exPost: boolean | null;
  /** The rule asked for where it looks ahead (ex post): numbers that no trader could have had. */
  readonly exPostRule: ExPostRule | null;
}

export interface ExPostRule {
  readonly scope: string;
  readonly breakEvenFeeBp: number | null;
  readonly sharpe: number | null;
  readonly totalReturn: number;
}

/** An archive file that this run fetched and could not use: its bars came from elsewhere or are missing. */
export interface UnusableArchive {
  readonly node: string;
  readonly file: string;
  readonly problem: string;
}

/** A month of klines that `--recheck` found changed, and how many of its rows. */
export interface RestatedMonth {
  readonly node: string;
  readonly changedRows: number;
  readonly addedRows: number;
  readonly removedRows: number;
}

export interface RanNode {
  readonly node: string;
  readonly reason: string | null;
  readonly cause: string | null;
  readonly key: string;
  readonly wallMs: number;
}

/** What a run answers: the workflow's result and `run --json`. */
export interface RunResult {
  readonly runId: string;
  readonly config: string;
  readonly stages: Readonly<Partial<Record<Stage, StageCounts>>>;
  readonly outputs?: Readonly<Record<string, string>>;
  /** Digest of a blob that holds `outputs` where they are more than 5,000. */
  readonly outputsRef?: string;
  /** Months whose bars changed since they were downloaded; there only after a recheck that found some. */
  readonly restated?: readonly RestatedMonth[];
  /** Absent where every archive file could be used. */
  readonly unusableArchives?: readonly UnusableArchive[];
  /** What ran, and why: the first 500 nodes; the run's file in the store holds all. */
  readonly ran: readonly RanNode[];
  /** How many entries `ran` and `causes` leave out; absent where they are whole. */
  readonly leftOut?: { readonly ran: number; readonly causes: number };
  /** The root causes, as the plan of this run had them. */
  readonly causes: readonly PlannedCause[];
  /** Nodes that gave other bytes than are stored under their key. */
  readonly diverged: readonly string[];
  readonly headline: Headline;
  /** Of a run that ends with the features, what each symbol's model data holds. */
  readonly features?: Readonly<Record<string, RowsSummary>>;
  /** Digest of a blob that holds `features` where they have more than 5,000 columns. */
  readonly featuresRef?: string;
  readonly artifacts: Readonly<Record<string, string>>;
  /** Runs that the store remembers: how often somebody may have looked. In no key and no cached number. */
  readonly runsInStore: number;
}

/** How far a run is: the answer of the workflow's `progress` query. */
export interface RunProgress {
  readonly phase: 'observing' | 'resolving' | 'running' | 'publishing' | 'done';
  readonly stages: Readonly<Partial<Record<Stage, StageProgress>>>;
  /** What the months that ran cost, summed. */
  readonly download: DownloadTotals;
  /** Nodes whose activities are scheduled now. */
  readonly running: readonly string[];
  readonly failures: readonly NodeFailure[];
}

export interface DownloadTotals {
  readonly months: number;
  readonly bytes: number;
  readonly bars: number;
  readonly weightUsed: number;
}

export interface StageProgress {
  readonly nodes: number;
  readonly hit: number;
  readonly ran: number;
  readonly failed: number;
  readonly waiting: number;
  readonly wallMs: number;
}

export interface ObservingActivities {
  observe(request: RunInput): Promise<Observation>;
}

export interface PlanningActivities {
  resolve(request: ResolveRequest): Promise<ResolveAnswer>;
  publish(request: PublishRequest): Promise<RunResult>;
  /** The nodes of a child workflow. */
  readGroup(request: GroupRequest): Promise<readonly ResolvedNode[]>;
  /** Stores how the nodes of a child workflow ended; answers the digest. */
  storeOutcomes(outcomes: Readonly<Record<string, NodeOutcome>>): Promise<string>;
}

/** One activity a stage, all of one shape. */
export type StageActivities = Record<Stage, (request: StageRequest) => Promise<StageAnswer>>;

export type Activities = ObservingActivities & PlanningActivities & StageActivities;
