import type { BarTable, Segment } from '../../../lib/bars/index.js';
import type { FeatureRegistry } from '../../../lib/features/registry.js';

/** Every column of a registry over the segments, each started cold at its first bar. */
export function computeSegments(
  registry: FeatureRegistry,
  bars: BarTable,
  segments: readonly Segment[],
): Map<string, Float64Array> {
  const columns = new Map<string, Float64Array>();
  for (const group of registry.groups) {
    const outputs = group.columns.map(({ name }) => {
      const output = new Float64Array(bars.length).fill(Number.NaN);
      columns.set(name, output);
      return output;
    });
    const inputs = group.features.map((name) => columns.get(name)!);
    for (const segment of segments) group.kernel?.(bars, segment, outputs, inputs);
  }
  return columns;
}
