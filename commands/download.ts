import type { Command } from 'commander';
import { withCommonFlags } from './flags.js';
import { runPipeline, type CommonFlags } from './start-pipeline.js';

interface DownloadFlags extends CommonFlags {
  readonly symbols?: string[];
  readonly recheck?: boolean;
}

/** `download`: klines, of the configured symbols or of those named. */
export function registerDownload(program: Command): void {
  withCommonFlags(program.command('download').description('download klines'))
    .option('--symbols <symbols...>', 'download these symbols instead of the configured ones')
    .option('--recheck', 'ask the exchange again about closed months')
    .action(async (flags: DownloadFlags) => {
      await runPipeline({
        flags,
        options: { until: 'klines', ...(flags.recheck ? { recheck: true } : {}) },
        change: (config) => {
          if (flags.symbols === undefined) return;
          config.train_symbols = flags.symbols;
          config.inference_symbol = flags.symbols[0];
        },
      });
    });
}
