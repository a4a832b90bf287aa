import type { Command } from 'commander';
import type { Stage } from '../lib/config/types.js';
import { collect, withCommonFlags, wholeNumber } from './flags.js';
import { printResult } from './output.js';
import { renderExplanation } from './render-plan.js';
import { explainNode, type CommonFlags } from './start-pipeline.js';

interface ExplainFlags extends CommonFlags {
  readonly force: Stage[];
  readonly continueRounds?: number;
}

/** `explain NODE`: every leaf of a node's key, and which differ from the last run; runs and writes nothing. */
export function registerExplain(program: Command): void {
  const command = program
    .command('explain <node>')
    .description("every leaf of a node's key, and what changed since the last run");
  withCommonFlags(command)
    .option('--force <stage>', 'explain as if a stage were forced; repeatable', collect, [])
    .option('--continue-rounds <n>', 'explain as if rounds were added', wholeNumber(1))
    .action(async (node: string, flags: ExplainFlags) => {
      const options = {
        ...(flags.force.length > 0 ? { force: flags.force } : {}),
        ...(flags.continueRounds === undefined ? {} : { continueRounds: flags.continueRounds }),
      };
      const explanation = await explainNode({ flags, options }, node);
      printResult(flags.json === true, explanation, () => renderExplanation(explanation));
    });
}
