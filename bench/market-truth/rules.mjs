/** What is asked of a market of known truth: signals, rules and the commands that trade them. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const SIGNALS = { model: null, '-rsi': '-rsi', '-ret10bar': '-ret10bar' };
export const TRADABLE = ['trailing', 'validation', 'timestamp'];
/** Four months of two symbols. */
export const RANGE = { start: '2022-01-01', end: '2022-05-01' };
const DAYS_PER_YEAR = 365;

/** Folds of half a month: two months to learn from, two months of test. */
export function writeConfig({ home, url }, changes = {}) {
  const config = {
    train_symbols: ['BTCUSDT', 'ETHUSDT'],
    inference_symbol: 'BTCUSDT',
    start_date: RANGE.start,
    end_date: RANGE.end,
    binance_base_url: url,
    binance_archive_url: url,
    folds: { train: '2mo', valid: '15d', test: '15d', step: '15d' },
    backtest: { fee: 0, side: 'longshort' },
    ...changes,
  };
  writeFileSync(path.join(home, 'config.json'), JSON.stringify(config));
}

/** Runs a judging command and reads the JSON that it leaves. */
async function judge({ client }, command, flags) {
  const { artifacts } = JSON.parse(await client(command, '--json', ...flags));
  return JSON.parse(readFileSync(artifacts[command === 'evaluate' ? 'evaluation' : 'backtest'], 'utf8'));
}

const signalFlags = (signal) => (signal === null ? [] : [`--signal=${signal}`]);

/** IC with its t, of the model or an expression. */
export async function evaluate(session, signal) {
  const { ic, delays } = await judge(session, 'evaluate', signalFlags(signal));
  return { ic: ic.ic, standardError: ic.daily?.standardError ?? null, t: ic.daily?.t ?? null, delays };
}

/** Trades the outer quantiles without costs: t of the daily returns, Sharpe and yearly return. */
export async function trade(session, { signal, scope, bins = 10 }) {
  const flags = ['--quantile-scope', scope, '--bins', `${bins}`, '--quantile', `${bins}`];
  const backtest = await judge(session, 'backtest', [...flags, ...signalFlags(signal)]);
  const { gross, rule } = scope === 'date' ? backtest.exPost : backtest.headline;
  if (rule.scope !== scope) throw new Error(`Asked for ${scope}, got ${rule.scope}.`);
  return {
    t: gross.sharpe === null ? null : gross.sharpe * Math.sqrt(gross.days / DAYS_PER_YEAR),
    sharpe: gross.sharpe,
    annualReturn: gross.annualReturn,
    days: gross.days,
  };
}
