/** The content of the report page: headline, figures, tables. Pure. */
import type { Backtest, RuleResult } from '../../lib/backtest/types.js';
import type { Evaluation } from '../../lib/evaluation/types.js';
import type { MonthQuality } from '../../lib/market/index.js';
import { alphaFigure } from '../../lib/report/alpha-figure.js';
import { equityFigure } from '../../lib/report/equity-figure.js';
import { feeFigure, MAKER_FEE_BP, TAKER_FEE_BP } from '../../lib/report/fee-figure.js';
import { foldSpansFigure, importanceFigure, roundsFigure } from '../../lib/report/fold-figures.js';
import { bp, dateOf, fixed, percent, range, whole } from '../../lib/report/format.js';
import { numberCell, textCell, type HtmlTable, type TableColumn } from '../../lib/report/html-table.js';
import { icBars, icLines } from '../../lib/report/information-figures.js';
import type { Headline, Metric, PageContent, Section } from '../../lib/report/page.js';
import { quantileFigure } from '../../lib/report/quantile-figure.js';
import type { Table } from '../../lib/store/table.js';
import { qualityTables } from './quality-tables.js';
import {
  alphaInput,
  conditionsOf,
  decayInput,
  equityInput,
  feeInput,
  foldIcInput,
  meanIcInput,
  quantileInput,
  targetOf,
  type ReportParams,
} from './report-input.js';

