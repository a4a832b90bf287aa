/** What passes between workflows and activities: references and small numbers, never data. Types only. */
import type { Stage } from '../lib/config/types.js';
import type { FoldText, Observation } from '../lib/plan/graph-input.js';
import type { JsonObject } from '../lib/plan/node.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';

/** The workflow's arguments as they came; every activity that needs them compiles them itself. */
export interface RunInput {
  readonly config: unknown;
  readonly options: unknown;
}

export interface ResolveRequest extends RunInput {
  readonly observation: Observation;
}

export interface ResolveAnswer {
  /** Digest of the stored plan, from which activities read their nodes; null where nothing may be written. */
  readonly plan: string | null;
  readonly configDigest: string;
  readonly nodes: readonly ResolvedNode[];
  readonly folds: readonly FoldText[];
}

export interface StageRequest {
  readonly plan: string;
  readonly node: string;
  /** Keys of the inputs that this run computed; those of hits stand in the plan. */
  readonly keys: Readonly<Record<string, string>>;
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
}

/** How each node of a run ended; `blocked` nodes were never tried. */
export interface NodeOutcome {
  readonly status: 'hit' | 'ran' | 'failed' | 'blocked';
  readonly key: string | null;
  readonly wallMs: number;
  readonly diverged: boolean;
}

export interface PublishRequest extends RunInput {
  readonly plan: string;
  readonly configDigest: string;
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly outcomes: Readonly<Record<string, NodeOutcome>>;
  readonly failures: readonly NodeFailure[];
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
  readonly ic: number | null;
  readonly icT: number | null;
  readonly icDelay1: number | null;
  readonly days: number | null;
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

/** What a run answers: the workflow's result and `run --json`. */
export interface RunResult {
  readonly runId: string;
  readonly config: string;
  readonly stages: Readonly<Partial<Record<Stage, StageCounts>>>;
  readonly outputs?: Readonly<Record<string, string>>;
  /** Digest of a blob that holds `outputs` where they are more than 5,000. */
  readonly outputsRef?: string;
  readonly headline: Headline;
  readonly artifacts: Readonly<Record<string, string>>;
  /** Runs that the store remembers: how often somebody may have looked. In no key and no cached number. */
  readonly runsInStore: number;
}

/** What a plan answers: `plan --json`. */
export interface PlanResult {
  readonly config: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly stage: Stage;
    readonly state: string;
    readonly reason: string | null;
    readonly cause: string | null;
    readonly expectedMs: number | null;
  }[];
  readonly causes: readonly { readonly cause: string; readonly nodes: number }[];
  readonly expectedMs: number;
  /** The walk-forward windows; empty where the plan ends before the folds. */
  readonly folds: readonly FoldText[];
}

/** How far a run is: the answer of the workflow's `progress` query. */
export interface RunProgress {
  readonly phase: 'observing' | 'resolving' | 'running' | 'publishing' | 'done';
  readonly stages: Readonly<Partial<Record<Stage, StageProgress>>>;
  /** Nodes whose activities are scheduled now. */
  readonly running: readonly string[];
  readonly failures: readonly NodeFailure[];
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
}

/** One activity a stage, all of one shape. */
export type StageActivities = Record<Stage, (request: StageRequest) => Promise<StageAnswer>>;

export type Activities = ObservingActivities & PlanningActivities & StageActivities;
