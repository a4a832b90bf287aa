/** The folds: their windows, how many rounds each took, and what their models looked at. Pure. */
import { rounded, thinSeries } from './downsample.js';
import { axis, baseLayout, colour, timeAxis, type Figure, type FigureObject } from './figure.js';
import { fixed } from './format.js';

/** UTC ms, half-open windows that touch: train, valid, test. */
export interface FoldSpan {
  readonly number: number;
  readonly trainStartMs: number;
  readonly validStartMs: number;
  readonly testStartMs: number;
  readonly testEndMs: number;
}

export interface FoldRounds {
  readonly number: number;
  /** Score on the validation window after each round, from round 1; NaN where undefined. */
  readonly scores: readonly number[];
  /** The number of rounds kept, from 1. */
  readonly bestRound: number;
}

export interface FoldImportance {
  readonly number: number;
  /** Gain by feature, any unit; shares are drawn. */
  readonly gain: readonly { readonly feature: string; readonly gain: number }[];
}

const ROW_PX = 24;

/** Training, validation and test windows as one row a fold, the first at the top. */
export function foldSpansFigure(folds: readonly FoldSpan[]): Figure {
  const part = (name: string, role: 'mainSoft' | 'accent' | 'main', edges: SpanEdges): FigureObject => ({
    type: 'bar',
    orientation: 'h',
    name,
    y: folds.map(({ number }) => String(number)),
    base: folds.map((fold) => edges(fold)[0]),
    x: folds.map((fold) => edges(fold)[1] - edges(fold)[0]),
    customdata: folds.map((fold) => edges(fold).map((edge) => new Date(edge).toISOString().slice(0, 10))),
    hovertemplate: `fold %{y} ${name}: %{customdata[0]} to %{customdata[1]}<extra></extra>`,
    marker: { color: colour(role), line: { width: 0 } },
  });
  return {
    id: 'fold-windows',
    title: 'Fold windows',
    subtitle:
      'Each model is fitted on its training window, stopped on validation, and judged on the test window only.',
    data: [
      part('train', 'mainSoft', (fold) => [fold.trainStartMs, fold.validStartMs]),
      part('validation', 'accent', (fold) => [fold.validStartMs, fold.testStartMs]),
      part('test', 'main', (fold) => [fold.testStartMs, fold.testEndMs]),
    ],
    layout: {
      ...baseLayout(),
      barmode: 'overlay',
      bargap: 0.35,
      legend: { ...(baseLayout().legend as FigureObject), traceorder: 'normal' },
      xaxis: timeAxis(),
      yaxis: axis('Fold', { type: 'category', autorange: 'reversed', showgrid: false }),
    },
    heightPx: 130 + ROW_PX * Math.min(folds.length, 30),
  };
}

type SpanEdges = (fold: FoldSpan) => [startMs: number, endMs: number];

/** Rounds named one by one up to this many folds; all others share one legend entry. */
const POINTS_A_FOLD = 250;

/** Validation score over rounds, one line a fold, with the round that was kept. */
export function roundsFigure(folds: readonly FoldRounds[], metric: string, decidedBy: string): Figure {
  const lines = folds.map(({ number, scores }, index) => {
    const rounds = scores.map((_, round) => round + 1);
    const points = thinSeries(rounds, scores, POINTS_A_FOLD);
    return {
      type: 'scatter',
      mode: 'lines',
      name: 'one fold',
      x: points.x,
      y: points.y,
      line: { color: colour('mainSoft'), width: 1.1 },
      hovertemplate: `fold ${number}, round %{x}: %{y:.5f}<extra></extra>`,
      showlegend: index === 0,
    };
  });
  return {
    id: 'rounds',
    title: `Validation ${metric} by boosting round`,
    subtitle: `The mark is the round that was kept: ${decidedBy}. The test window has no say.`,
    data: [...lines, keptRounds(folds)],
    layout: {
      ...baseLayout(),
      xaxis: axis('Boosting round', { rangemode: 'tozero' }),
      yaxis: axis(`Validation ${metric}`, { zeroline: true }),
    },
    heightPx: 360,
  };
}

