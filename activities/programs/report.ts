/** Programs of the report stage: the figures and the page. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { INTERVALS_MS, type Interval } from '../../lib/bars/interval.js';
import type { MonthQuality } from '../../lib/market/index.js';
import { alphaFigure } from '../../lib/report/alpha-figure.js';
import { equityFigure } from '../../lib/report/equity-figure.js';
import type { Figure } from '../../lib/report/figure.js';
import { pageHtml } from '../../lib/report/page.js';
import { quantileFigure } from '../../lib/report/quantile-figure.js';
import { withBrowser } from './kept-browser.js';
import type { Program, ProgramContext, ProgramHost, ProgramOutput } from './program.js';
import { readJson } from './read-json.js';
import { readReportAssets } from './report-assets.js';
import {
  alphaInput,
  equityInput,
  quantileInput,
  readBacktest,
  readEquity,
  readEvaluation,
  type ReportParams,
} from './report-input.js';
import { reportContent } from './report-page.js';
import type { FoldSummary } from './report-parts.js';

const WIDTH_PX = 1200;

interface Drawing {
  readonly outDir: string;
  readonly host: ProgramHost;
  readonly context: ProgramContext;
}

/** Draws figures as PNG files named by their outputs: `equityPng` becomes equity.png. */
async function drawFiles(
  figures: Readonly<Record<string, Figure>>,
  { outDir, host, context }: Drawing,
): Promise<ProgramOutput[]> {
  const names = Object.keys(figures);
  const pictures = names.map((name) => {
    const figure = figures[name]!;
    return { figure, widthPx: WIDTH_PX, heightPx: figure.heightPx + 90 };
  });
  const { browserPath } = host;
  const { signal } = context;
  const files = await withBrowser({ browserPath, signal }, (browser) => browser.draw(pictures, signal));
  const outputs = names.map((name) => ({ name, file: `${name.replace(/Png$/, '')}.png` }));
  for (const [index, { file }] of outputs.entries()) await writeFile(path.join(outDir, file), files[index]!);
  return outputs;
}

/** Draws `quantiles.png` from evaluation.json. @throws SetupError BROWSER_MISSING, BROWSER_FAILED */
export const quantileFigures: Program<ReportParams> = async ({ params, inputs, outDir, host }, context) => {
  const figure = quantileFigure(quantileInput(readEvaluation(inputs), params));
  return { outputs: await drawFiles({ quantilesPng: figure }, { outDir, host, context }), facts: {} };
};

/** Draws `equity.png` and `alpha.png` from backtest.json and equity.parquet. @throws SetupError BROWSER_MISSING, BROWSER_FAILED */
export const backtestFigures: Program<ReportParams> = async ({ params, inputs, outDir, host }, context) => {
  const [backtest, table] = [readBacktest(inputs), await readEquity(inputs)];
  const figures = {
    equityPng: equityFigure(equityInput(backtest, table, params)),
    alphaPng: alphaFigure(alphaInput(backtest, table, params, intervalMsOf(params))),
  };
  return { outputs: await drawFiles(figures, { outDir, host, context }), facts: {} };
};

/** Writes `index.html`, a page that needs nothing beside it. */
export const reportPage: Program<ReportParams> = async ({ params, inputs, outDir }) => {
  const content = reportContent({
    params,
    intervalMs: intervalMsOf(params),
    evaluation: readEvaluation(inputs),
    backtest: readBacktest(inputs),
    equity: await readEquity(inputs),
    folds: readJson<FoldSummary>(inputs['folds']),
    quality: readJson<MonthQuality>(inputs['quality']),
  });
  await writeFile(path.join(outDir, 'index.html'), pageHtml(content, readReportAssets()));
  return { outputs: [{ name: 'page', file: 'index.html' }], facts: {} };
};

function intervalMsOf({ interval }: ReportParams): number {
  return INTERVALS_MS[interval as Interval];
}
