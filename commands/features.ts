import type { Command } from 'commander';
import { applySymbolFlags, withCommonFlags, type SymbolFlags } from './flags.js';
import { runPipeline, type CommonFlags } from './start-pipeline.js';

interface FeaturesFlags extends CommonFlags, SymbolFlags {
  readonly recompute?: boolean;
}

/** `features`: features and target of every month. */
export function registerFeatures(program: Command): void {
  withCommonFlags(program.command('features').description('compute features and target'))
    .option('--symbol <symbol>', 'the inference symbol')
    .option('--single', 'only the inference symbol')
    .option('--recompute', 'compute again though stored')
    .action(async (flags: FeaturesFlags) => {
      await runPipeline({
        flags,
        options: { until: 'features', ...(flags.recompute ? { force: ['features'] } : {}) },
        change: (config) => applySymbolFlags(config, flags),
      });
    });
}
