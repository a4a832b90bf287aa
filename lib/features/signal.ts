/** A signal beside the model's: a formula of feature columns, such as `-rsi`. */
import { findSegments } from '../bars/index.js';
import { runPlan } from './column-frame.js';
import { ColumnPlanBuilder } from './column-plan.js';
import { checkFormula, foldConstants } from './formulas/check-formula.js';
import { loadFormulaParser } from './formulas/parse-formula.js';
import { FormulaPlanner } from './formulas/plan-formula.js';

/** Rows of one symbol, ascending in time. */
export interface SignalRows {
  readonly openTimeMs: Float64Array;
  readonly intervalMs: number;
  /** A feature column over the rows. */
  readonly column: (name: string) => Float64Array;
}

export interface Signal {
  /** The feature columns it reads. */
  readonly columns: readonly string[];
  /**
   * The signal at each row, NaN where it has no value. Windows and lags count rows without a hole
   * between them; `ema` starts at the first of them.
   */
  compute(rows: SignalRows): Float64Array;
}

/**
 * Compiles a signal.
 * @param features the feature columns it may name
 * @throws ConfigError FORMULA_INVALID with the position and the nearest name
 */
export async function compileSignal(text: string, features: readonly string[]): Promise<Signal> {
  const parse = await loadFormulaParser();
  const formula = foldConstants(parse(text));
  const columns = checkFormula(text, formula, features);
  const builder = new ColumnPlanBuilder();
  const planner = new FormulaPlanner(builder, (name) => ({ slot: builder.source(name), firstBar: 0 }));
  const { slot } = planner.plan(formula, 1);
  const plan = builder.build([slot]);
  return {
    columns,
    compute: ({ openTimeMs, intervalMs, column }) => {
      const segments = findSegments(openTimeMs, intervalMs);
      const frame = { bars: null, openTimeMs, intervalMs, monthStartMs: -Infinity, segments, source: column };
      return runPlan(plan, frame)[slot]!;
    },
  };
}
