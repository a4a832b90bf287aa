import { Option, type Command } from 'commander';
import { STAGES, type Stage } from '../lib/config/types.js';
import { collect, withCommonFlags } from './flags.js';
import { printResult } from './output.js';
import { renderPlan } from './render-plan.js';
import { planPipeline, type CommonFlags } from './start-pipeline.js';

interface PlanFlags extends CommonFlags {
  readonly until?: Stage;
  readonly force: Stage[];
}

/** Exit code of `plan` when it found work. */
const WORK_FOUND = 2;

/** `plan`: what would run, why and how long; exits 0 for nothing, 2 for work, 1 for an error. */
export function registerPlan(program: Command): void {
  withCommonFlags(program.command('plan').description('what would run, why, how long; runs nothing'))
    .addOption(new Option('--until <stage>', 'last stage to plan').choices(STAGES))
    .option('--force <stage>', 'plan as if a stage were forced; repeatable', collect, [])
    .action(async (flags: PlanFlags) => {
      const plan = await planPipeline({
        flags,
        options: {
          ...(flags.until ? { until: flags.until } : {}),
          ...(flags.force.length > 0 ? { force: flags.force } : {}),
        },
      });
      printResult(flags.json === true, plan, () => renderPlan(plan));
      if (plan.nodes.some(({ state }) => state !== 'HIT')) process.exitCode = WORK_FOUND;
    });
}
