import { Option, type Command } from 'commander';
import { SCOPES, type Scope } from '../lib/config/types.js';
import { applyFlags, wholeNumber, withCommonFlags } from './flags.js';
import { renderEvaluation } from './render-judged.js';
import { runPipeline, type CommonFlags } from './start-pipeline.js';

/** Flags of `evaluate` and `backtest` that choose what is judged. */
export interface JudgeFlags extends CommonFlags {
  readonly bins?: number;
  readonly symbol?: string;
  readonly quantileScope?: Scope;
  readonly signal?: string;
}

/** Adds `--bins --symbol --quantile-scope --signal`. */
export function withJudgeFlags(command: Command): Command {
  return command
    .option('--bins <n>', 'number of quantiles', wholeNumber(2))
    .option('--symbol <symbol>', 'only this symbol; ALL for every one')
    .addOption(new Option('--quantile-scope <scope>', 'what a bar is ranked against').choices(SCOPES))
    .option('--signal <expression>', 'judge an expression of features instead of the model');
}

/** Config keys that the judging flags set. */
export function judgeValues(flags: JudgeFlags): Record<string, unknown> {
  return { bins: flags.bins, quantile_scope: flags.quantileScope, signal: flags.signal };
}

/** Run option that restricts the judged symbols. */
export function judgeSymbols(flags: JudgeFlags): { symbols?: string[] } {
  return flags.symbol === undefined || flags.symbol === 'ALL' ? {} : { symbols: [flags.symbol] };
}

/** `evaluate`: IC and quantiles. */
export function registerEvaluate(program: Command): void {
  withJudgeFlags(
    withCommonFlags(program.command('evaluate').description('IC and quantiles of the predictions')),
  ).action(async (flags: JudgeFlags) => {
    await runPipeline({
      flags,
      options: { until: 'evaluate', ...judgeSymbols(flags) },
      change: (config) => applyFlags(config, 'evaluate', judgeValues(flags)),
      tables: (result) => `\n${renderEvaluation(result)}`,
    });
  });
}
