/** The stored results that figures and the page are made from, and their translation for lib/report. */
import type { Backtest, RuleResult } from '../../lib/backtest/types.js';
import type { Evaluation, IcDecay } from '../../lib/evaluation/types.js';
import type { EquityCurve, EquityInput } from '../../lib/report/equity-figure.js';
import type { AlphaInput } from '../../lib/report/alpha-figure.js';
import type { FeeInput } from '../../lib/report/fee-figure.js';
import type { FoldMark } from '../../lib/report/fold-marks.js';
import { bp, fixed } from '../../lib/report/format.js';
import type { IcInput } from '../../lib/report/information-figures.js';
import type { QuantileInput } from '../../lib/report/quantile-figure.js';
import { numbers, readTable } from '../../lib/store/parquet.js';
import type { Table } from '../../lib/store/table.js';
import type { ProgramJob } from './program.js';
import { readJson } from './read-json.js';

/** What all report programs are told. */
export interface ReportParams {
  /** `ALL` or the symbol. */
  readonly symbol: string;
  readonly interval: string;
  /** Of the symbols that are judged; absent for time bars. */
  readonly volumeBarSizes?: Readonly<Record<string, number>>;
  readonly folds: readonly FoldText[];
}

/** A fold's windows as ISO texts. */
export interface FoldText {
  readonly label: string;
  readonly number: number;
  readonly trainStart: string;
  readonly validStart: string;
  readonly testStart: string;
  readonly testEnd: string;
}

type Inputs = ProgramJob<unknown>['inputs'];

export const readEvaluation = (inputs: Inputs): Evaluation => readJson<Evaluation>(inputs['evaluation'])[0]!;
export const readBacktest = (inputs: Inputs): Backtest => readJson<Backtest>(inputs['backtest'])[0]!;
export const readEquity = (inputs: Inputs): Promise<Table> => readTable(inputs['equity']![0]!);

/** `BTCUSDT, ETHUSDT 1m`, or `BTCUSDT, ETHUSDT, volume bars of 500 and 8,000`. */
export function targetOf(
  { symbols }: { readonly symbols: readonly string[] },
  { interval, volumeBarSizes }: ReportParams,
): string {
  const isShort = symbols.length <= 4;
  const named = isShort ? symbols.join(', ') : `${symbols.length} symbols`;
  if (volumeBarSizes === undefined) return `${named} ${interval}`;
  const sizes = [...new Set(symbols.map((symbol) => volumeBarSizes[symbol]!.toLocaleString('en')))];
  return `${named}, volume bars${isShort || sizes.length === 1 ? ` of ${sizes.join(' and ')}` : ''}`;
}

/** The test windows for marking figures over time. */
export function foldMarksOf(folds: readonly FoldText[]): FoldMark[] {
  return folds.map(({ number, testStart, testEnd }) => ({
    number,
    testStartMs: Date.parse(testStart),
    testEndMs: Date.parse(testEnd),
  }));
}

/** `long 10 of 10, scope trailing, fee 0.50 bp a side`. */
export function conditionsOf(rule: RuleResult['rule'], costs: Backtest['costs'], signal: string): string {
  const parts = [
    rule.text,
    `scope ${rule.scope}${rule.exPost ? ' (ex post: looks ahead)' : ''}`,
    `fee ${bp(costs.feeFrac * 1e4)} a side`,
    ...(costs.halfSpreadBp > 0 ? [`half spread ${bp(costs.halfSpreadBp)}`] : []),
    ...(costs.funding === null ? [] : ['funding charged']),
    ...(costs.delayBars > 0 ? [`filled ${costs.delayBars} bars late`] : []),
    ...(signal === 'model' ? [] : [`signal ${signal}`]),
  ];
  return parts.join(', ');
}

function curve(table: Table, column: string): EquityCurve | null {
  if (!table.columns.has(column)) return null;
  return { timeMs: numbers(table, 'timestamp'), equity: numbers(table, column) };
}

export function equityInput(backtest: Backtest, table: Table, params: ReportParams): EquityInput {
  const { headline, costs, signal, exPost } = backtest;
  const beside = exPost === null ? '' : `; dashed: scope ${exPost.rule.scope} (ex post: looks ahead)`;
  return {
    target: targetOf(backtest, params),
    conditions: `${conditionsOf(headline.rule, costs, signal)}${beside}`,
    net: curve(table, 'equity'),
    gross: curve(table, 'gross_equity'),
    buyAndHold: curve(table, 'buy_and_hold')!,
    exPost: curve(table, 'equity_ex_post'),
    folds: foldMarksOf(params.folds),
  };
}

export function alphaInput(
  backtest: Backtest,
  table: Table,
  params: ReportParams,
  intervalMs: number,
): AlphaInput {
  const { signal } = backtest;
  return {
    target: targetOf(backtest, params),
    conditions: `z-score of ${signal === 'model' ? 'the prediction' : signal} over the day before, by the same model, times 0.01, mean over symbols`,
    timeMs: numbers(table, 'timestamp'),
    alpha: numbers(table, 'alpha'),
    intervalMs,
    folds: foldMarksOf(params.folds),
  };
}

