/** Rank correlation of prediction and return (IC): by fold, month, hour, horizon and delay. Pure. */
import { rounded } from './downsample.js';
import { axis, baseLayout, colour, emptyNote, type Figure, type FigureObject } from './figure.js';

/** One IC and its standard error; NaN where undefined. */
export interface IcPoint {
  /** Fold, month, hour, horizon or delay. */
  readonly label: string;
  readonly ic: number;
  readonly standardError: number;
}

export interface IcSeries {
  /** A symbol, `pooled`, ... */
  readonly name: string;
  readonly points: readonly IcPoint[];
}

export interface IcInput {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  /** What the labels are. */
  readonly xTitle: string;
  readonly series: readonly IcSeries[];
}

const Z95 = 1.96;

const SERIES_COLOURS = ['main', 'accent', 'good', 'exPost', 'bad', 'reference'] as const;

/** More names than this would overlap: short ones such as hours and months, and dates. */
const SHOWN_LABELS = 24;
const SHOWN_DATES = 10;
const DATE_LENGTH = 10;

/** Grouped bars of IC with 95 % intervals where a standard error is known. */
export function icBars(input: IcInput): Figure {
  const data = input.series.map((series, index) => ({
    ...icTrace(series, index),
    type: 'bar',
    marker: { color: seriesColour(index), line: { width: 0 } },
  }));
  return icFigure(input, data);
}

/** Markers joined by lines: IC over an ordered quantity such as the horizon. */
export function icLines(input: IcInput): Figure {
  const data = input.series.map((series, index) => ({
    ...icTrace(series, index),
    type: 'scatter',
    mode: 'lines+markers',
    line: { color: seriesColour(index), width: 2 },
    marker: { color: seriesColour(index), size: 7 },
  }));
  return icFigure(input, data);
}

/** The colour of the n-th of several symbols. */
export function seriesColour(index: number): string {
  return colour(SERIES_COLOURS[index % SERIES_COLOURS.length]!);
}

function icTrace({ name, points }: IcSeries, index: number): FigureObject {
  const known = points.some(({ standardError }) => Number.isFinite(standardError));
  return {
    name,
    x: points.map(({ label }) => label),
    y: points.map(({ ic }) => rounded(ic)),
    hovertemplate: `${name}, %{x}: %{y:.4f}<extra></extra>`,
    error_y: {
      type: 'data',
      visible: known,
      array: points.map(({ standardError }) => rounded(Z95 * standardError)),
      color: index === 0 ? colour('ink') : colour('muted'),
      thickness: 1.1,
      width: 3,
    },
  };
}

function icFigure(input: IcInput, data: FigureObject[]): Figure {
  const labels = Math.max(0, ...input.series.map(({ points }) => points.length));
  const isDated = input.series.some(({ points }) => points.some(({ label }) => label.length >= DATE_LENGTH));
  const known = input.series.some(({ points }) => points.some(({ ic }) => Number.isFinite(ic)));
  const every = Math.ceil(labels / (isDated ? SHOWN_DATES : SHOWN_LABELS));
  return {
    id: input.id,
    title: input.title,
    subtitle: input.subtitle,
    data,
    layout: {
      ...baseLayout(),
      ...(known
        ? {}
        : { annotations: [emptyNote('No IC is defined here; the reasons stand in the table', 0.5)] }),
      showlegend: input.series.length > 1,
      barmode: 'group',
      bargap: 0.3,
      xaxis: axis(input.xTitle, { type: 'category', showgrid: false, dtick: Math.max(1, every) }),
      yaxis: axis('IC (Spearman)', { zeroline: true, zerolinewidth: 1.5, tickformat: '.3f' }),
    },
    heightPx: 340,
  };
}
