/** Figures as plain data: what Plotly draws, with the words that belong to it. */

export type FigureJson = null | boolean | number | string | readonly FigureJson[] | FigureObject;
export interface FigureObject {
  readonly [key: string]: FigureJson;
}

/** One figure. NaN in a series becomes null in JSON, which Plotly draws as a gap. */
export interface Figure {
  /** Names it in the page and in file names; kebab-case. */
  readonly id: string;
  readonly title: string;
  /** Scope, fee, units: what a reader must know to read it rightly. */
  readonly subtitle: string;
  /** Plotly traces. */
  readonly data: readonly FigureObject[];
  /** Plotly layout without title and size. */
  readonly layout: FigureObject;
  /** Height in the page, CSS pixels. */
  readonly heightPx: number;
}

/** Points of a line: x in UTC ms, y NaN where missing. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * Colours by role, in a light and a dark tone. Distinct under the common colour blindnesses (after
 * Okabe and Ito); a figure is built with the light ones and the page exchanges them.
 */
export const PALETTE = {
  paper: ['#ffffff', '#14181f'],
  ink: ['#1c2430', '#e4e8ee'],
  muted: ['#5b6675', '#98a3b3'],
  grid: ['#e7eaee', '#2a313c'],
  axis: ['#aab3bf', '#566070'],
  main: ['#0b62b0', '#5aa9f0'],
  mainSoft: ['#8db9e0', '#2f5f8f'],
  reference: ['#7a8492', '#8e99a9'],
  accent: ['#c75a00', '#f2994a'],
  good: ['#00805e', '#35c09a'],
  bad: ['#b3261e', '#f2736b'],
  badSoft: ['#f3cfcc', '#57211f'],
  exPost: ['#a4348f', '#e288d2'],
  band: ['#f4f6f8', '#1b212a'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

export type ColourRole = keyof typeof PALETTE;

/** A sentence in the middle of an empty frame whose middle is at the height `y` of the figure, 0 to 1. */
export function emptyNote(text: string, y: number): FigureObject {
  return {
    text,
    x: 0.5,
    xref: 'paper',
    xanchor: 'center',
    y,
    yref: 'paper',
    yanchor: 'middle',
    showarrow: false,
    font: { size: 14, color: colour('muted') },
  };
}

/** The light tone of a role. */
export function colour(role: ColourRole): string {
  return PALETTE[role][0];
}

/** Light to dark tone, of every role: what the page exchanges when the reader prefers dark. */
export function darkTones(): Record<string, string> {
  return Object.fromEntries(Object.values(PALETTE));
}

export const FONT_FAMILY = 'Inter, "Helvetica Neue", Arial, sans-serif';

/** How things that look ahead are marked in every legend, title and table. */
export const EX_POST_LABEL = 'ex post: looks ahead';

/** Layout that every figure starts from: type, colours, margins, a legend above the plot. */
export function baseLayout(): FigureObject {
  return {
    font: { family: FONT_FAMILY, size: 13, color: colour('ink') },
    paper_bgcolor: colour('paper'),
    plot_bgcolor: colour('paper'),
    margin: { l: 70, r: 28, t: 44, b: 52 },
    hoverlabel: { font: { family: FONT_FAMILY, size: 12 } },
    legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.02, yanchor: 'bottom', font: { size: 12 } },
    showlegend: true,
    separators: '.,',
  };
}

/** An axis in the house's look; `extra` adds to it or overrides. */
export function axis(title: string, extra: FigureObject = {}): FigureObject {
  return {
    title: { text: title, font: { size: 12, color: colour('muted') }, standoff: 10 },
    tickfont: { size: 12, color: colour('muted') },
    gridcolor: colour('grid'),
    linecolor: colour('axis'),
    zerolinecolor: colour('axis'),
    showline: true,
    ticks: 'outside',
    tickcolor: colour('axis'),
    ticklen: 4,
    automargin: true,
    ...extra,
  };
}

/** A time axis in UTC; x values are UTC ms. */
export function timeAxis(extra: FigureObject = {}): FigureObject {
  return axis('', { type: 'date', hoverformat: '%Y-%m-%d %H:%M', showgrid: true, ...extra });
}

/** A line through points; `style` is Plotly's `line`. */
export function line(name: string, points: Points, style: FigureObject): FigureObject {
  return { type: 'scatter', mode: 'lines', name, x: points.x, y: points.y, line: style, connectgaps: false };
}
