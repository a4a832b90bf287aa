/** The trading section of the page: equity, fees, alpha, and the rules in numbers. Pure. */
import type { Backtest, DailyStatistics, RuleResult } from '../../lib/backtest/types.js';
import { scopeLabel } from '../../lib/backtest/index.js';
import { alphaFigure } from '../../lib/report/alpha-figure.js';
import { equityFigure } from '../../lib/report/equity-figure.js';
import { feeFigure } from '../../lib/report/fee-figure.js';
import { bp, fixed, MISSING, range, whole } from '../../lib/report/format.js';
import { numberCell, textCell, type Cell, type HtmlTable } from '../../lib/report/html-table.js';
import { reasonTables } from '../../lib/report/reasons.js';
import type { Section } from '../../lib/report/page.js';
import { alphaInput, equityInput, feeInput } from './report-input.js';
import { four, left, right, share, two, type PageInput } from './report-parts.js';

/** Equity, result by fee, alpha factor; rules, statistics, fees and folds as tables. */
export function tradingSection({ backtest, equity, params, intervalMs }: PageInput): Section {
  return {
    id: 'trading',
    title: 'Trading',
    intro: [
      'Decided at a bar\u2019s close, filled at the next open, each symbol an account of its own, fees on both sides of every trade.',
    ],
    parts: [
      equityFigure(equityInput(backtest, equity, params)),
      feeFigure(feeInput(backtest, params)),
      alphaFigure(alphaInput(backtest, equity, params, intervalMs)),
      ruleTable(backtest),
      statisticsTable(backtest),
      feeTable(backtest),
      foldReturnTable(backtest),
      ...reasonTables('trading-reasons', backtest.reasons),
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
        textCell(scopeLabel(rule)),
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

interface StatisticsColumn {
  readonly name: string;
  readonly of: DailyStatistics;
}

/** Every statistic of daily returns, of each rule and of holding. */
function statisticsTable({ headline, exPost, buyAndHold, symbols }: Backtest): HtmlTable {
  const rules = [headline, ...(exPost === null ? [] : [exPost])];
  const columns: StatisticsColumn[] = [
    ...rules.flatMap(({ rule, net, gross }) => {
      const label = scopeLabel(rule);
      return [
        { name: `${label}, net`, of: net },
        { name: `${label}, gross`, of: gross },
      ];
    }),
    { name: symbols.length === 1 ? 'buy and hold' : 'buy and hold, equal parts', of: buyAndHold },
  ];
  const row = (name: string, cellOf: (of: DailyStatistics) => Cell): HtmlTable['rows'][number] => ({
    cells: [textCell(name), ...columns.map(({ of }) => cellOf(of))],
  });
  return {
    id: 'statistics',
    caption: 'Statistics of UTC-day returns, a year of 365 days',
    columns: [left('measure'), ...columns.map(({ name }) => right(name))],
    rows: [
      ...MEASURES.map(([name, valueOf, show]) => row(name, (of) => numberCell(valueOf(of), show))),
      row('drawdown from', ({ drawdown }) => textCell(drawdown?.peak ?? MISSING)),
      row('drawdown to', ({ drawdown }) => textCell(drawdown?.trough ?? MISSING)),
      row('recovered', ({ drawdown }) =>
        textCell(drawdown === null ? MISSING : (drawdown.recovered ?? 'not yet')),
      ),
      row('Sharpe', ({ sharpe }) => numberCell(sharpe, two)),
      row('its 95 % interval', ({ sharpe95 }) => textCell(range(sharpe95, two))),
      row('probability that it is above 0', ({ probabilisticSharpe }) =>
        numberCell(probabilisticSharpe, four),
      ),
      ...headline.net.deflatedSharpe.map(({ trials }, index) =>
        row(`the same after ${whole(trials)} trial${trials === 1 ? '' : 's'} (deflated)`, (of) =>
          numberCell(of.deflatedSharpe[index]?.value ?? null, four),
        ),
      ),
    ],
  };
}

type Measure = readonly [
  name: string,
  valueOf: (of: DailyStatistics) => number | null,
  show: (value: number | null) => string,
];

const MEASURES: readonly Measure[] = [
  ['days', ({ days }) => days, whole],
  ['total return', ({ totalReturn }) => totalReturn, share],
  ['return a year', ({ annualReturn }) => annualReturn, share],
  ['volatility a year', ({ annualVolatility }) => annualVolatility, share],
  ['Sortino', ({ sortino }) => sortino, two],
  ['Calmar', ({ calmar }) => calmar, two],
  ['skewness', ({ skewness }) => skewness, two],
  ['kurtosis (normal: 3)', ({ kurtosis }) => kurtosis, two],
  ['deepest drawdown', ({ drawdown }) => drawdown?.depth ?? null, share],
];

/** What is left at each fee. */
function feeTable({ headline, exPost }: Backtest): HtmlTable {
  const rules = [headline, ...(exPost === null ? [] : [exPost])];
  const name = ({ rule }: RuleResult): string => scopeLabel(rule);
  return {
    id: 'fee-sweep',
    caption: 'Result by fee',
    columns: [
      left('fee a side'),
      left('who pays it'),
      ...rules.flatMap((rule) => [right(`${name(rule)}: return`), right(`${name(rule)}: Sharpe`)]),
    ],
    rows: headline.feeSweep.map(({ feeBp, tier }, index) => ({
      cells: [
        numberCell(feeBp, (value) => bp(value)),
        textCell(tier === null ? '' : `${tier}, regular tier`),
        ...rules.flatMap(({ feeSweep }) => [
          numberCell(feeSweep[index]!.totalReturn, share),
          numberCell(feeSweep[index]!.sharpe, two),
        ]),
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
