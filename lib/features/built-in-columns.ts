/** Plans the columns of built-in features. */
import { InvariantError } from '../errors.js';
import { RECURSION_BARS, type ColumnPlanBuilder, type PlannedColumn } from './column-plan.js';
import type { FeatureGroup } from './feature-group.js';
import type { FeatureRegistry, RegisteredColumn } from './registry.js';

/**
 * Plans a built-in column that is looked at from up to `reachBars` bars before the month's start (1: by
 * the month's own rows, the first of which is the bar before it).
 *
 * A recursion starts cold 512 bars before the month; seen through a lag or a window it starts that much
 * earlier, so that each value looked at has the same run-in.
 */
export function planBuiltIn(
  builder: ColumnPlanBuilder,
  registry: FeatureRegistry,
  name: string,
  reachBars: number,
): PlannedColumn {
  const { group, column, output } = registered(registry, name);
  const { kernel } = group;
  if (kernel === null) return { slot: builder.source(name), firstBar: column.firstBar };
  builder.readBars(group.bars);
  const coldStartBars = group.recursive ? RECURSION_BARS - 1 + reachBars : null;
  builder.require(coldStartBars ?? reachBars + column.firstBar);
  const slots = builder.step(stepKey(group, coldStartBars), group.columns.length, () => ({
    inputs: group.features.map((input) => planBuiltIn(builder, registry, input, reachBars).slot),
    coldStartBars,
    run: ({ bars, segments }, inputs, outputs) => {
      for (const segment of segments) kernel(bars, segment, outputs, inputs);
    },
  }));
  return { slot: slots[output]!, firstBar: column.firstBar };
}

function registered(registry: FeatureRegistry, name: string): RegisteredColumn {
  const found = registry.columns.get(name);
  if (found !== undefined) return found;
  throw new InvariantError('FEATURE_UNKNOWN', {
    what: `No feature "${name}" is registered.`,
    fix: 'Ask the registry for its columns first.',
  });
}

function stepKey(group: FeatureGroup, coldStartBars: number | null): string {
  return `feature ${group.name} ${coldStartBars ?? ''}`;
}
