/** Compiles a feature definition: names, look-back and the column operations. */
import { BAR_COLUMNS, type BarColumn } from '../bars/index.js';
import { planBuiltIn } from './built-in-columns.js';
import { ColumnPlanBuilder, RECURSION_BARS, type PlannedColumn } from './column-plan.js';
import {
  DefinitionProblems,
  suggestName,
  type FeatureDefinition,
  type IndicatorRequest,
} from './definition.js';
import type { ComputedColumn, FeatureSet } from './feature-set.js';
import type { ColumnResolver } from './formulas/plan-formula.js';
import { BAR_VARIABLES, REGISTRY, type FeatureRegistry } from './registry.js';

/**
 * Compiles the features of a config. What only expressions or indicators need is loaded here, and only
 * where there are any.
 * @throws ConfigError FEATURES_INVALID listing every problem with its path, position and nearest name
 */
export async function compileFeatures(
  definition: FeatureDefinition,
  registry: FeatureRegistry = REGISTRY,
): Promise<FeatureSet> {
  const { flags, indicators, expressions } = definition;
  const problems = new DefinitionProblems();
  checkFlags(flags, registry, problems);
  const builder = new ColumnPlanBuilder();
  const computed = planGroups(builder, registry, flags);
  const columns = registryColumns(builder, registry);
  const categories = categoryNames(registry);
  if (indicators.length > 0) {
    computed.push(...(await planIndicators(builder, indicators, { columns, categories }, problems)));
  }
  if (Object.keys(expressions).length > 0) {
    computed.push(...(await planFormulas(builder, expressions, { columns, categories }, problems)));
  }
  problems.refuse();
  if (computed.length === 0) {
    problems.add({ path: 'feature_flags', text: 'turns every feature off: leave at least one on.' });
  }
  problems.refuse();
  return featureSet(computed, builder);
}

/** Columns that later ones may refer to, each planned when it is asked for. */
type KnownColumns = Map<string, (reachBars: number) => PlannedColumn>;

/** Names that are taken. */
interface TakenNames {
  readonly columns: KnownColumns;
  /** Features that are no numbers: their names are taken too, but no formula may use them. */
  readonly categories: readonly string[];
}

function categoryNames({ columns }: FeatureRegistry): string[] {
  return [...columns].filter(([, { group }]) => group.categorical).map(([name]) => name);
}

/** The bars' columns and every registered feature that is a number, its flag on or off. */
function registryColumns(builder: ColumnPlanBuilder, registry: FeatureRegistry): KnownColumns {
  const bars = Object.keys(BAR_VARIABLES).map(
    (name) => [name, (reachBars: number) => planBar(builder, name, reachBars)] as const,
  );
  const numbers = [...registry.columns].filter(([, { group }]) => !group.categorical);
  const features = numbers.map(
    ([name]) => [name, (reachBars: number) => planBuiltIn(builder, registry, name, reachBars)] as const,
  );
  return new Map([...bars, ...features]);
}

function planBar(builder: ColumnPlanBuilder, name: string, reachBars: number): PlannedColumn {
  builder.require(reachBars);
  return { slot: builder.source(name), firstBar: 0 };
}

/** Plans the indicators and makes their columns known. */
async function planIndicators(
  builder: ColumnPlanBuilder,
  requests: readonly IndicatorRequest[],
  { columns, categories }: TakenNames,
  problems: DefinitionProblems,
): Promise<ComputedColumn[]> {
  const [{ loadIndicatorLibrary }, { admitIndicators, planIndicator }] = await Promise.all([
    import('./indicators/indicator-stream.js'),
    import('./indicators/plan-indicators.js'),
  ]);
  const library = await loadIndicatorLibrary();
  const admitted = admitIndicators(library, requests, [...columns.keys(), ...categories], problems);
  return admitted.flatMap((indicator) =>
    indicator.columns.map((name, output) => {
      const plan = (reachBars: number): PlannedColumn =>
        planIndicator(builder, library, { indicator, output }, reachBars);
      columns.set(name, plan);
      return { name, clock: false, categorical: false, ...plan(1) };
    }),
  );
}

/** Plans the expressions, in the order of the config. */
async function planFormulas(
  builder: ColumnPlanBuilder,
  formulas: Readonly<Record<string, string>>,
  { columns, categories }: TakenNames,
  problems: DefinitionProblems,
): Promise<ComputedColumn[]> {
  const [{ planExpressions, readExpressions }, { loadFormulaParser }] = await Promise.all([
    import('./expressions.js'),
    import('./formulas/parse-formula.js'),
  ]);
  const parse = await loadFormulaParser();
  const known = [...columns.keys()];
  const sound = readExpressions(parse, { formulas, known, categories }, problems);
  if (problems.found) return [];
  const resolve: ColumnResolver = (name, reachBars) => columns.get(name)!(reachBars);
  const planned = planExpressions(builder, sound, resolve, problems);
  return Object.keys(formulas).flatMap((name) => {
    const column = planned.get(name);
    return column === undefined ? [] : [{ name, clock: false, categorical: false, ...column }];
  });
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
        categorical: group.categorical,
        ...planBuiltIn(builder, registry, name, 1),
      })),
    );
}

/** Columns that decide whether a bar is usable, and that indicators read. */
const ALWAYS_READ: readonly BarColumn[] = ['openTimeMs', 'open', 'high', 'low', 'close', 'volume'];

function featureSet(computed: readonly ComputedColumn[], builder: ColumnPlanBuilder): FeatureSet {
  const plan = builder.build(computed.map(({ slot }) => slot));
  const named = [...plan.sources.values()].map((source) => BAR_VARIABLES[source]);
  const read = new Set([...ALWAYS_READ, ...plan.bars, ...named]);
  const firstBars = computed.map(({ firstBar }) => firstBar).filter((bars) => bars < RECURSION_BARS);
  return {
    columns: computed.map(({ name }) => name),
    categorical: computed.filter(({ categorical }) => categorical).map(({ name }) => name),
    lookBackBars: plan.frameBars - 1,
    warmUpBars: Math.max(0, ...firstBars),
    barColumns: BAR_COLUMNS.filter((name) => read.has(name)),
    computed,
    plan,
  };
}
