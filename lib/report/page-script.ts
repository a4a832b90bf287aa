/**
 * The script of the report page, as text: draws every figure in the reader's colour scheme, again when
 * that changes. Written for browsers of 2021 and later.
 */
export const PAGE_SCRIPT = `
(() => {
  'use strict';
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const figures = read('figure-specs');
  const tones = read('dark-tones');
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const config = {
    responsive: true,
    displaylogo: false,
    modeBarButtonsToRemove: ['lasso2d', 'select2d', 'autoScale2d', 'zoomIn2d', 'zoomOut2d'],
  };

  const inTone = (value) => {
    if (typeof value === 'string') return tones[value] ?? value;
    if (Array.isArray(value)) return value.map(inTone);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inTone(part)]));
  };

  // Plotly writes into what it is given, so every drawing starts from a copy.
  const draw = async (figure) => {
    const copy = structuredClone({ data: figure.data, layout: figure.layout });
    const { data, layout } = prefersDark.matches ? inTone(copy) : copy;
    const element = document.getElementById('figure-' + figure.id);
    const narrow = element.clientWidth < 560;
    if (narrow) layout.margin = { ...layout.margin, l: 44, r: 8 };
    await Plotly.react(element, data, { ...layout, autosize: true }, { ...config, displayModeBar: narrow ? false : 'hover' });
  };

  const drawAll = async () => {
    document.documentElement.dataset.figures = 'drawing';
    for (const figure of figures) await draw(figure);
    document.documentElement.dataset.figures = 'drawn';
  };

  prefersDark.addEventListener('change', drawAll);
  drawAll();
})();
`;
