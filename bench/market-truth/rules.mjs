/** What is asked of a market of known truth: signals, rules, and the numbers that are kept of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStoredRun } from './stored-run.mjs';

export const SIGNALS = { model: null, '-rsi': '-rsi', '-ret10bar': '-ret10bar' };
export const TRADABLE = ['trailing', 'validation', 'timestamp'];
/** Four months of two symbols. */
export const RANGE = { start: '2022-01-01', end: '2022-05-01' };
const DAYS_PER_YEAR = 365;

/** Folds of half a month: two months to learn from, two months of test; the outer tenths traded without fees. */
export function writeConfig({ home, url }, changes = {}) {
  const config = {
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    inference_symbol: 'BTCUSDT',
    start_date: RANGE.start,
    end_date: RANGE.end,
    binance_base_url: url,
    binance_archive_url: url,
    folds: { train: '2mo', valid: '15d', test: '15d', step: '15d' },
    backtest: { fee: 0, side: 'longshort', quantile_scope: 'trailing' },
    ...changes,
  };
  writeFileSync(path.join(home, 'config.json'), JSON.stringify(config));
}

/**
 * Runs the pipeline to its backtest over HTTP, and answers how to judge its stored predictions and bars.
 * Throws where the stages' programs do not give the run's own numbers.
 */
export async function runAndOpen(session) {
  writeConfig(session);
  const { artifacts } = JSON.parse(await session.client('run', '--until', 'backtest', '--json'));
  const stored = await openStoredRun(session);
  for (const [stage, name] of [
    ['evaluate', 'evaluation'],
    ['backtest', 'backtest'],
  ]) {
    const own = readFileSync(artifacts[name], 'utf8').trim();
    if (JSON.stringify(await stored.judge(stage, { signal: null })) === own) continue;
    throw new Error(`The program of ${stage} does not give the bytes that the run stored.`);
  }
  return stored;
}

/** IC with its t, of the model or an expression. */
export async function evaluate(stored, signal) {
  const { ic, delays } = await stored.judge('evaluate', { signal });
  return { ic: ic.ic, standardError: ic.daily?.standardError ?? null, t: ic.daily?.t ?? null, delays };
}

/** Trades the outer quantiles without costs: t of the daily returns, Sharpe and yearly return. */
export async function trade(stored, { signal, scope, bins = 10 }) {
  const backtest = await stored.judge('backtest', { signal, scope, bins, quantile: bins });
  const { gross, rule } = scope === 'date' ? backtest.exPost : backtest.headline;
  if (rule.scope !== scope) throw new Error(`Asked for ${scope}, got ${rule.scope}.`);
  return {
    t: gross.sharpe === null ? null : gross.sharpe * Math.sqrt(gross.days / DAYS_PER_YEAR),
    sharpe: gross.sharpe,
    annualReturn: gross.annualReturn,
    days: gross.days,
  };
}
