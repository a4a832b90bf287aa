/** Program of the backtest stage: predictions in, equity, trades and statistics out. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  ruleText,
  runBacktest,
  tradesTable,
  type BacktestRun,
  type BinnedSymbol,
  type RuleInput,
  type TradeSide,
} from '../../lib/backtest/index.js';
import { ConfigError } from '../../lib/errors.js';
import { binRows, EX_POST, type Judged, type ScopeName } from '../../lib/evaluation/index.js';
import { writeTable } from '../../lib/store/parquet.js';
import { numberColumn, timeColumn, type Column, type Table } from '../../lib/store/table.js';
import { readJudged, type JudgedParams } from './judged-input.js';
import type { Program } from './program.js';

export interface BacktestParams extends JudgedParams {
  readonly quantile: number;
  readonly side: TradeSide;
  readonly feeFrac: number;
  readonly delayBars: number;
  readonly halfSpreadBp: number;
  readonly trials: number;
}

/**
 * Writes `backtest.json`, `equity.parquet` and `trades.parquet`; where the scope looks ahead, the tradable
 * `trailing` run stands beside it and is the headline.
 * @throws ConfigError QUANTILE_OUTSIDE_BINS and what readJudged throws
 */
export const backtest: Program<BacktestParams> = async ({ params, inputs, outDir }, context) => {
  refuseForeignQuantile(params);
  context.progress({ step: 'reading' });
  const judged = await readJudged(params, inputs);
  context.signal.throwIfAborted();
  context.progress({ step: 'trading' });
  const looksAhead = EX_POST[params.scope];
  const run = runBacktest({
    interval: params.interval,
    signal: params.signal ?? 'model',
    costs: { feeFrac: params.feeFrac, halfSpreadBp: params.halfSpreadBp, delayBars: params.delayBars },
    tradable: ruleInput(params, judged, looksAhead ? 'trailing' : params.scope),
    exPost: looksAhead ? ruleInput(params, judged, params.scope) : null,
    signals: judged.symbols.map(({ timeMs, prediction }) => ({ timeMs, signal: prediction })),
  });
  await writeFile(path.join(outDir, 'backtest.json'), `${JSON.stringify(run.backtest)}\n`);
  const equity = writeTable(path.join(outDir, 'equity.parquet'), equityTable(run));
  const trades = writeTable(path.join(outDir, 'trades.parquet'), tradesTable(run.headline.trades));
  return {
    outputs: [
      { name: 'backtest', file: 'backtest.json' },
      { name: 'equity', file: 'equity.parquet', table: equity },
      { name: 'trades', file: 'trades.parquet', table: trades },
    ],
    facts: headlineFacts(run),
  };
};

function refuseForeignQuantile({ quantile, bins }: BacktestParams): void {
  if (quantile >= 1 && quantile <= bins) return;
  throw new ConfigError('QUANTILE_OUTSIDE_BINS', {
    what: `The quantile ${quantile} is outside the ${bins} bins.`,
    fix: `Choose --quantile 1 to ${bins}.`,
  });
}

function ruleInput(params: BacktestParams, judged: Judged, scope: ScopeName): RuleInput {
  const { bins, quantile, side } = params;
  const binned = binRows(judged, { scope, bins, trailingDays: params.trailingDays });
  const symbols = judged.symbols.map(({ symbol, bars, barRow }, index): BinnedSymbol => ({
    symbol,
    bars,
    barRow,
    bins: binned.bins[index]!,
  }));
  return {
    rule: { scope, exPost: EX_POST[scope], bins, quantile, side, text: ruleText(quantile, bins, side) },
    symbols,
    costs: {
      feeFrac: params.feeFrac,
      halfSpreadFrac: params.halfSpreadBp / 1e4,
      delayBars: params.delayBars,
    },
    intervalMs: params.intervalMs,
    folds: params.folds.map(({ label, testStart, testEnd }) => ({
      label,
      startMs: Date.parse(testStart),
      endMs: Date.parse(testEnd),
    })),
    trials: params.trials,
  };
}

function equityTable({ series }: BacktestRun): Table {
  const columns = new Map<string, Column>([['timestamp', timeColumn(series.timesMs)]]);
  for (const [name, values] of series.columns) columns.set(name, numberColumn(values));
  return { rows: series.timesMs.length, columns };
}

function headlineFacts({
  backtest: { headline },
}: BacktestRun): Record<string, number | string | boolean | null | number[]> {
  return {
    breakEvenFeeBp: headline.breakEven.feeBp,
    breakEvenFeeBp95: headline.breakEven.feeBp95 === null ? null : [...headline.breakEven.feeBp95],
    breakEvenFeeBpDelay1: headline.breakEvenDelay1.feeBp,
    sharpe: headline.net.sharpe,
    totalReturn: headline.net.totalReturn,
    scope: headline.rule.scope,
    exPost: headline.rule.exPost,
  };
}
