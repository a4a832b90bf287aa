/** The report page: one HTML file that needs nothing beside it and asks the network for nothing. Pure. */
import { darkTones, type Figure } from './figure.js';
import { escapeHtml, scriptJson } from './format.js';
import { tableHtml, valueAttribute, type HtmlTable } from './html-table.js';
import { PAGE_SCRIPT } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';

/** One number of the head of the page. */
export interface Metric {
  /** Name in `data-metric`, the result's own: `ic`, `breakEvenFeeBp`. */
  readonly key: string;
  readonly label: string;
  /** As read, unit included. */
  readonly text: string;
  readonly value: number | null;
  /** What it means or its interval; empty for none. */
  readonly note: string;
}

export interface Headline {
  /** The first and largest number. */
  readonly main: Metric;
  /** What it means for a trader, in plain sentences. */
  readonly verdict: readonly string[];
  readonly metrics: readonly Metric[];
  /** The same of a rule that looks ahead; null where none was run. */
  readonly exPost: { readonly notice: string; readonly metrics: readonly Metric[] } | null;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  /** Plain sentences above figures and tables. */
  readonly intro: readonly string[];
  readonly parts: readonly (Figure | HtmlTable)[];
}

export interface PageContent {
  readonly title: string;
  /** Market, interval, period, rule. */
  readonly subtitle: string;
  readonly headline: Headline;
  readonly sections: readonly Section[];
}

export interface PageAssets {
  /** Source of plotly, safe inside a script element. */
  readonly plotly: string;
  /** Style sheet that holds the fonts. */
  readonly fonts: string;
}

/** Refuses every request: what the page shows is in the page. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:; img-src data: blob:";

/** The whole document. Equal content and assets give equal bytes. */
export function pageHtml(content: PageContent, assets: PageAssets): string {
  const figures = content.sections.flatMap(({ parts }) => parts.filter(isFigure));
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(content.title)}</title>`,
    '<link rel="icon" href="data:,">',
    `<style>${assets.fonts}${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    headHtml(content),
    '<main id="main">',
    headlineHtml(content.headline),
    ...content.sections.map(sectionHtml),
    '</main>',
    '<noscript><p class="notice">Figures need JavaScript; all numbers and tables are here without it.</p></noscript>',
    `<script type="application/json" id="figure-specs">${scriptJson(figures.map(drawnParts))}</script>`,
    `<script type="application/json" id="dark-tones">${scriptJson(darkTones())}</script>`,
    `<script>${assets.plotly}</script>`,
    `<script>${PAGE_SCRIPT}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function isFigure(part: Figure | HtmlTable): part is Figure {
  return 'layout' in part;
}

function drawnParts({ id, data, layout }: Figure): object {
  return { id, data, layout };
}

function headHtml({ title, subtitle, sections }: PageContent): string {
  const links = sections.map(({ id, title: name }) => `<a href="#${escapeHtml(id)}">${escapeHtml(name)}</a>`);
  return (
    '<a class="skip" href="#main">Skip to the numbers</a>\n' +
    `<header><h1>${escapeHtml(title)}</h1><p class="subtitle">${escapeHtml(subtitle)}</p>` +
    `<nav aria-label="Sections">${links.join('')}</nav></header>`
  );
}

function headlineHtml({ main, verdict, metrics, exPost }: Headline): string {
  return [
    '<section class="headline" aria-labelledby="headline-title">',
    `<h2 id="headline-title">${escapeHtml(main.label)}</h2>`,
    `<p class="big">${metricValue(main)}</p>`,
    `<p class="note">${escapeHtml(main.note)}</p>`,
    ...verdict.map((sentence) => `<p class="verdict">${escapeHtml(sentence)}</p>`),
    metricsHtml(metrics),
    ...(exPost === null
      ? []
      : [
          '<div class="ex-post">',
          `<p class="notice">${escapeHtml(exPost.notice)}</p>`,
          metricsHtml(exPost.metrics),
          '</div>',
        ]),
    '</section>',
  ].join('\n');
}

function metricsHtml(metrics: readonly Metric[]): string {
  const items = metrics.map(
    (metric) =>
      `<div><dt>${escapeHtml(metric.label)}</dt><dd>${metricValue(metric)}` +
      `<span class="note">${escapeHtml(metric.note)}</span></dd></div>`,
  );
  return `<dl class="metrics">${items.join('\n')}</dl>`;
}

function metricValue({ key, text, value }: Metric): string {
  return `<span class="value" data-metric="${escapeHtml(key)}"${valueAttribute(value)}>${escapeHtml(text)}</span>`;
}

function sectionHtml({ id, title, intro, parts }: Section): string {
  return [
    `<section id="${escapeHtml(id)}" aria-labelledby="${escapeHtml(id)}-title">`,
    `<h2 id="${escapeHtml(id)}-title">${escapeHtml(title)}</h2>`,
    ...intro.map((sentence) => `<p>${escapeHtml(sentence)}</p>`),
    ...parts.map((part) => (isFigure(part) ? figureHtml(part) : tableHtml(part))),
    '</section>',
  ].join('\n');
}

function figureHtml({ id, title, subtitle, heightPx }: Figure): string {
  const name = escapeHtml(id);
  return (
    `<figure aria-labelledby="caption-${name}"><figcaption id="caption-${name}">` +
    `<strong>${escapeHtml(title)}</strong> <span>${escapeHtml(subtitle)}</span></figcaption>` +
    `<div class="plot" id="figure-${name}" role="img" aria-labelledby="caption-${name}" style="height:${heightPx}px"></div></figure>`
  );
}
