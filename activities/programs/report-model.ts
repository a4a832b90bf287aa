/** The model and data sections of the page: folds, rounds, importance, and the bars behind them. Pure. */
import { qualityTables } from './quality-tables.js';
import type { MonthQuality } from '../../lib/market/index.js';
import { foldSpansFigure, importanceFigure, roundsFigure } from '../../lib/report/fold-figures.js';
import { whole } from '../../lib/report/format.js';
import { numberCell, textCell, type HtmlTable } from '../../lib/report/html-table.js';
import type { Section } from '../../lib/report/page.js';
import type { ReportParams } from './report-input.js';
import { four, left, right, type FoldSummary, type PageInput } from './report-parts.js';

/** Fold windows, rounds by fold, importance, and the folds as a table. */
export function modelSection({ params, folds, evaluation }: PageInput): Section {
  const spans = params.folds.map((fold) => ({
    number: fold.number,
    trainStartMs: Date.parse(fold.trainStart),
    validStartMs: Date.parse(fold.validStart),
    testStartMs: Date.parse(fold.testStart),
    testEndMs: Date.parse(fold.testEnd),
  }));
  const decided = folds[0]?.decidedBy ?? 'ic';
  const metricName = decided === 'none' ? 'ic' : decided;
  const rounds = folds.map(({ validScores, bestRound }, index) => ({
    number: params.folds[index]!.number,
    scores: (validScores[metricName] ?? []).map((value) => value ?? Number.NaN),
    bestRound,
  }));
  const importance = evaluation.importance.map(({ features }, index) => ({
    number: params.folds[index]!.number,
    gain: features,
  }));
  return {
    id: 'model',
    title: 'Model',
    intro: [
      'Trained on the past of each test window only; the last part of the training window chooses the number of rounds, the test window chooses nothing.',
    ],
    parts: [
      foldSpansFigure(spans),
      roundsFigure(rounds, metricName, decided),
      importanceFigure(importance),
      foldTable(params, folds),
    ],
  };
}

function foldTable(params: ReportParams, folds: readonly FoldSummary[]): HtmlTable {
  return {
    id: 'folds',
    caption: 'Folds',
    columns: [
      left('fold'),
      ...['train from', 'validate from', 'test from', 'test to'].map(left),
      ...['training rows', 'rounds', 'of'].map(right),
      left('decided by'),
      right('validation IC'),
    ],
    rows: folds.map(({ rows, roundsRun, bestRound, decidedBy, scores }, index) => {
      const fold = params.folds[index]!;
      return {
        cells: [
          textCell(String(fold.number)),
          ...[fold.trainStart, fold.validStart, fold.testStart, fold.testEnd].map(textCell),
          numberCell(rows.train, whole),
          numberCell(bestRound, whole),
          numberCell(roundsRun, whole),
          textCell(decidedBy),
          numberCell(scores.ic, four),
        ],
      };
    }),
  };
}

/** Bars by month: what is missing, and what was sent twice, late or broken. */
export function dataSection(quality: readonly MonthQuality[]): Section {
  return {
    id: 'data',
    title: 'Data',
    intro: [
      'Bars as the exchange published them; nothing is filled in, and no feature or return reaches across a hole.',
    ],
    parts: [
      ...qualityTables(quality),
      {
        id: 'quality',
        caption: 'Bars by month',
        columns: [
          left('month'),
          left('symbol'),
          ...['bars', 'missing', 'duplicate', 'out of order', 'conflicting', 'not usable'].map(right),
          ...['flat without volume', 'OHLC violations'].map(right),
          left('holes'),
          left('problems'),
        ],
        rows: quality.map(
          ({ month, symbol, bars, missing, rows, flatBars, ohlcViolations, holes, archiveProblems }) => ({
            cells: [
              textCell(month),
              textCell(symbol),
              ...[
                bars,
                missing,
                rows.duplicates,
                rows.disorder,
                rows.conflicts,
                rows.unusable + rows.offGrid,
              ].map((value) => numberCell(value, whole)),
              ...[flatBars, ohlcViolations].map((value) => numberCell(value, whole)),
              textCell(
                holes
                  .slice(0, 3)
                  .map(({ start, bars: count }) => `${start} (${count} bars)`)
                  .join('; ') + (holes.length > 3 ? `; ${holes.length - 3} more` : ''),
              ),
              textCell(archiveProblems.map(({ file, problem }) => `${file}: ${problem}`).join('; ')),
            ],
          }),
        ),
      },
    ],
  };
}
