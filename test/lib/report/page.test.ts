import { describe, expect, it } from 'vitest';
import { alphaFigure } from '../../../lib/report/alpha-figure.js';
import { equityFigure } from '../../../lib/report/equity-figure.js';
import { feeFigure } from '../../../lib/report/fee-figure.js';
import type { Figure } from '../../../lib/report/figure.js';
import { foldSpansFigure, importanceFigure, roundsFigure } from '../../../lib/report/fold-figures.js';
import { numberCell, textCell } from '../../../lib/report/html-table.js';
import { icBars, icLines } from '../../../lib/report/information-figures.js';
import { pageHtml, type PageContent } from '../../../lib/report/page.js';
import { titledLayout } from '../../../lib/report/png.js';
import { quantileFigure } from '../../../lib/report/quantile-figure.js';

const DAY = 86_400_000;
const times = Float64Array.from({ length: 300 }, (_, day) => Date.UTC(2023, 0, 1) + day * DAY);
const rising = { timeMs: times, equity: times.map((_, day) => 1 + day / 1000) };
const falling = { timeMs: times, equity: times.map((_, day) => Math.exp(-day / 40)) };
const folds = [
  { number: 1, testStartMs: times[0]!, testEndMs: times[100]! },
  { number: 2, testStartMs: times[100]!, testEndMs: times[299]! },
];
const spans = folds.map((fold) => ({
  ...fold,
  trainStartMs: fold.testStartMs - 90 * DAY,
  validStartMs: fold.testStartMs - 30 * DAY,
}));

const equity = equityFigure({
  target: 'BTCUSDT 1m',
  conditions: 'long 10 of 10, scope trailing',
  net: falling,
  gross: rising,
  buyAndHold: rising,
  exPost: rising,
  folds,
});
const fees = feeFigure({
  target: 'BTCUSDT 1m',
  conditions: 'x',
  valueTitle: 'Total return, %',
  curves: [{ name: 'scope trailing', feeBp: [0, 1], value: [1, Number.NaN], exPost: false }],
  breakEvens: [
    { name: 'scope trailing', feeBp: 0.3, feeBp95: [0.1, 0.5], exPost: false },
    { name: 'idle', feeBp: Number.NaN, feeBp95: null, exPost: false },
  ],
});
const ic = {
  id: 'ic-by-fold',
  title: 'IC',
  subtitle: '',
  xTitle: 'fold',
  series: [{ name: 'BTCUSDT', points: [{ label: '1', ic: 0.03, standardError: 0.01 }] }],
};
const figures: Figure[] = [
  equity,
  fees,
  alphaFigure({
    target: 'X',
    conditions: '',
    timeMs: times,
    alpha: times.map(() => Number.NaN),
    intervalMs: DAY,
    folds,
  }),
  quantileFigure({
    target: 'X',
    conditions: 'scope date (ex post: looks ahead)',
    bars: [1, 2].map((quantile) => ({ quantile, count: 10, meanBp: quantile, standardErrorBp: 0.5 })),
    curves: [{ quantile: 1, timeMs: times, cumulativePercent: rising.equity }],
    cumulation: 'compounded',
    folds,
  }),
  foldSpansFigure(spans),
  roundsFigure([{ number: 1, scores: [0.1, 0.2], bestRound: 2 }], 'ic', 'ic'),
  importanceFigure([{ number: 1, gain: [{ feature: 'rsi', gain: 3 }] }]),
  icBars(ic),
  icLines({ ...ic, id: 'ic-decay' }),
];

