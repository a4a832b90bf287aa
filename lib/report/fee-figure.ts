/** What is left at each fee. Pure. */
import { rounded } from './downsample.js';
import { axis, baseLayout, colour, EX_POST_LABEL, type Figure, type FigureObject } from './figure.js';
import { bp } from './format.js';

export interface FeeCurve {
  /** Such as `filled at the next open`. */
  readonly name: string;
  /** Fee per side in bp, ascending. */
  readonly feeBp: readonly number[];
  /** What is drawn upwards, in the unit of `valueTitle`; NaN where undefined. */
  readonly value: readonly number[];
  readonly exPost: boolean;
}

export interface BreakEven {
  readonly name: string;
  /** Fee per side in bp at which nothing is left; NaN where nothing was traded. */
  readonly feeBp: number;
  /** 95 % interval in bp; null where it could not be had. */
  readonly feeBp95: readonly [number, number] | null;
  readonly exPost: boolean;
}

export interface FeeInput {
  readonly target: string;
  readonly conditions: string;
  readonly valueTitle: string;
  readonly curves: readonly FeeCurve[];
  readonly breakEvens: readonly BreakEven[];
}

/** Binance's regular tier of USDT-M futures, per side. */
export const MAKER_FEE_BP = 2;
export const TAKER_FEE_BP = 5;

/** Two colours for the tradable rule without and with a delay; ex post has its own. */
const TRADABLE_ROLES = ['main', 'accent'] as const;

/** Result over fee, the break-even fee of each curve with its interval, and the exchange's two fees. */
export function feeFigure(input: FeeInput): Figure {
  const curves = input.curves.map(labelled);
  const breakEvens = input.breakEvens.map(labelled);
  return {
    id: 'fees',
    title: `${input.target}: result by fee`,
    subtitle: input.conditions,
    data: [
      ...curves.map((curve, index) => feeLine(curve, index)),
      ...breakEvens.flatMap((point, index) =>
        Number.isFinite(point.feeBp) ? [breakEvenMark(point, index)] : [],
      ),
    ],
    layout: {
      ...baseLayout(),
      hovermode: 'closest',
      xaxis: axis('Fee per side, bp', { zeroline: true, anchor: 'y2', domain: [0, 1] }),
      yaxis: axis(input.valueTitle, { zeroline: true, zerolinewidth: 1.5, domain: [0.36, 1] }),
      yaxis2: breakEvenAxis(breakEvens),
      shapes: [feeMark(MAKER_FEE_BP), feeMark(TAKER_FEE_BP)],
      annotations: [feeName(MAKER_FEE_BP, 'maker 2 bp'), feeName(TAKER_FEE_BP, 'taker 5 bp')],
    },
    heightPx: 460,
  };
}

/** The label goes with the name: into the legend, the rows of the lower panel and what is told at a point. */
function labelled<Part extends FeeCurve | BreakEven>(part: Part): Part {
  return part.exPost ? { ...part, name: `${part.name} (${EX_POST_LABEL})` } : part;
}

function roleOf(exPost: boolean, index: number): 'main' | 'accent' | 'exPost' {
  return exPost ? 'exPost' : TRADABLE_ROLES[index % TRADABLE_ROLES.length]!;
}

function feeLine({ name, feeBp, value, exPost }: FeeCurve, index: number): FigureObject {
  return {
    type: 'scatter',
    mode: 'lines+markers',
    name,
    x: feeBp,
    y: value.map(rounded),
    line: { color: colour(roleOf(exPost, index)), width: 2, ...(exPost ? { dash: 'dash' } : {}) },
    marker: { color: colour(roleOf(exPost, index)), size: 5 },
    hovertemplate: `${name}: %{y:.2f} at %{x} bp<extra></extra>`,
  };
}

/** The lower panel: one row a break-even fee. */
function breakEvenAxis(breakEvens: readonly BreakEven[]): FigureObject {
  return axis('', {
    type: 'category',
    categoryorder: 'array',
    categoryarray: breakEvens.map(({ name }) => name),
    range: [breakEvens.length - 0.4, -0.6],
    domain: [0, 0.27],
    tickmode: 'array',
    tickvals: breakEvens.map(({ name }) => name),
    ticktext: breakEvens.map(({ name, feeBp }) => `${name}  <b>${bp(feeBp)}</b>`),
  });
}

/** A diamond with the interval as a horizontal bar; a missing fee keeps its row and draws nothing. */
function breakEvenMark({ name, feeBp, feeBp95, exPost }: BreakEven, index: number): FigureObject {
  return {
    type: 'scatter',
    mode: 'markers',
    name: 'Break-even fee, 95 % interval',
    showlegend: index === 0,
    x: [rounded(feeBp)],
    y: [name],
    yaxis: 'y2',
    marker: { color: colour(roleOf(exPost, index)), size: 11, symbol: 'diamond' },
    error_x: {
      type: 'data',
      symmetric: false,
      visible: feeBp95 !== null,
      array: [feeBp95 === null ? 0 : rounded(feeBp95[1] - feeBp)],
      arrayminus: [feeBp95 === null ? 0 : rounded(feeBp - feeBp95[0])],
      color: colour(roleOf(exPost, index)),
      thickness: 2,
      width: 6,
    },
    hovertemplate: `break-even ${name}: %{x:.3f} bp per side<extra></extra>`,
  };
}

function feeMark(feeBp: number): FigureObject {
  return {
    type: 'line',
    xref: 'x',
    yref: 'paper',
    x0: feeBp,
    x1: feeBp,
    y0: 0,
    y1: 1,
    layer: 'between',
    line: { color: colour('axis'), width: 1.4, dash: 'dash' },
  };
}

function feeName(feeBp: number, text: string): FigureObject {
  return {
    text,
    x: feeBp,
    xref: 'x',
    xanchor: 'left',
    xshift: 4,
    y: 1,
    yref: 'paper',
    yanchor: 'top',
    showarrow: false,
    font: { size: 11, color: colour('muted') },
  };
}
