/** The expressions of a definition: which refer to which, and their columns. */
import type { ColumnPlanBuilder, PlannedColumn } from './column-plan.js';
import type { DefinitionProblem, DefinitionProblems } from './definition.js';
import { checkFormula, foldConstants } from './formulas/check-formula.js';
import { FUNCTIONS } from './formulas/functions.js';
import { FormulaPlanner, type ColumnResolver } from './formulas/plan-formula.js';
import type { Formula } from './formulas/formula.js';
import type { FormulaParser } from './formulas/parse-formula.js';
import { nameProblem } from './registry.js';

interface Expression {
  readonly name: string;
  readonly formula: Formula;
  /** Other expressions it refers to. */
  readonly uses: readonly string[];
}

/** Members of a circle that are told; more help nobody. */
const CYCLE_SHOWN = 20;

/** Formulas and names around them. */
export interface ExpressionInput {
  readonly formulas: Readonly<Record<string, string>>;
  /** Columns beside the expressions: a formula may use them, no expression may take their names. */
  readonly known: readonly string[];
  /** Features that are no numbers: no formula may use them, no expression may take their names. */
  readonly categories: readonly string[];
}

/**
 * Parses and checks every expression; what is wrong goes to `problems`.
 * @returns the sound ones, each after those it refers to
 */
export function readExpressions(
  parse: FormulaParser,
  { formulas, known, categories }: ExpressionInput,
  problems: DefinitionProblems,
): Expression[] {
  const names = Object.keys(formulas);
  const own = new Set(names);
  const all = new Set([...known, ...names]);
  // The name before the dot is taken, too: an expression `macd` would pass for one of `macd.signal`'s kind.
  const taken = new Set([...known.flatMap((column) => [column, column.split('.')[0]!]), ...categories]);
  const expressions = names.flatMap((name) => {
    const path = `expressions.${name}`;
    const clash = expressionNameProblem(name, taken);
    if (clash !== null) problems.add({ path, text: clash });
    const text = formulas[name]!;
    const formula = problems.attempt(path, () => {
      const folded = foldConstants(parse(text));
      const uses = checkFormula(text, folded, all).filter((used) => own.has(used));
      return { name, formula: folded, uses };
    });
    return formula === null ? [] : [formula];
  });
  return sortByUse(expressions, problems);
}

function expressionNameProblem(name: string, taken: ReadonlySet<string>): string | null {
  const problem = nameProblem(name);
  if (problem !== null) return problem;
  if (taken.has(name)) return 'is the name of another feature: choose another name';
  return FUNCTIONS.has(name) ? 'is the name of a function: choose another name' : null;
}

/**
 * Each expression after those it uses; a cycle is a problem of its first member. A stack of its own, because a
 * chain may be longer than the engine's.
 */
function sortByUse(expressions: readonly Expression[], problems: DefinitionProblems): Expression[] {
  const byName = new Map(expressions.map((each) => [each.name, each]));
  const sorted = new Set<Expression>();
  const open = new Set<Expression>();
  const stack = [...expressions].reverse();
  while (stack.length > 0) {
    const expression = stack.at(-1)!;
    if (sorted.has(expression) || open.has(expression)) {
      stack.pop();
      open.delete(expression);
      sorted.add(expression);
      continue;
    }
    open.add(expression);
    for (const name of [...expression.uses].reverse()) {
      const used = byName.get(name);
      if (used === undefined || sorted.has(used)) continue;
      if (open.has(used)) problems.add(cycleProblem(used, [...open]));
      else stack.push(used);
    }
  }
  return [...sorted];
}

/** @param open the expressions on the way to the use that closes the circle */
function cycleProblem({ name }: Expression, open: readonly Expression[]): DefinitionProblem {
  const names = open.map((each) => each.name);
  const members = names.slice(names.indexOf(name));
  const shown = members.length > CYCLE_SHOWN ? [...members.slice(0, CYCLE_SHOWN), '..'] : members;
  return {
    path: `expressions.${name}`,
    text: `refers to itself: ${[...shown, name].join(' -> ')}. Break the circle.`,
  };
}

/**
 * Plans the columns of sound expressions.
 * @param resolve the columns of all other names
 * @returns by name; an expression whose look-back is too long is a problem instead
 */
export function planExpressions(
  builder: ColumnPlanBuilder,
  expressions: readonly Expression[],
  resolve: ColumnResolver,
  problems: DefinitionProblems,
): Map<string, PlannedColumn> {
  const formulas = new Map(expressions.map(({ name, formula }) => [name, formula]));
  const planned = new Map<string, PlannedColumn>();
  const planner: FormulaPlanner = new FormulaPlanner(builder, (name, reachBars) => {
    const formula = formulas.get(name);
    if (formula === undefined) return resolve(name, reachBars);
    const key = `${name} ${reachBars}`;
    const known = planned.get(key);
    if (known !== undefined) return known;
    const column = planner.plan(formula, reachBars);
    planned.set(key, column);
    return column;
  });
  const columns = new Map<string, PlannedColumn>();
  for (const { name } of expressions) {
    const column = problems.attempt(`expressions.${name}`, () =>
      planner.plan({ kind: 'name', name, at: 0 }, 1),
    );
    if (column !== null) columns.set(name, column);
  }
  return columns;
}