/** What a fold tells of itself in summary.json, as far as the page shows it. */
export interface FoldSummary {
  readonly rows: { readonly train: number; readonly valid: number };
  readonly roundsRun: number;
  readonly bestRound: number;
  readonly decidedBy: string;
  readonly scores: { readonly ic: number | null; readonly rmse: number | null };
  readonly validScores: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface PageInput {
  readonly params: ReportParams;
  readonly intervalMs: number;
  readonly evaluation: Evaluation;
  readonly backtest: Backtest;
  readonly equity: Table;
  readonly folds: readonly FoldSummary[];
  readonly quality: readonly MonthQuality[];
}

const left = (title: string): TableColumn => ({ title, align: 'left' });
const right = (title: string): TableColumn => ({ title, align: 'right' });
const four = (value: number | null): string => fixed(value, 4);
const two = (value: number | null): string => fixed(value, 2);
const share = (value: number | null): string => percent(value);
const inBp = (value: number | null): string => bp(value);

/** The page of a run. */
export function reportContent(input: PageInput): PageContent {
  const { backtest, evaluation } = input;
  const { rule } = backtest.headline;
  return {
    title: `${targetOf(backtest)}: walk-forward signal`,
    subtitle: `${dateOf(backtest.startMs)} to ${dateOf(backtest.endMs)}, ${input.params.folds.length} folds; ${conditionsOf(rule, backtest.costs, backtest.signal)}`,
    headline: headlineOf(evaluation, backtest),
    sections: [tradingSection(input), signalSection(input), modelSection(input), dataSection(input.quality)],
  };
}

function headlineOf(evaluation: Evaluation, backtest: Backtest): Headline {
  const { headline, exPost } = backtest;
  const { breakEven } = headline;
  return {
    main: {
      key: 'breakEvenFeeBp',
      label: 'Break-even fee per side',
      text: bp(breakEven.feeBp, 3),
      value: breakEven.feeBp,
      note:
        breakEven.feeBp95 === null
          ? 'no interval: too few days'
          : `95 %: ${range(breakEven.feeBp95, (value) => bp(value, 3))}; scope ${headline.rule.scope}`,
    },
    verdict: verdictOf(headline),
    metrics: [...icMetrics(evaluation), ...ruleMetrics(headline, '')],
    exPost:
      exPost === null
        ? null
        : {
            notice: `The scope "${exPost.rule.scope}" decides with predictions that come later (ex post): no trader could have had these numbers.`,
            metrics: ruleMetrics(exPost, 'exPost.'),
          },
  };
}

/** What the break-even fee means beside what the exchange takes. */
function verdictOf({ breakEven, breakEvenDelay1 }: RuleResult): string[] {
  const { feeBp, feeBp95 } = breakEven;
  if (feeBp === null) return ['The rule never traded, so there is nothing to judge.'];
  const named = [
    { fee: MAKER_FEE_BP, who: `a maker of the exchange's regular tier (${MAKER_FEE_BP} bp a side)` },
    { fee: TAKER_FEE_BP, who: `a taker (${TAKER_FEE_BP} bp)` },
  ];
  const paid = named.filter(({ fee }) => feeBp > fee).map(({ who }) => who);
  return [
    paid.length === 0
      ? `That is less than ${named.map(({ who }) => who).join(' or ')} pays: it earns only where trading costs less.`
      : `That is more than ${paid.join(' and ')} pays.`,
    feeBp95 !== null && feeBp95[0] <= 0
      ? 'The interval reaches to nothing: chance alone explains what it earned.'
      : feeBp95 === null
        ? 'There are too few days to tell luck from skill.'
        : 'The interval stays above nothing: the signal is there, if small.',
    `Filled one bar later the break-even fee is ${bp(breakEvenDelay1.feeBp, 3)}.`,
  ];
}

function metric(
  key: string,
  label: string,
  value: number | null,
  shown: { text: string; note?: string },
): Metric {
  return { key, label, value, text: shown.text, note: shown.note ?? '' };
}

function icMetrics({ ic, delays, days }: Evaluation): Metric[] {
  const delayed = delays.find(({ bars }) => bars === 1)?.ic ?? null;
  const t = ic.daily?.t ?? null;
  return [
    metric('ic', 'IC', ic.ic, { text: four(ic.ic), note: `${whole(days)} days` }),
    metric('icT', 't of the IC', t, { text: two(t), note: 'Newey-West on daily means' }),
    metric('icDelay1', 'IC one bar later', delayed, { text: four(delayed) }),
  ];
}

function ruleMetrics(
  { net, gross, breakEven, breakEvenDelay1, trading }: RuleResult,
  prefix: string,
): Metric[] {
  const key = (name: string): string => `${prefix}${name}`;
  const later = breakEvenDelay1.feeBp;
  return [
    ...(prefix === ''
      ? []
      : [metric(key('breakEvenFeeBp'), 'Break-even fee', breakEven.feeBp, { text: bp(breakEven.feeBp, 3) })]),
    metric(key('breakEvenFeeBpDelay1'), 'Break-even, one bar late', later, { text: bp(later, 3) }),
    metric(key('totalReturn'), 'Return after costs', net.totalReturn, { text: share(net.totalReturn) }),
    metric(key('grossReturn'), 'Return before costs', gross.totalReturn, { text: share(gross.totalReturn) }),
    metric(key('sharpe'), 'Sharpe after costs', net.sharpe, {
      text: two(net.sharpe),
      note: range(net.sharpe95, two),
    }),
    metric(key('maxDrawdown'), 'Deepest drawdown', net.drawdown?.depth ?? null, {
      text: share(net.drawdown?.depth ?? null),
    }),
    metric(key('trades'), 'Trades', trading.trades, { text: whole(trading.trades) }),
  ];
}

function tradingSection({ backtest, equity, params, intervalMs }: PageInput): Section {
  return {
    id: 'trading',
    title: 'Trading',
    intro: [
      'Decided at a bar\u2019s close, filled at the next open, each symbol an account of its own, fees on both sides of every trade.',
    ],
    parts: [
      equityFigure(equityInput(backtest, equity, params.folds)),
      feeFigure(feeInput(backtest)),
      alphaFigure(alphaInput(backtest, equity, params.folds, intervalMs)),
      ruleTable(backtest),
      foldReturnTable(backtest),
    ],
  };
}

function ruleTable(backtest: Backtest): HtmlTable {
  const rules = [backtest.headline, ...(backtest.exPost === null ? [] : [backtest.exPost])];
  return {
    id: 'rules',
    caption: 'Rules',
    columns: [
      left('scope'),
      left('rule'),
      ...[
        'break-even',
        'gross',
        'net',
        'Sharpe',
        'volatility',
        'drawdown',
        'trades',
        'win rate',
        'bars held',
        'exposure',
      ].map(right),
    ],
    rows: rules.map(({ rule, breakEven, gross, net, trading }) => ({
      exPost: rule.exPost,
      cells: [
        textCell(rule.exPost ? `${rule.scope} (ex post)` : rule.scope),
        textCell(rule.text),
        numberCell(breakEven.feeBp, (value) => bp(value, 3)),
        numberCell(gross.totalReturn, share),
        numberCell(net.totalReturn, share),
        numberCell(net.sharpe, two),
        numberCell(net.annualVolatility, share),
        numberCell(net.drawdown?.depth ?? null, share),
        numberCell(trading.trades, whole),
        numberCell(trading.winRate, share),
        numberCell(trading.meanBarsHeld, (value) => fixed(value, 1)),
        numberCell(trading.exposure, share),
      ],
    })),
  };
}

function foldReturnTable({ headline }: Backtest): HtmlTable {
  return {
    id: 'fold-returns',
    caption: `Return by fold, scope ${headline.rule.scope}`,
    columns: [left('test from'), right('gross'), right('net'), right('trades')],
    rows: headline.folds.map(({ fold, grossReturn, netReturn, trades }) => ({
      cells: [
        textCell(fold),
        numberCell(grossReturn, share),
        numberCell(netReturn, share),
        numberCell(trades, whole),
      ],
    })),
  };
}

function signalSection({ evaluation, params }: PageInput): Section {
  const { grid, exPost, scope, insideDay } = { ...evaluation, insideDay: evaluation.ic.insideDayExPost };
  return {
    id: 'signal',
    title: 'Signal',
    intro: [
      ...(exPost
        ? [`Quantiles under the scope "${scope}" look ahead (ex post): they describe and cannot be traded.`]
        : []),
      ...(grid.note === null ? [] : [`${grid.note}.`]),
      `Spearman inside each day, which ranks against the day\u2019s future (ex post), is ${four(insideDay)}.`,
    ],
    parts: [
      quantileFigure(quantileInput(evaluation, params.folds)),
      icBars(foldIcInput(evaluation)),
      icLines(decayInput(evaluation)),
      icBars(meanIcInput(evaluation, 'month')),
      icBars(meanIcInput(evaluation, 'hour')),
      signalTable(evaluation),
    ],
  };
}

function signalTable({
  ic,
  spread,
  monotonicity,
  binTurnover,
  rankAutocorrelation,
  scope,
  exPost,
}: Evaluation): HtmlTable {
  const label = exPost ? `scope ${scope}, ex post` : `scope ${scope}`;
  const rows: [string, number | null, (value: number | null) => string][] = [
    ['pooled IC', ic.pooled, four],
    [`top minus bottom quantile (${label})`, spread.meanBp, inBp],
    ['t of that spread', spread.t, two],
    [`monotonicity (${label})`, monotonicity, two],
    [`share of bars at which the quantile changes (${label})`, binTurnover, share],
    ...rankAutocorrelation.map(
      ({ bars, value }): [string, number | null, (value: number | null) => string] => [
        `rank autocorrelation, ${bars} bars`,
        value,
        two,
      ],
    ),
  ];
  return {
    id: 'signal-numbers',
    caption: 'The signal in numbers',
    columns: [left('measure'), right('value')],
    rows: rows.map(([name, value, show]) => ({ cells: [textCell(name), numberCell(value, show)] })),
  };
}

function modelSection({ params, folds, evaluation }: PageInput): Section {
  const spans = params.folds.map((fold) => ({
    number: fold.number,
    trainStartMs: Date.parse(fold.trainStart),
    validStartMs: Date.parse(fold.validStart),
    testStartMs: Date.parse(fold.testStart),
    testEndMs: Date.parse(fold.testEnd),
  }));
  const decided = folds[0]?.decidedBy ?? 'ic';
  const metricName = decided === 'none' ? 'ic' : decided;
  const rounds = folds.map(({ validScores, bestRound }, index) => ({
    number: params.folds[index]!.number,
    scores: (validScores[metricName] ?? []).map((value) => value ?? Number.NaN),
    bestRound,
  }));
  const importance = evaluation.importance.map(({ features }, index) => ({
    number: params.folds[index]!.number,
    gain: features,
  }));
  return {
    id: 'model',
    title: 'Model',
    intro: [
      'Trained on the past of each test window only; the last part of the training window chooses the number of rounds, the test window chooses nothing.',
    ],
    parts: [
      foldSpansFigure(spans),
      roundsFigure(rounds, metricName, decided),
      importanceFigure(importance),
      foldTable(params, folds),
    ],
  };
}

function foldTable(params: ReportParams, folds: readonly FoldSummary[]): HtmlTable {
  return {
    id: 'folds',
    caption: 'Folds',
    columns: [
      left('fold'),
      ...['train from', 'validate from', 'test from', 'test to'].map(left),
      ...['training rows', 'rounds', 'of'].map(right),
      left('decided by'),
      right('validation IC'),
    ],
    rows: folds.map(({ rows, roundsRun, bestRound, decidedBy, scores }, index) => {
      const fold = params.folds[index]!;
      return {
        cells: [
          textCell(String(fold.number)),
          ...[fold.trainStart, fold.validStart, fold.testStart, fold.testEnd].map(textCell),
          numberCell(rows.train, whole),
          numberCell(bestRound, whole),
          numberCell(roundsRun, whole),
          textCell(decidedBy),
          numberCell(scores.ic, four),
        ],
      };
    }),
  };
}

function dataSection(quality: readonly MonthQuality[]): Section {
  return {
    id: 'data',
    title: 'Data',
    intro: [
      'Bars as the exchange published them; nothing is filled in, and no feature or return reaches across a hole.',
    ],
    parts: [
      ...qualityTables(quality),
      {
        id: 'quality',
        caption: 'Bars by month',
        columns: [
          left('month'),
          left('symbol'),
          ...['bars', 'missing', 'flat without volume', 'OHLC violations'].map(right),
          left('holes'),
          left('problems'),
        ],
        rows: quality.map(
          ({ month, symbol, bars, missing, flatBars, ohlcViolations, holes, archiveProblems }) => ({
            cells: [
              textCell(month),
              textCell(symbol),
              ...[bars, missing, flatBars, ohlcViolations].map((value) => numberCell(value, whole)),
              textCell(
                holes
                  .slice(0, 3)
                  .map(({ start, bars: count }) => `${start} (${count} bars)`)
                  .join('; ') + (holes.length > 3 ? `; ${holes.length - 3} more` : ''),
              ),
              textCell(archiveProblems.map(({ file, problem }) => `${file}: ${problem}`).join('; ')),
            ],
          }),
        ),
      },
    ],
  };
}
