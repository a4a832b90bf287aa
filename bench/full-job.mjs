/** The job of the benchmarks of whole runs: 14 months of BTCUSDT and ETHUSDT as minutes, 17 folds. */
import path from 'node:path';
import { ROOT } from './pipeline-session.mjs';

/** Folder of the recorded archives; benchmarks skip where it is not there. */
export const ARCHIVE = path.resolve(ROOT, '../shared/data/archive');

export function fullConfig(url, change = {}) {
  return {
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    inference_symbol: 'BTCUSDT',
    start_date: '2022-06-01',
    binance_base_url: url,
    binance_archive_url: url,
    folds: { train: '6mo', valid: '1mo', test: '15d', step: '15d' },
    backtest: { quantile_scope: 'date' },
    evaluate: { quantile_scope: 'date' },
    ...change,
  };
}

/** Starts the workflow by the Temporal CLI and waits for its result: seconds. */
export async function timedStart({ temporal, home }, id) {
  const from = performance.now();
  await temporal(
    ...['workflow', 'start', '--workflow-id', id, '--type', 'pipeline', '--task-queue', 'minute-alpha'],
    ...['--fail-existing', '--input-file', path.join(home, 'config.json')],
  );
  await temporal('workflow', 'result', '--workflow-id', id);
  return (performance.now() - from) / 1000;
}