describe('figures', () => {
  it('are plain data that JSON keeps, each with a name of its own', () => {
    expect(new Set(figures.map(({ id }) => id)).size).toBe(figures.length);
    for (const { id, data, layout, heightPx } of figures) {
      expect(data.length, id).toBeGreaterThan(0);
      expect(heightPx, id).toBeGreaterThan(100);
      expect(() => JSON.stringify([data, layout])).not.toThrow();
    }
  });

  it('label a curve that looks ahead, and draw no more than is visible', () => {
    expect(equity.data.map(({ name }) => name)).toContain('Net, ex post: looks ahead');
    const long = Float64Array.from({ length: 100_000 }, (_, row) => row);
    const dense = equityFigure({
      target: 'X',
      conditions: '',
      net: { timeMs: long, equity: long.map((row) => 1 + Math.sin(row)) },
      gross: null,
      buyAndHold: rising,
      exPost: null,
      folds: [],
    });
    for (const { x } of dense.data) expect((x as number[]).length).toBeLessThanOrEqual(4000);
  });

  it('take a million quantiles', () => {
    const bars = Array.from({ length: 1e6 }, (_, at) => ({
      quantile: at + 1,
      count: 1,
      meanBp: at,
      standardErrorBp: Number.NaN,
    }));
    const many = quantileFigure({
      target: 'X',
      conditions: '',
      bars,
      curves: [{ quantile: 1e6, timeMs: times, cumulativePercent: rising.equity }],
      cumulation: 'compounded',
      folds,
    });
    expect((many.data[0]!.x as number[]).length).toBeLessThanOrEqual(500);
  });

  it('turn to a log scale where a linear one would press the curve flat', () => {
    expect(JSON.stringify(equity.layout.yaxis)).toContain('"log"');
  });

  it('draw nothing where a break-even fee is missing, and keep its row', () => {
    expect(fees.data.filter(({ yaxis }) => yaxis === 'y2')).toHaveLength(1);
    expect(JSON.stringify(fees.layout.yaxis2)).toContain('idle');
  });

  it('say of each curve, fee and row of a rule that looks ahead that it does', () => {
    const name = 'scope date';
    const { data, layout } = feeFigure({
      target: 'X',
      conditions: '',
      valueTitle: '',
      curves: [{ name, feeBp: [0], value: [1], exPost: true }],
      breakEvens: [{ name, feeBp: 0.3, feeBp95: null, exPost: true }],
    });
    const texts = JSON.stringify([data, layout]).match(/scope date[^"]*/g)!;
    expect(texts.length).toBeGreaterThanOrEqual(5);
    for (const text of texts) expect(text).toMatch(/^scope date \(ex post: looks ahead\)/);
  });

  it('carry their title and conditions into a picture', () => {
    const layout = titledLayout(equity, 1200, 600);
    expect(JSON.stringify(layout.title)).toContain('BTCUSDT 1m: equity');
    expect(JSON.stringify(layout.title)).toContain('scope trailing');
    expect(layout).toMatchObject({ width: 1200, height: 600 });
  });
});

describe('the page', () => {
  const content: PageContent = {
    title: 'BTC <b>&</b> ETH',
    subtitle: 'two months',
    headline: {
      main: {
        key: 'breakEvenFeeBp',
        label: 'Break-even fee',
        text: '0.034 bp',
        value: 0.034123,
        note: '95 %',
      },
      verdict: ['It is small.'],
      metrics: [{ key: 'ic', label: 'IC', text: 'n/a', value: null, note: '' }],
      exPost: { notice: 'looks ahead (ex post)', metrics: [] },
    },
    sections: [
      {
        id: 'trading',
        title: 'Trading',
        intro: ['Read this.'],
        parts: [
          equity,
          {
            id: 'rules',
            caption: 'Rules',
            columns: [
              { title: 'rule', align: 'left' },
              { title: 'net', align: 'right' },
            ],
            rows: [{ exPost: true, cells: [textCell('date'), numberCell(-0.5, String)] }],
          },
        ],
      },
    ],
  };
  const html = pageHtml(content, { plotly: '/*plotly*/', fonts: '/*fonts*/' });

  it('holds each number as text and in full precision', () => {
    expect(html).toContain(
      '<span class="value" data-metric="breakEvenFeeBp" data-value="0.034123">0.034 bp</span>',
    );
    expect(html).toContain('data-metric="ic" data-value="">n/a</span>');
    expect(html).toContain('<td class="right" data-value="-0.5">-0.5</td>');
    expect(html).toContain('<tr class="ex-post">');
  });

  it('escapes what it is given, and asks the network for nothing', () => {
    expect(html).toContain('BTC &lt;b&gt;&amp;&lt;/b&gt; ETH');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(?:src|href)="https?:/);
  });

  it('is the same for the same content', () => {
    expect(pageHtml(content, { plotly: '/*plotly*/', fonts: '/*fonts*/' })).toBe(html);
  });
});
