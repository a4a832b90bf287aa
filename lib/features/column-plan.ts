/**
 * Column operations in the order in which they run: what a feature definition compiles to.
 * Every operation computes a whole column of one frame of bars; none is interpreted row by row.
 */
import type { BarColumn, BarTable, Segment } from '../bars/index.js';
import { ConfigError } from '../errors.js';

/**
 * Bars before the month's start at which recursions start cold. A constant, whatever longer look-back
 * a formula needs: it is part of the meaning of every recursive feature.
 */
export const RECURSION_BARS = 512;

/** Longest look-back of a definition, in bars: ten weeks at 1m. */
export const MAX_LOOK_BACK_BARS = 100_000;

/** More operations than any sensible definition; formulas that refer to each other can multiply. */
export const MAX_STEPS = 20_000;

/** What a step computes on. */
export interface StepFrame {
  readonly bars: BarTable;
  /** Place of a row in a count of bars that is the same wherever the frame begins. */
  readonly ordinalOf: (row: number) => number;
  /** Segments from the step's cold start on. */
  readonly segments: readonly Segment[];
}

/** Writes whole columns; the outputs come filled with NaN, or with anything where {@link Step.writesAll}. */
export type StepRun = (
  frame: StepFrame,
  inputs: readonly Float64Array[],
  outputs: readonly Float64Array[],
) => void;

export interface Step {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Bars before the month's start at which the step starts cold; null where it may see the whole frame. */
  readonly coldStartBars: number | null;
  /** The step writes every row of its outputs, so that they need not be cleared for it. */
  readonly writesAll?: boolean;
  readonly run: StepRun;
}

/** A step, and the slots that nothing reads after it. */
export interface PlannedStep extends Step {
  readonly releases: readonly number[];
}

/** A column of the plan: where it is, and from which bar of a segment on it has values. */
export interface PlannedColumn {
  readonly slot: number;
  readonly firstBar: number;
}

export interface ColumnPlan {
  readonly slots: number;
  /** Slots that are given by the frame, and their names there. */
  readonly sources: ReadonlyMap<number, string>;
  readonly steps: readonly PlannedStep[];
  /** Bar columns that kernels read. */
  readonly bars: ReadonlySet<BarColumn>;
  /** Bars before the month's start that must be read. */
  readonly frameBars: number;
}

/** Builds a plan; equal operations are computed once. */
export class ColumnPlanBuilder {
  private readonly sources = new Map<number, string>();
  private readonly sourceSlots = new Map<string, number>();
  private readonly bars = new Set<BarColumn>();
  private readonly steps: Step[] = [];
  private readonly known = new Map<string, readonly number[]>();
  private slots = 0;
  private frameBars = RECURSION_BARS + 1;

  /** Notes that the frame must begin at least `bars` before the month's start. */
  require(bars: number): void {
    this.frameBars = Math.max(this.frameBars, bars);
    if (bars <= MAX_LOOK_BACK_BARS) return;
    throw new ConfigError('LOOK_BACK_TOO_LONG', {
      what: `The look-back of ${bars.toLocaleString('en')} bars is longer than the ${MAX_LOOK_BACK_BARS.toLocaleString('en')} allowed.`,
      fix: 'Shorten windows and lags.',
    });
  }

  /** Notes bar columns that a kernel reads. */
  readBars(names: readonly BarColumn[]): void {
    names.forEach((name) => this.bars.add(name));
  }

  /** The slot of a column that the frame gives, such as `close` of its bars. */
  source(name: string): number {
    const known = this.sourceSlots.get(name);
    if (known !== undefined) return known;
    const slot = this.slots++;
    this.sourceSlots.set(name, slot);
    this.sources.set(slot, name);
    return slot;
  }

  /** The output slots of the operation `key`, added where it is new. */
  step(key: string, outputs: number, make: () => Omit<Step, 'outputs'>): readonly number[] {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const step = make();
    const slots = Array.from({ length: outputs }, () => this.slots++);
    this.steps.push({ ...step, outputs: slots });
    this.known.set(key, slots);
    if (this.steps.length > MAX_STEPS) {
      throw new ConfigError('FORMULAS_TOO_LARGE', {
        what: `The formulas need more than ${MAX_STEPS.toLocaleString('en')} column operations.`,
        fix: 'Make them smaller, or refer to each other less often.',
      });
    }
    return slots;
  }

  /** The plan; the columns of `kept` slots outlive it. */
  build(kept: readonly number[]): ColumnPlan {
    const needed = new Set([...kept, ...this.sources.keys()]);
    const steps: PlannedStep[] = [];
    for (const step of [...this.steps].reverse()) {
      const releases = new Set([...step.inputs, ...step.outputs].filter((slot) => !needed.has(slot)));
      releases.forEach((slot) => needed.add(slot));
      steps.push({ ...step, releases: [...releases] });
    }
    steps.reverse();
    return { slots: this.slots, sources: this.sources, bars: this.bars, steps, frameBars: this.frameBars };
  }
}
