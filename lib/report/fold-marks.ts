/** Where test windows begin and end, drawn behind a figure over time. Pure. */
import { colour, type FigureObject } from './figure.js';

export interface FoldMark {
  readonly number: number;
  /** UTC ms, half-open. */
  readonly testStartMs: number;
  readonly testEndMs: number;
}

/** Numbers stand side by side up to this many; beyond it every k-th is named. */
const NAMED_FOLDS = 18;

/** Layout parts: a dotted line at each boundary between folds, and the folds' numbers at the top. */
export function foldMarks(folds: readonly FoldMark[]): {
  shapes: FigureObject[];
  annotations: FigureObject[];
} {
  const every = Math.max(1, Math.ceil(folds.length / NAMED_FOLDS));
  return {
    shapes: folds.slice(1).map((fold) => boundary(fold.testStartMs)),
    annotations: folds.filter((_, index) => index % every === 0).map(nameOf),
  };
}

function boundary(timeMs: number): FigureObject {
  return {
    type: 'line',
    xref: 'x',
    yref: 'paper',
    x0: timeMs,
    x1: timeMs,
    y0: 0,
    y1: 1,
    layer: 'between', // Above the grid, which stands at the same months, and behind the curves.
    line: { color: colour('axis'), width: 1, dash: 'dot' },
  };
}

function nameOf(fold: FoldMark, index: number): FigureObject {
  return {
    text: index === 0 ? `fold ${fold.number}` : String(fold.number),
    x: fold.testStartMs,
    xref: 'x',
    xanchor: 'left',
    xshift: 2,
    y: 1,
    yref: 'paper',
    yanchor: 'top',
    showarrow: false,
    font: { size: 11, color: colour('muted') },
  };
}
