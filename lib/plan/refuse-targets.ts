import { STAGES } from '../config/types.js';
import { ConfigError } from '../errors.js';
import type { GraphInput } from './graph-input.js';
import { scopeOf, targetSymbols } from './result-nodes.js';

/**
 * Refuses what no judging stage of the run could do, before anything is trained.
 * @throws ConfigError SCOPE_NEEDS_SYMBOLS
 */
export function refuseTargets(input: GraphInput): void {
  const symbols = targetSymbols(input);
  for (const stage of ['evaluate', 'backtest'] as const) {
    const isReached = STAGES.indexOf(input.options.until) >= STAGES.indexOf(stage);
    if (!isReached || symbols.length > 1 || scopeOf(input, input.config[stage]) !== 'timestamp') continue;
    throw new ConfigError('SCOPE_NEEDS_SYMBOLS', {
      what: `${stage}.quantile_scope "timestamp" ranks symbols against each other, and ${symbols[0]} is alone.`,
      fix: 'Choose --quantile-scope trailing or date, or several symbols.',
    });
  }
}
