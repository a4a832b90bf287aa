/** The signal section of the page: quantiles and ICs. Pure. */
import type { Evaluation } from '../../lib/evaluation/types.js';
import { textCell, numberCell, type HtmlTable } from '../../lib/report/html-table.js';
import { icBars, icLines } from '../../lib/report/information-figures.js';
import { reasonTables } from '../../lib/report/reasons.js';
import type { Section } from '../../lib/report/page.js';
import { quantileFigure } from '../../lib/report/quantile-figure.js';
import { dailyIcInput, decayInput, foldIcInput, meanIcInput, quantileInput } from './report-input.js';
import { four, inBp, left, right, share, two, twoSignals, type PageInput } from './report-parts.js';

/** Returns by quantile, ICs by fold, month, day and hour, their decay, and the rest in numbers. */
export function signalSection(input: PageInput): Section {
  const { evaluation, params } = input;
  const other = twoSignals(input);
  const { grid, exPost, scope, insideDay } = { ...evaluation, insideDay: evaluation.ic.insideDayExPost };
  return {
    id: 'signal',
    title: 'Signal',
    intro: [
      ...(other === null ? [] : [other]),
      ...(exPost
        ? [`Quantiles under the scope "${scope}" look ahead (ex post): they describe and cannot be traded.`]
        : []),
      ...(grid.note === null ? [] : [`${grid.note}.`]),
      `Spearman inside each day, which ranks against the day\u2019s future (ex post), is ${four(insideDay)}.`,
    ],
    parts: [
      quantileFigure(quantileInput(evaluation, params)),
      icBars(foldIcInput(evaluation)),
      icLines(decayInput(evaluation)),
      icBars(meanIcInput(evaluation, 'month')),
      icBars(dailyIcInput(evaluation)),
      icBars(meanIcInput(evaluation, 'hour')),
      signalTable(evaluation),
      ...reasonTables('signal-reasons', evaluation.reasons),
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
