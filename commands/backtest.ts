import { Option, type Command } from 'commander';
import type { Side } from '../lib/config/types.js';
import { judgeSymbols, judgeValues, withJudgeFlags, type JudgeFlags } from './evaluate.js';
import { applyFlags, finiteNumber, wholeNumber, withCommonFlags } from './flags.js';
import { renderBacktest } from './render-judged.js';
import { runPipeline } from './start-pipeline.js';

interface BacktestFlags extends JudgeFlags {
  readonly quantile?: number;
  readonly side?: Side;
  readonly fee?: number;
  readonly delayBars?: number;
}

/** `backtest`: trade one quantile, with costs. */
export function registerBacktest(program: Command): void {
  withJudgeFlags(withCommonFlags(program.command('backtest').description('trade a quantile, with costs')))
    .option('--quantile <n>', 'the bin that is traded', wholeNumber(1))
    .addOption(new Option('--side <side>', 'direction of the trade').choices(['long', 'short', 'longshort']))
    .option('--fee <fraction>', 'fee per side, 0.0005 for 5 bp', finiteNumber)
    .option('--delay-bars <n>', 'bars between decision and fill beyond the next open', wholeNumber(0))
    .action(async (flags: BacktestFlags) => {
      await runPipeline({
        flags,
        options: { until: 'backtest', ...judgeSymbols(flags) },
        change: (config) => {
          // One signal: the IC in the headline is that of what is traded.
          applyFlags(config, 'evaluate', { signal: flags.signal });
          applyFlags(config, 'backtest', {
            ...judgeValues(flags),
            quantile: flags.quantile,
            side: flags.side,
            fee: flags.fee,
            delay_bars: flags.delayBars,
          });
        },
        tables: (result) => `\n${renderBacktest(result)}`,
      });
    });
}
