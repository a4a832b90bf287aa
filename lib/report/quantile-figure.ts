/** What each quantile of the signal returned. Pure. */
import { rounded, thinSeries } from './downsample.js';
import {
  axis,
  baseLayout,
  colour,
  emptyNote,
  line,
  timeAxis,
  type Figure,
  type FigureObject,
} from './figure.js';
import { foldMarks, type FoldMark } from './fold-marks.js';
import { whole } from './format.js';

export interface QuantileBar {
  /** 1 is the lowest prediction. */
  readonly quantile: number;
  readonly count: number;
  /** Mean forward return in bp; NaN where the quantile is empty. */
  readonly meanBp: number;
  /** Standard error of the mean, clustered by UTC day, in bp; NaN where undefined. */
  readonly standardErrorBp: number;
}

export interface QuantileCurve {
  readonly quantile: number;
  /** UTC ms, ascending. */
  readonly timeMs: ArrayLike<number>;
  /** Cumulative return so far, in percent. */
  readonly cumulativePercent: ArrayLike<number>;
}

export interface QuantileInput {
  readonly target: string;
  readonly conditions: string;
  readonly bars: readonly QuantileBar[];
  readonly curves: readonly QuantileCurve[];
  /** How the curves cumulate, for the axis: `sum of daily mean returns`. */
  readonly cumulation: string;
  readonly folds: readonly FoldMark[];
  /** Why quantiles hold no row; absent or null for nothing to say. Written where all of them are empty. */
  readonly absent?: string | null;
}

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.96;

/** More bars than this have no room for a count, an error bar and a name each. */
const DETAILED_BARS = 20;

/** More bars than this are thinner than a pixel. */
const DRAWN_BARS = 500;

/** Lines that an eye can tell apart. */
const DRAWN_CURVES = 10;

/** Mean return by quantile in bp with day-clustered 95 % intervals; below, the cumulative returns. */
export function quantileFigure(input: QuantileInput): Figure {
  const quantiles = input.bars.reduce((most, { quantile }) => Math.max(most, quantile), 0);
  const known = input.curves.filter(({ cumulativePercent }) =>
    Array.from(cumulativePercent).some(Number.isFinite),
  );
  const curves = spread(known, DRAWN_CURVES);
  return {
    id: 'quantiles',
    title: `${input.target}: return by quantile of the signal`,
    subtitle: input.conditions,
    data: [meanBars(input.bars, quantiles), ...curves.map((curve) => cumulativeLine(curve, quantiles))],
    layout: {
      ...baseLayout(),
      bargap: input.bars.length > DETAILED_BARS ? 0 : 0.25,
      xaxis: quantileAxis(input.bars),
      yaxis: axis('Mean return, bp', { domain: [0.58, 1], zeroline: true, hoverformat: '.3f' }),
      xaxis2: timeAxis({ anchor: 'y2', domain: [0, 1] }),
      yaxis2: axis(`Cumulative return, %`, { domain: [0, 0.38], zeroline: true, hoverformat: '.2f' }),
      ...cumulativeMarks(input, curves.length),
    },
    heightPx: 680,
  };
}

function meanBars(all: readonly QuantileBar[], quantiles: number): FigureObject {
  const bars = mergeBars(all);
  const detailed = bars.length <= DETAILED_BARS;
  return {
    type: 'bar',
    name: 'Mean return',
    x: bars.map(({ quantile }) => quantile),
    y: bars.map(({ meanBp }) => rounded(meanBp)),
    customdata: bars.map(({ count, standardErrorBp }) => [whole(count), rounded(standardErrorBp)]),
    hovertemplate:
      'Quantile %{x}: %{y:.3f} bp<br>standard error %{customdata[1]:.3f} bp<br>%{customdata[0]} bars<extra></extra>',
    marker: { color: bars.map(({ quantile }) => rampColour(quantile, quantiles)), line: { width: 0 } },
    error_y: {
      type: 'data',
      visible: detailed,
      array: bars.map(({ standardErrorBp }) => rounded(Z95 * standardErrorBp)),
      color: colour('ink'),
      thickness: 1.2,
      width: 4,
    },
    showlegend: false,
  };
}

/** Neighbouring quantiles taken together where there are more than {@link DRAWN_BARS}: a bar needs a pixel. */
function mergeBars(bars: readonly QuantileBar[]): readonly QuantileBar[] {
  const size = Math.ceil(bars.length / DRAWN_BARS);
  if (size <= 1) return bars;
  return Array.from({ length: Math.ceil(bars.length / size) }, (_, at) =>
    mergedBar(bars.slice(at * size, (at + 1) * size)),
  );
}

