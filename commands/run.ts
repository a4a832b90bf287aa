import { Option, type Command } from 'commander';
import { STAGES, type Stage } from '../lib/config/types.js';
import { collect, withCommonFlags } from './flags.js';
import { runPipeline, type CommonFlags } from './start-pipeline.js';

interface RunFlags extends CommonFlags {
  readonly until?: Stage;
  readonly force: Stage[];
}

/** `run`: everything, stale stages only. */
export function registerRun(program: Command): void {
  withCommonFlags(program.command('run').description('run everything that is stale'))
    .addOption(new Option('--until <stage>', 'last stage to run').choices(STAGES))
    .option('--force <stage>', 'compute a stage again though it is stored; repeatable', collect, [])
    .action(async (flags: RunFlags) => {
      const until = flags.until === undefined ? {} : { until: flags.until };
      await runPipeline({
        flags,
        options: { ...until, ...(flags.force.length > 0 ? { force: flags.force } : {}) },
      });
    });
}
