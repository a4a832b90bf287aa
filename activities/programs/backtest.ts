/** Program of the backtest stage: predictions in, equity, trades and statistics out. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  equityTable,
  ledgerTable,
  ruleText,
  runBacktest,
  type BacktestRun,
  type BinnedSymbol,
  type RuleInput,
  type SignalPart,
  type TradeSide,
} from '../../lib/backtest/index.js';
import { DAY_MS } from '../../lib/bars/index.js';
import { ConfigError } from '../../lib/errors.js';
import {
  binRows,
  EX_POST,
  foldRanges,
  type Judged,
  type JudgedSymbol,
  type ScopeName,
} from '../../lib/evaluation/index.js';
import { writeTable } from '../../lib/store/parquet.js';
import { readFundingOf, type FundingBySymbol } from './funding-input.js';
import { readJudged, type JudgedParams } from './judged-input.js';
import type { JsonObject, Program } from './program.js';

export interface BacktestParams extends JudgedParams {
  readonly quantile: number;
  readonly side: TradeSide;
  readonly feeFrac: number;
  readonly delayBars: number;
  readonly halfSpreadBp: number;
  readonly trials: number;
  /** Digest of the file of funding rates; null to charge none. */
  readonly funding: string | null;
  /** Where that file is; absent with it. */
  readonly fundingPath?: string;
}

/**
 * Writes `backtest.json`, `equity.parquet` and `trades.parquet`; where the scope looks ahead, the tradable
 * `trailing` run stands beside it and is the headline. The tables' column `scope` says which rule a trade is
 * of, and which one `equity` is of.
 * @throws ConfigError QUANTILE_OUTSIDE_BINS and what readJudged throws
 */
export const backtest: Program<BacktestParams> = async ({ params, inputs, outDir }, context) => {
  refuseForeignQuantile(params);
  context.progress({ step: 'reading' });
  const judged = await readJudged(params, inputs, [params.scope, 'trailing']);
  context.signal.throwIfAborted();
  context.progress({ step: 'trading' });
  const looksAhead = EX_POST[params.scope];
  const rates = readFundingOf(judged, params);
  const run = runBacktest({
    interval: params.interval,
    signal: params.signal ?? 'model',
    costs: {
      feeFrac: params.feeFrac,
      halfSpreadBp: params.halfSpreadBp,
      delayBars: params.delayBars,
      funding: params.funding,
    },
    tradable: ruleInput(params, { judged, rates }, looksAhead ? 'trailing' : params.scope),
    exPost: looksAhead ? ruleInput(params, { judged, rates }, params.scope) : null,
    signals: judged.symbols.flatMap(signalParts),
  });
  await writeFile(path.join(outDir, 'backtest.json'), `${JSON.stringify(run.backtest)}\n`);
  const equity = writeTable(path.join(outDir, 'equity.parquet'), equityTable(run));
  const trades = writeTable(path.join(outDir, 'trades.parquet'), ledgerTable(run));
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

function ruleInput(
  params: BacktestParams,
  { judged, rates }: { judged: Judged; rates: FundingBySymbol },
  scope: ScopeName,
): RuleInput {
  const { bins, quantile, side } = params;
  const binned = binRows(judged, { scope, bins, trailingDays: params.trailingDays });
  const symbols = judged.symbols.map(({ symbol, bars, barRow }, index): BinnedSymbol => ({
    symbol,
    bars,
    barRow,
    bins: binned.bins[index]!,
    funding: rates.get(symbol) ?? null,
  }));
  return {
    rule: { scope, exPost: EX_POST[scope], bins, quantile, side, text: ruleText(quantile, bins, side) },
    symbols,
    gridNote: binned.grid.note,
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

/** A symbol's predictions fold by fold, each with the last day of its model's validation before it. */
function signalParts(symbol: JudgedSymbol): SignalPart[] {
  return [...foldRanges(symbol)].map(({ fold, start, end }) => {
    const past = symbol.validation[fold]!;
    const from = past.timeMs.findIndex((timeMs) => timeMs > symbol.timeMs[start]! - DAY_MS);
    const first = from < 0 ? past.timeMs.length : from;
    return {
      timeMs: joined(past.timeMs.subarray(first), symbol.timeMs.subarray(start, end)),
      signal: joined(past.prediction.subarray(first), symbol.prediction.subarray(start, end)),
      firstTest: past.timeMs.length - first,
    };
  });
}

function joined(left: Float64Array, right: Float64Array): Float64Array {
  const both = new Float64Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

function headlineFacts({ backtest: { signal, headline, exPost } }: BacktestRun): JsonObject {
  return {
    signal,
    breakEvenFeeBp: headline.breakEven.feeBp,
    breakEvenFeeBp95: headline.breakEven.feeBp95 === null ? null : [...headline.breakEven.feeBp95],
    breakEvenFeeBpDelay1: headline.breakEvenDelay1.feeBp,
    breakEvenFeeBpDelay1At95:
      headline.breakEvenDelay1.feeBp95 === null ? null : [...headline.breakEvenDelay1.feeBp95],
    sharpe: headline.net.sharpe,
    totalReturn: headline.net.totalReturn,
    scope: headline.rule.scope,
    exPost: headline.rule.exPost,
    exPostRule:
      exPost === null
        ? null
        : {
            scope: exPost.rule.scope,
            breakEvenFeeBp: exPost.breakEven.feeBp,
            sharpe: exPost.net.sharpe,
            totalReturn: exPost.net.totalReturn,
          },
  };
}
