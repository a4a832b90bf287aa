import { allocateBars, findSegments, MINUTE_MS } from '../../../../lib/bars/index.js';
import { runPlan } from '../../../../lib/features/column-frame.js';
import { ColumnPlanBuilder } from '../../../../lib/features/column-plan.js';
import { checkFormula, foldConstants } from '../../../../lib/features/formulas/check-formula.js';
import { loadFormulaParser } from '../../../../lib/features/formulas/parse-formula.js';
import { FormulaPlanner } from '../../../../lib/features/formulas/plan-formula.js';

/** Any columns over one-minute rows. */
export interface Rows {
  readonly openTimeMs: Float64Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/** A formula of the named columns alone, without bars and months around it. */
export interface Compiled {
  readonly uses: readonly string[];
  compute(rows: Rows): Float64Array;
}

export async function compileOn(text: string, names: readonly string[]): Promise<Compiled> {
  const parse = await loadFormulaParser();
  const formula = foldConstants(parse(text));
  const uses = checkFormula(text, formula, new Set(names));
  const builder = new ColumnPlanBuilder();
  const planner = new FormulaPlanner(builder, (name) => ({ slot: builder.source(name), firstBar: 0 }));
  const { slot } = planner.plan(formula, 1);
  const plan = builder.build([slot]);
  return {
    uses,
    compute: ({ openTimeMs, columns }) => {
      const bars = { ...allocateBars(openTimeMs.length), openTimeMs };
      const segments = findSegments(openTimeMs, MINUTE_MS);
      const source = (name: string): Float64Array => columns[name]!;
      const ordinalOf = (row: number): number => Math.round(openTimeMs[row]! / MINUTE_MS);
      // A month that starts before all rows: recursions start at their segments.
      return runPlan(plan, { bars, segments, source, ordinalOf, coldRow: () => 0 })[slot]!;
    },
  };
}
