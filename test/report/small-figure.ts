import { axis, baseLayout, colour, line, type Figure } from '../../lib/report/figure.js';

/** The least figure that has a title, a legend, axes and a line. */
export const smallFigure: Figure = {
  id: 'small',
  title: 'A line',
  subtitle: 'units: bp',
  data: [line('values', { x: [1, 2, 3], y: [0.5, -0.25, NaN] }, { color: colour('main'), width: 2 })],
  layout: { ...baseLayout(), xaxis: axis('x'), yaxis: axis('y') },
  heightPx: 300,
};
