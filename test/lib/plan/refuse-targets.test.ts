import { describe, expect, it } from 'vitest';
import { refuseTargets } from '../../../lib/plan/refuse-targets.js';
import { graphInput } from './fixtures.js';

describe('a run that ranks one symbol against itself', () => {
  const config = { backtest: { quantile_scope: 'timestamp' as const } };

  it('is refused before anything is trained', () => {
    const alone = graphInput({ config, options: { until: 'backtest', symbols: ['BTCUSDT'] } });
    expect(() => refuseTargets(alone)).toThrow(/backtest.quantile_scope "timestamp".*BTCUSDT is alone/);
  });

  it('is fine with several symbols, or where it ends before the backtest', () => {
    expect(() => refuseTargets(graphInput({ config }))).not.toThrow();
    const early = graphInput({ config, options: { until: 'evaluate', symbols: ['BTCUSDT'] } });
    expect(() => refuseTargets(early)).not.toThrow();
  });
});
