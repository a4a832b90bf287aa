/** Equity over time with its drawdown below. Pure. */
import {
  axis,
  baseLayout,
  colour,
  EX_POST_LABEL,
  line,
  timeAxis,
  type Figure,
  type FigureObject,
  type Points,
} from './figure.js';
import { foldMarks, type FoldMark } from './fold-marks.js';
import { rounded, thinSeries } from './downsample.js';

/** A curve of equity: capital at each time, 1 at the start; NaN where unknown. */
export interface EquityCurve {
  readonly timeMs: ArrayLike<number>;
  readonly equity: ArrayLike<number>;
}

export interface EquityInput {
  /** Such as `BTCUSDT 1m`. */
  readonly target: string;
  /** Rule, scope, fee, delay: as the reader shall see them. */
  readonly conditions: string;
  /** The rule that may be traded, after costs; null where only the ex-post rule was run. */
  readonly net: EquityCurve | null;
  /** The same before costs. */
  readonly gross: EquityCurve | null;
  readonly buyAndHold: EquityCurve;
  /** After costs, of a rule that looks ahead; null where none was run. */
  readonly exPost: EquityCurve | null;
  readonly folds: readonly FoldMark[];
}

/** Ratio of greatest to least equity from which a linear axis would press a curve flat. */
const LOG_RATIO = 5;

/** Decades below the greatest value that a log axis shows. */
const LOG_DECADES = 6;

/** Net, gross, buy and hold, and the labelled ex-post curve; drawdown of what the title is about. */
export function equityFigure(input: EquityInput): Figure {
  const { net, gross, buyAndHold, exPost } = input;
  const curves: [string, EquityCurve | null, FigureObject][] = [
    ['Net of costs', net, { color: colour('main'), width: 2 }],
    ['Gross, before costs', gross, { color: colour('mainSoft'), width: 1.4 }],
    ['Buy and hold', buyAndHold, { color: colour('reference'), width: 1.4 }],
    [`Net, ${EX_POST_LABEL}`, exPost, { color: colour('exPost'), width: 1.4, dash: 'dash' }],
  ];
  const drawn = curves.flatMap(([name, curve, style]) =>
    curve === null ? [] : [{ name, style, points: thinSeries(curve.timeMs, curve.equity) }],
  );
  const under = net ?? exPost ?? buyAndHold;
  const scale = equityScale(drawn.map(({ points }) => points));
  return {
    id: 'equity',
    title: `${input.target}: equity`,
    subtitle: input.conditions,
    data: [
      ...drawn.map(({ name, points, style }) => line(name, points, style)),
      drawdownArea(under, net !== null),
    ],
    layout: {
      ...baseLayout(),
      hovermode: 'x unified',
      grid: { rows: 2, columns: 1 },
      xaxis: timeAxis({ anchor: 'y2', domain: [0, 1] }),
      yaxis: axis('Equity, start = 1', { domain: [0.34, 1], hoverformat: '.4f', ...scale }),
      yaxis2: axis('Drawdown, %', { domain: [0, 0.27], hoverformat: '.2f', rangemode: 'tozero', nticks: 5 }),
      ...foldMarks(input.folds),
    },
    heightPx: 560,
  };
}

/** Fall of a curve from its highest value so far, in percent (0 or below); NaN stays NaN. */
export function drawdownPercent(equity: ArrayLike<number>): Float64Array {
  const drawdown = new Float64Array(equity.length);
  // The capital paid in counts as the first peak.
  let peak = 1;
  for (let row = 0; row < equity.length; row++) {
    const value = equity[row]!;
    if (value > peak) peak = value;
    drawdown[row] = (value / peak - 1) * 100;
  }
  return drawdown;
}

function drawdownArea(curve: EquityCurve, tradable: boolean): FigureObject {
  const role = tradable ? 'main' : 'exPost';
  const points = thinSeries(curve.timeMs, drawdownPercent(curve.equity));
  return {
    ...line('Drawdown, net', points, { color: colour(role), width: 1 }),
    yaxis: 'y2',
    fill: 'tozeroy',
    fillcolor: colour('band'),
    showlegend: false,
  };
}

/** A log axis where curves differ by more than {@link LOG_RATIO}, with at most {@link LOG_DECADES} decades. */
function equityScale(curves: readonly Points[]): FigureObject {
  const values = curves.flatMap(({ y }) => y.filter((value) => value > 0));
  const greatest = Math.max(...extent(values, Math.max));
  const least = Math.min(...extent(values, Math.min));
  if (values.length === 0 || greatest / least < LOG_RATIO) return {};
  const floor = Math.max(least, greatest / 10 ** LOG_DECADES);
  const pad = 0.04 * Math.log10(greatest / floor);
  const cut = floor > least ? `, cut at ${floor.toExponential(0)}` : '';
  return {
    type: 'log',
    title: { text: `Equity, start = 1 (log scale${cut})`, font: { size: 12, color: colour('muted') } },
    range: [rounded(Math.log10(floor) - pad), rounded(Math.log10(greatest) + pad)],
    hoverformat: '.4g',
    ...logTicks(floor, greatest),
  };
}

/** Ticks in plain numbers: several of each decade, or the decades alone where there are many. */
function logTicks(least: number, greatest: number): FigureObject {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(greatest));
  const steps = last - first > 3 ? [1] : last - first > 2 ? [1, 2, 5] : [1, 1.5, 2, 3, 5, 7];
  const values = Array.from({ length: last - first + 1 }, (_, index) =>
    steps.map((step) => Number(`${step}e${first + index}`)),
  ).flat();
  return {
    tickmode: 'array',
    tickvals: values,
    ticktext: values.map((value) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 })),
  };
}

/** Spread of a long array as arguments overflows the stack, so it is folded. */
function extent(values: readonly number[], choose: (left: number, right: number) => number): number[] {
  return values.length === 0 ? [] : [values.reduce((best, value) => choose(best, value))];
}
