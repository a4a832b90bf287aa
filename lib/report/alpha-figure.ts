/** The alpha factor over time. Pure. */
import { DAY_MS } from '../bars/interval.js';
import { axis, baseLayout, colour, line, timeAxis, type Figure } from './figure.js';
import { foldMarks, type FoldMark } from './fold-marks.js';
import { thinSeries } from './downsample.js';

export interface AlphaInput {
  readonly target: string;
  readonly conditions: string;
  /** UTC ms, ascending. */
  readonly timeMs: ArrayLike<number>;
  /** Mean over symbols of the one-day z-score of the signal, times .01; NaN where unknown. */
  readonly alpha: ArrayLike<number>;
  readonly intervalMs: number;
  readonly folds: readonly FoldMark[];
}

const MEAN_WINDOW_MS = DAY_MS;

/** The factor bar by bar with its trailing one-day mean, and the mean again on a scale of its own. */
export function alphaFigure(input: AlphaInput): Figure {
  const mean = trailingMean(input.timeMs, input.alpha, MEAN_WINDOW_MS, MEAN_WINDOW_MS / input.intervalMs / 2);
  const bars = thinSeries(input.timeMs, input.alpha);
  const means = thinSeries(input.timeMs, mean);
  const strong = { color: colour('main'), width: 1.6 };
  return {
    id: 'alpha',
    title: `${input.target}: alpha factor`,
    subtitle: input.conditions,
    data: [
      line('Alpha factor, each bar', bars, { color: colour('mainSoft'), width: 0.8 }),
      line('Trailing mean of one day', means, strong),
      { ...line('Trailing mean of one day', means, strong), yaxis: 'y2', showlegend: false },
    ],
    layout: {
      ...baseLayout(),
      hovermode: 'x',
      grid: { rows: 2, columns: 1 },
      xaxis: timeAxis({ anchor: 'y2', domain: [0, 1] }),
      yaxis: axis('z-score \u00d7 0.01', { domain: [0.42, 1], zeroline: true, hoverformat: '.4f' }),
      yaxis2: axis('its one-day mean', { domain: [0, 0.34], zeroline: true, hoverformat: '.5f', nticks: 5 }),
      ...foldMarks(input.folds),
    },
    heightPx: 520,
  };
}

/**
 * Mean of the values in (t - windowMs, t] at each t; missing values are left out, NaN where there are
 * fewer than `least` (at least 1): a mean of a few bars after a start or a hole is no mean of a window. Each sum starts again at every whole window of the clock plus the part before, so that no
 * error of a running sum grows over the years.
 */
export function trailingMean(
  timeMs: ArrayLike<number>,
  values: ArrayLike<number>,
  windowMs: number,
  least = 1,
): Float64Array {
  const rows = timeMs.length;
  const mean = new Float64Array(rows);
  let first = 0;
  let sum = 0;
  let count = 0;
  let block = -Infinity;
  for (let row = 0; row < rows; row++) {
    const now = timeMs[row]!;
    for (; timeMs[first]! <= now - windowMs; first++) {
      if (Number.isNaN(values[first]!)) continue;
      sum -= values[first]!;
      count -= 1;
    }
    if (Math.floor(now / windowMs) !== block) {
      block = Math.floor(now / windowMs);
      [sum, count] = sumOf(values, first, row);
    }
    if (!Number.isNaN(values[row]!)) {
      sum += values[row]!;
      count += 1;
    }
    mean[row] = count < least ? NaN : sum / count;
  }
  return mean;
}

function sumOf(values: ArrayLike<number>, start: number, end: number): [sum: number, count: number] {
  let sum = 0;
  let count = 0;
  for (let row = start; row < end; row++) {
    if (Number.isNaN(values[row]!)) continue;
    sum += values[row]!;
    count += 1;
  }
  return [sum, count];
}
