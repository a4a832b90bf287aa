import type { Command } from 'commander';
import { applySymbolFlags, wholeNumber, withCommonFlags, type SymbolFlags } from './flags.js';
import { runPipeline, type CommonFlags } from './start-pipeline.js';

interface TrainFlags extends CommonFlags, SymbolFlags {
  readonly retrain?: boolean;
  readonly continueRounds?: number;
}

/** `train`: the folds' models and their predictions. */
export function registerTrain(program: Command): void {
  withCommonFlags(program.command('train').description('train the folds and predict their test windows'))
    .option('--symbol <symbol>', 'the inference symbol')
    .option('--single', 'train on the inference symbol alone')
    .option('--retrain', 'train again though stored')
    .option('--continue-rounds <n>', 'add rounds to each stored model', wholeNumber(1))
    .action(async (flags: TrainFlags) => {
      await runPipeline({
        flags,
        options: {
          until: 'predict',
          ...(flags.retrain ? { force: ['fold'] } : {}),
          ...(flags.continueRounds === undefined ? {} : { continueRounds: flags.continueRounds }),
        },
        change: (config) => applySymbolFlags(config, flags),
      });
    });
}
