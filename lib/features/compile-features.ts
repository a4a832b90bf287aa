/** Compiles a feature definition: names, look-back and the column operations. */
import { planBuiltIn } from './built-in-columns.js';
import { ColumnPlanBuilder, RECURSION_BARS, type PlannedColumn } from './column-plan.js';
import { DefinitionProblems, suggestName, type FeatureDefinition } from './definition.js';
import { planExpressions, readExpressions } from './expressions.js';
import type { ComputedColumn, FeatureSet } from './feature-set.js';
import { loadFormulaParser } from './formulas/parse-formula.js';
import type { ColumnResolver } from './formulas/plan-formula.js';
import { BAR_VARIABLES, REGISTRY, SYMBOL_COLUMN, type FeatureRegistry } from './registry.js';

/**
 * Compiles the features of a config.
 * @throws ConfigError FEATURES_INVALID listing every problem with its path, position and nearest name
 */
export async function compileFeatures(
  definition: FeatureDefinition,
  registry: FeatureRegistry = REGISTRY,
): Promise<FeatureSet> {
  const problems = new DefinitionProblems();
  checkFlags(definition.flags, registry, problems);
  const builder = new ColumnPlanBuilder();
  const builtIns = planGroups(builder, registry, definition.flags);
  const expressions = await planConfigured(builder, registry, definition, problems);
  const computed = [...builtIns, ...expressions];
  if (computed.length === 0) {
    problems.add({ path: 'feature_flags', text: 'turns every feature off: leave at least one on.' });
  }
  problems.refuse();
  return featureSet(computed, builder, definition.flags[SYMBOL_COLUMN] === true);
}

/** The columns of the expressions, in the order of the config. */
async function planConfigured(
  builder: ColumnPlanBuilder,
  registry: FeatureRegistry,
  { expressions: formulas }: FeatureDefinition,
  problems: DefinitionProblems,
): Promise<ComputedColumn[]> {
  const names = Object.keys(formulas);
  if (names.length === 0) return [];
  const taken = [...registry.columns.keys()];
  const known = [...Object.keys(BAR_VARIABLES), ...taken];
  const sound = readExpressions(await loadFormulaParser(), { formulas, known, taken }, problems);
  if (problems.found) return [];
  const resolve: ColumnResolver = (name, reachBars) =>
    Object.hasOwn(BAR_VARIABLES, name)
      ? planBar(builder, name, reachBars)
      : planBuiltIn(builder, registry, name, reachBars);
  const columns = planExpressions(builder, sound, resolve, problems);
  return names.flatMap((name) => {
    const column = columns.get(name);
    return column === undefined ? [] : [{ name, clock: false, ...column }];
  });
}

function planBar(builder: ColumnPlanBuilder, name: string, reachBars: number): PlannedColumn {
  builder.require(reachBars);
  return { slot: builder.source(name), firstBar: 0 };
}

function checkFlags(
  flags: Readonly<Record<string, boolean>>,
  registry: FeatureRegistry,
  problems: DefinitionProblems,
): void {
  for (const name of Object.keys(flags)) {
    if (registry.flags.includes(name)) continue;
    problems.add({
      path: `feature_flags.${name}`,
      text: `is no feature group; ${suggestName(name, registry.flags)}`,
    });
  }
}

function planGroups(
  builder: ColumnPlanBuilder,
  registry: FeatureRegistry,
  flags: Readonly<Record<string, boolean>>,
): ComputedColumn[] {
  return registry.groups
    .filter((group) => flags[group.name] ?? group.onByDefault)
    .flatMap((group) =>
      group.columns.map(({ name }) => ({
        name,
        clock: group.clock,
        ...planBuiltIn(builder, registry, name, 1),
      })),
    );
}

function featureSet(
  computed: readonly ComputedColumn[],
  builder: ColumnPlanBuilder,
  hasSymbol: boolean,
): FeatureSet {
  const plan = builder.build(computed.map(({ slot }) => slot));
  const firstBars = computed.map(({ firstBar }) => firstBar).filter((bars) => bars < RECURSION_BARS);
  return {
    columns: [...computed.map(({ name }) => name), ...(hasSymbol ? [SYMBOL_COLUMN] : [])],
    categorical: hasSymbol ? [SYMBOL_COLUMN] : [],
    lookBackBars: plan.frameBars - 1,
    warmUpBars: Math.max(0, ...firstBars),
    computed,
    plan,
  };
}