function mergedBar(bars: readonly QuantileBar[]): QuantileBar {
  const held = bars.filter(({ count }) => count > 0);
  const count = held.reduce((sum, bar) => sum + bar.count, 0);
  const sum = held.reduce((total, bar) => total + bar.count * bar.meanBp, 0);
  return {
    quantile: bars[Math.floor((bars.length - 1) / 2)]!.quantile,
    count,
    meanBp: count === 0 ? Number.NaN : sum / count,
    standardErrorBp: Number.NaN,
  };
}

function quantileAxis(bars: readonly QuantileBar[]): FigureObject {
  const place = { anchor: 'y', domain: [0, 1], showgrid: false };
  if (bars.length > DETAILED_BARS) {
    const size = Math.ceil(bars.length / DRAWN_BARS);
    const together = size > 1 ? `, ${whole(size)} to a bar` : '';
    return axis(`Quantile of the signal (1 = lowest)${together}`, place);
  }
  return axis('Quantile of the signal (1 = lowest), with its number of bars', {
    ...place,
    tickmode: 'array',
    tickvals: bars.map(({ quantile }) => quantile),
    ticktext: bars.map(({ quantile, count }) => `<b>${quantile}</b><br>${shortCount(count)}`),
  });
}

function cumulativeLine(curve: QuantileCurve, quantiles: number): FigureObject {
  const edge = curve.quantile === 1 || curve.quantile === quantiles;
  const style = { color: rampColour(curve.quantile, quantiles), width: edge ? 2.2 : 1.2 };
  const points = thinSeries(curve.timeMs, curve.cumulativePercent);
  return {
    ...line(`Q${curve.quantile}`, points, style),
    xaxis: 'x2',
    yaxis: 'y2',
    hovertemplate: `Q${curve.quantile}: %{y:.2f} %<br>%{x|%Y-%m-%d}<extra></extra>`,
  };
}

/** Fold boundaries of the lower panel, and the line that says what its curves are. */
function cumulativeMarks(input: QuantileInput, drawn: number): FigureObject {
  const marks = foldMarks(input.folds);
  const some = drawn < input.bars.length ? `; ${drawn} of ${whole(input.bars.length)} quantiles drawn` : '';
  return {
    shapes: marks.shapes.map((shape) => ({ ...shape, xref: 'x2', y1: 0.38 })),
    annotations: [
      ...(input.bars.some(({ meanBp }) => Number.isFinite(meanBp))
        ? []
        : [emptyNote(wrapped(input.absent ?? 'No quantile holds a row'), 0.79)]),
      {
        text: `${input.cumulation}${some}`,
        x: 0,
        xref: 'paper',
        xanchor: 'left',
        y: 0.38,
        yref: 'paper',
        yanchor: 'bottom',
        yshift: 4,
        showarrow: false,
        font: { size: 12, color: colour('muted') },
      },
    ],
  };
}

/** Lines of at most about 90 characters. */
function wrapped(text: string): string {
  return text.replace(/(.{60,90}) /g, '$1<br>');
}

/** At most `wanted` items, evenly spread, the first and the last among them. */
function spread<T>(items: readonly T[], wanted: number): T[] {
  if (items.length <= wanted) return [...items];
  return Array.from(
    { length: wanted },
    (_, index) => items[Math.round((index * (items.length - 1)) / (wanted - 1))]!,
  );
}

/** Stops of the ramp from the lowest to the highest quantile: readable on white and on dark. */
const RAMP: readonly (readonly [number, number, number])[] = [
  [192, 57, 43],
  [222, 140, 80],
  [150, 158, 168],
  [86, 152, 214],
  [26, 92, 178],
];

function rampColour(quantile: number, quantiles: number): string {
  const place = quantiles <= 1 ? RAMP.length - 1 : ((quantile - 1) / (quantiles - 1)) * (RAMP.length - 1);
  const low = Math.min(Math.floor(place), RAMP.length - 2);
  const [from, to] = [RAMP[low]!, RAMP[low + 1]!];
  const channel = (index: 0 | 1 | 2): number =>
    Math.round(from[index] + (to[index] - from[index]) * (place - low));
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}

/** 43,210 as `43.2k`. */
function shortCount(count: number): string {
  if (count < 10_000) return whole(count);
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(2)}M`;
}