export function quantileInput(evaluation: Evaluation, params: ReportParams): QuantileInput {
  const { scope, exPost, grid, quantiles, curves, curveTimesMs, signal } = evaluation;
  const label = exPost ? ' (ex post: looks ahead)' : '';
  const of = signal === 'model' ? '' : `, signal ${signal}`;
  return {
    target: targetOf(evaluation, params),
    conditions: `${grid.bins} quantiles, scope ${scope}${label}${of}, before costs`,
    bars: quantiles.map(({ quantile, count, meanBp, standardErrorBp }) => ({
      quantile,
      count,
      meanBp: meanBp ?? Number.NaN,
      standardErrorBp: standardErrorBp ?? Number.NaN,
    })),
    curves: curves.map(({ quantile, cumReturn }) => ({
      quantile,
      timeMs: curveTimesMs,
      cumulativePercent: cumReturn.map((value) => (value === null ? Number.NaN : value * 100)),
    })),
    cumulation: 'returns compounded bar by bar',
    folds: foldMarksOf(params.folds),
    absent: evaluation.reasons['quantiles'] ?? null,
  };
}

export function feeInput(backtest: Backtest, params: ReportParams): FeeInput {
  const { headline, exPost, costs } = backtest;
  const rules = [headline, ...(exPost === null ? [] : [exPost])];
  const name = ({ rule }: RuleResult): string => `scope ${rule.scope}`;
  return {
    target: targetOf(backtest, params),
    conditions: `${headline.rule.text}; total return of the test windows`,
    valueTitle: 'Total return, %',
    curves: rules.map((rule) => ({
      name: name(rule),
      feeBp: rule.feeSweep.map(({ feeBp }) => feeBp),
      value: rule.feeSweep.map(({ totalReturn }) => totalReturn * 100),
      exPost: rule.rule.exPost,
    })),
    breakEvens: rules.flatMap((rule) => [
      { name: name(rule), ...breakEvenPoint(rule.breakEven), exPost: rule.rule.exPost },
      {
        name: `${name(rule)}, ${costs.delayBars + 1} bar${costs.delayBars === 0 ? '' : 's'} late`,
        ...breakEvenPoint(rule.breakEvenDelay1),
        exPost: rule.rule.exPost,
      },
    ]),
  };
}

function breakEvenPoint({ feeBp, feeBp95 }: RuleResult['breakEven']): {
  feeBp: number;
  feeBp95: readonly [number, number] | null;
} {
  return { feeBp: feeBp ?? Number.NaN, feeBp95 };
}

/** What the bars of an IC figure are. */
const ERRORS = 'lines: 95 %, Newey-West over days';

/** IC by fold: a series a symbol. */
export function foldIcInput(evaluation: Evaluation): IcInput {
  const symbols = [...new Set(evaluation.ic.byFold.map(({ symbol }) => symbol))];
  return {
    id: 'ic-by-fold',
    title: 'IC by fold',
    subtitle: `Spearman of prediction and next-bar return in each test window; ${ERRORS}`,
    xTitle: 'start of the test window',
    series: symbols.map((symbol) => ({
      name: symbol,
      points: evaluation.ic.byFold
        .filter((fold) => fold.symbol === symbol)
        .map(({ fold, ic, standardError }) => ({
          label: fold,
          ic: ic ?? Number.NaN,
          standardError: standardError ?? Number.NaN,
        })),
    })),
  };
}

/** IC by month or by hour of day. */
export function meanIcInput(evaluation: Evaluation, by: 'month' | 'hour'): IcInput {
  const means = by === 'month' ? evaluation.ic.byMonth : evaluation.ic.byHour;
  return {
    id: `ic-by-${by}`,
    title: by === 'month' ? 'IC by month' : 'IC by hour of day',
    subtitle: `mean of the fold-standardised rank products; ${ERRORS}`,
    xTitle: by === 'month' ? 'month (UTC)' : 'hour of day (UTC)',
    series: [
      {
        name: 'all symbols',
        points: means.map(({ label, ic, standardError }) => ({
          label,
          ic: ic ?? Number.NaN,
          standardError: standardError ?? Number.NaN,
        })),
      },
    ],
  };
}

/** IC day by day, without errors: one day has none. */
export function dailyIcInput(evaluation: Evaluation): IcInput {
  const { byDay, daily } = evaluation.ic;
  const t = daily?.t ?? null;
  return {
    id: 'ic-by-day',
    title: 'IC by day',
    subtitle: `mean of the fold-standardised rank products of each UTC day; Newey-West t of their mean: ${fixed(t, 2)}`,
    xTitle: 'day (UTC)',
    series: [
      {
        name: 'all symbols',
        points: byDay.map(({ label, ic }) => ({ label, ic: ic ?? Number.NaN, standardError: Number.NaN })),
      },
    ],
  };
}

/** How the IC fades with a longer horizon and with a delay. */
export function decayInput(evaluation: Evaluation): IcInput {
  const points = (decays: readonly IcDecay[]): IcInput['series'][number]['points'] =>
    decays.map(({ bars, ic, standardError }) => ({
      label: String(bars),
      ic: ic ?? Number.NaN,
      standardError: standardError ?? Number.NaN,
    }));
  return {
    id: 'ic-decay',
    title: 'How the signal fades',
    subtitle: 'IC against longer returns, and against the one-bar return that begins later',
    xTitle: 'bars',
    series: [
      // The delays come first, because the axis takes the order of the labels as it meets them.
      { name: 'delay', points: points(evaluation.delays) },
      { name: 'horizon', points: points(evaluation.horizons) },
    ],
  };
}
