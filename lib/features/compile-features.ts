/** Compiles a feature definition: names, look-back and the column operations. */
import { planBuiltIn } from './built-in-columns.js';
import { ColumnPlanBuilder, RECURSION_BARS } from './column-plan.js';
import { DefinitionProblems, suggestName, type FeatureDefinition } from './definition.js';
import type { ComputedColumn, FeatureSet } from './feature-set.js';
import { REGISTRY, SYMBOL_COLUMN, type FeatureRegistry } from './registry.js';

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
  const computed: ComputedColumn[] = planGroups(builder, registry, definition.flags);
  if (computed.length === 0) {
    problems.add({ path: 'feature_flags', text: 'turns every feature off: leave at least one on.' });
  }
  problems.refuse();
  return featureSet(computed, builder, definition.flags[SYMBOL_COLUMN] === true);
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