function keptRounds(folds: readonly FoldRounds[]): FigureObject {
  const kept = folds.filter(({ scores, bestRound }) => scores[bestRound - 1] !== undefined);
  return {
    type: 'scatter',
    mode: 'markers',
    name: 'kept',
    x: kept.map(({ bestRound }) => bestRound),
    y: kept.map(({ scores, bestRound }) => rounded(scores[bestRound - 1]!)),
    text: kept.map(({ number }) => `fold ${number}`),
    hovertemplate: '%{text}: %{x} rounds kept, %{y:.5f}<extra></extra>',
    marker: { color: colour('accent'), size: 8 },
  };
}

/** Features drawn; the rest is of little weight and named in the subtitle. */
const SHOWN_FEATURES = 25;

/** Share of the gain by feature (rows, the weightiest on top) and fold (columns), in percent. */
export function importanceFigure(folds: readonly FoldImportance[]): Figure {
  const shares = folds.map(gainShares);
  const features = [...new Set(folds.flatMap(({ gain }) => gain.map(({ feature }) => feature)))];
  const mean = (feature: string): number =>
    shares.reduce((sum, share) => sum + (share.get(feature) ?? 0), 0) / Math.max(1, folds.length);
  // Equal means stand in order of name, so that the picture does not depend on the input's order.
  const ordered = features.sort((left, right) => mean(right) - mean(left) || (left < right ? -1 : 1));
  const shown = ordered.slice(0, SHOWN_FEATURES);
  const rest = ordered.slice(SHOWN_FEATURES).reduce((sum, feature) => sum + mean(feature), 0);
  const hidden = ordered.length - shown.length;
  return {
    id: 'importance',
    title: 'Importance by fold',
    subtitle:
      'Share of the total gain of the model\u2019s splits, percent; the mean over folds beside each name.' +
      (hidden > 0 ? ` ${hidden} more features hold ${fixed(rest, 1)} %.` : ''),
    data: [importanceMap(folds, shares, shown)],
    layout: {
      ...baseLayout(),
      showlegend: false,
      xaxis: axis('Fold', {
        type: 'category',
        showgrid: false,
        dtick: Math.max(1, Math.ceil(folds.length / 24)),
      }),
      yaxis: axis('', {
        type: 'category',
        autorange: 'reversed',
        showgrid: false,
        tickmode: 'array',
        tickvals: shown,
        ticktext: shown.map((feature) => `${feature}  ${fixed(mean(feature), 1)}`),
      }),
    },
    heightPx: 130 + ROW_PX * shown.length,
  };
}

function importanceMap(
  folds: readonly FoldImportance[],
  shares: readonly ReadonlyMap<string, number>[],
  features: readonly string[],
): FigureObject {
  return {
    type: 'heatmap',
    x: folds.map(({ number }) => String(number)),
    y: features,
    z: features.map((feature) => shares.map((share) => rounded(share.get(feature) ?? 0))),
    zmin: 0,
    colorscale: [
      [0, colour('band')],
      [1, colour('main')],
    ],
    xgap: 1,
    ygap: 1,
    colorbar: { title: { text: '%', side: 'top' }, thickness: 12, outlinewidth: 0, tickfont: { size: 11 } },
    hovertemplate: '%{y}, fold %{x}: %{z:.2f} %<extra></extra>',
  };
}

/** Percent of the fold's whole gain by feature; all 0 for a model without splits. */
function gainShares({ gain }: FoldImportance): Map<string, number> {
  const total = gain.reduce((sum, entry) => sum + entry.gain, 0);
  return new Map(gain.map((entry) => [entry.feature, total > 0 ? (100 * entry.gain) / total : 0]));
}
