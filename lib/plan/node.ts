/** The DAG as data. */
import type { Stage } from '../config/types.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The programs that compute nodes, by name; each is keyed and fingerprinted on its own. */
export const PROGRAM_STAGES = {
  klines: 'klines',
  features: 'features',
  fold: 'fold',
  predict: 'predict',
  evaluate: 'evaluate',
  backtest: 'backtest',
  quantileFigures: 'report',
  backtestFigures: 'report',
  reportPage: 'report',
} as const satisfies Record<string, Stage>;

export type ProgramName = keyof typeof PROGRAM_STAGES;

/** What a node reads: one output of each of some nodes. */
export interface NodeInput {
  /** Name under which the program finds the files. */
  readonly name: string;
  readonly nodes: readonly string[];
  readonly output: string;
  /** UTC ms, half-open; when present the key holds the digest of the window's days instead of the files'. */
  readonly window: readonly [startMs: number, endMs: number] | null;
}

/** One unit of work. Plain JSON. */
export interface PlanNode {
  /** `features/BTCUSDT/2023-03`; unique in the plan and the same from run to run. */
  readonly id: string;
  readonly program: ProgramName;
  /** Everything the program may know of the config; all of it is in the key. */
  readonly params: JsonObject;
  /** What helps the program but changes no output byte (politeness, listings); not in the key. */
  readonly hints: JsonObject;
  readonly inputs: readonly NodeInput[];
  readonly salt: string;
  /** Compute again although a record exists. */
  readonly forced: boolean;
}

/** The stage under which a node is counted. */
export function stageOf(node: { program: ProgramName }): Stage {
  return PROGRAM_STAGES[node.program];
}

/** The nodes whose outputs `node` reads, each once. */
export function dependenciesOf(node: PlanNode): string[] {
  return [...new Set(node.inputs.flatMap((input) => input.nodes))];
}

/** An output of a stored record, as far as keys and references need it. */
export interface KnownOutput {
  readonly name: string;
  readonly digest: string;
  readonly rows?: number | null;
  readonly days?: readonly { readonly day: string; readonly digest: string }[] | null;
}

/** A stored record, as far as keys and references need it. */
export interface KnownRecord {
  readonly key: string;
  readonly outputs: readonly KnownOutput[];
  readonly cost: { readonly wallMs: number };
}
