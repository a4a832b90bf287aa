import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../activities/contract.js';
import { reportContent } from '../../../activities/programs/report-page.js';
import type { PageInput } from '../../../activities/programs/report-parts.js';
import { renderRun } from '../../../commands/render-run.js';
import { ruleText, runBacktest, type RuleInput } from '../../../lib/backtest/index.js';
import { evaluateSignal } from '../../../lib/evaluation/evaluate.js';
import { matchTimes, type Judged } from '../../../lib/evaluation/judged.js';
import { binRows } from '../../../lib/evaluation/scopes.js';
import { numberColumn, timeColumn, type Column } from '../../../lib/store/table.js';

const HOUR = 3_600_000;
const START = Date.UTC(2023, 2, 1);
const ROWS = 20 * 24;
const FOLD = {
  label: '2023-03',
  number: 1,
  trainStart: '2023-02-01T00:00:00Z',
  validStart: '2023-02-20T00:00:00Z',
  testStart: '2023-03-01T00:00:00Z',
  testEnd: '2023-03-21T00:00:00Z',
};

/** Twenty days of hourly bars with predictions as told, validation before them of the same kind. */
function judgedOf(predict: (row: number) => number): Judged {
  const openTimeMs = Float64Array.from({ length: ROWS + 1 }, (_, row) => START + (row - 1) * HOUR);
  const open = openTimeMs.map((_, row) => 100 + Math.sin(row));
  const close = open.map((price, row) => price * (1 + 0.001 * Math.cos(row * row)));
  const timeMs = openTimeMs.slice(0, ROWS);
  const past = Float64Array.from({ length: 240 }, (_, row) => START - (241 - row) * HOUR);
  return {
    intervalMs: HOUR,
    folds: [FOLD.label],
    symbols: [
      {
        symbol: 'A',
        timeMs,
        prediction: timeMs.map((_, row) => predict(row)),
        target: timeMs.map((_, row) => close[row + 1]! / open[row + 1]! - 1),
        fold: new Int32Array(ROWS),
        barRow: matchTimes(timeMs, openTimeMs),
        bars: { openTimeMs, open, close },
        validation: [{ timeMs: past, prediction: past.map((_, row) => predict(row - 240)) }],
      },
    ],
  };
}

function evaluated(signal: string, predict: (row: number) => number): PageInput['evaluation'] {
  return evaluateSignal(judgedOf(predict), {
    scope: 'trailing',
    bins: 10,
    trailingDays: 7,
    interval: '1h',
    signal,
    importance: [],
  });
}

function pageInput(
  evaluation: PageInput['evaluation'],
  signal: string,
  predict: (row: number) => number,
): PageInput {
  const judged = judgedOf(predict);
  const [symbol] = judged.symbols;
  const binned = binRows(judged, { scope: 'trailing', bins: 10, trailingDays: 7 });
  const tradable: RuleInput = {
    rule: {
      scope: 'trailing',
      exPost: false,
      bins: 10,
      quantile: 10,
      side: 'long',
      text: ruleText(10, 10, 'long'),
    },
    symbols: [{ symbol: 'A', bars: symbol!.bars, barRow: symbol!.barRow, bins: binned.bins[0]! }],
    gridNote: binned.grid.note,
    costs: { feeFrac: 0, halfSpreadFrac: 0, delayBars: 0 },
    intervalMs: HOUR,
    folds: [{ label: FOLD.label, startMs: START, endMs: START + ROWS * HOUR }],
    trials: 1,
  };
  const { backtest, series } = runBacktest({
    interval: '1h',
    signal,
    costs: { feeFrac: 0, halfSpreadBp: 0, delayBars: 0, funding: null },
    tradable,
    exPost: null,
    signals: [],
  });
  const columns = [...series.columns].map(([name, values]) => [name, numberColumn(values)] as const);
  return {
    params: { symbol: 'A', interval: '1h', folds: [FOLD] },
    intervalMs: HOUR,
    evaluation,
    backtest,
    equity: {
      rows: series.timesMs.length,
      columns: new Map<string, Column>([['timestamp', timeColumn(series.timesMs)], ...columns]),
    },
    folds: [],
    quality: [],
  };
}

const wave = (row: number): number => Math.sin(row * row * 1.1);

describe('an IC beside the break-even fee of another signal', () => {
  it('says on the page whose it is', () => {
    const page = reportContent(pageInput(evaluated('model', wave), '-rsi', wave));
    const labels = page.headline.metrics.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['IC of the model', 't of the IC of the model']));
    const sentence = 'The IC and the quantiles are those of the model; what is traded is the signal -rsi.';
    expect(page.headline.verdict).toContain(sentence);
    expect(page.sections.find(({ id }) => id === 'signal')!.intro).toContain(sentence);
  });

  it('needs no such words where it is the same signal', () => {
    const page = reportContent(pageInput(evaluated('-rsi', wave), '-rsi', wave));
    expect(page.headline.metrics[0]).toMatchObject({ key: 'ic', label: 'IC' });
    expect(JSON.stringify(page.headline)).not.toContain('what is traded');
  });

  const run = (icSignal: string, signal: string, ic: number | null): string =>
    renderRun({
      stages: {},
      causes: [],
      diverged: [],
      artifacts: {},
      headline: {
        icSignal,
        ic,
        icT: null,
        icDelay1: null,
        breakEvenFeeBp: 0.1,
        breakEvenFeeBpDelay1: null,
        sharpe: null,
        days: 3,
        signal,
        scope: 'trailing',
        exPost: false,
      },
    } as unknown as RunResult);

  it('says on the terminal whose it is, undefined or not', () => {
    expect(run('model', '-rsi', 0.03)).toMatch(/IC of the model, which is not traded: 0\.0300/);
    expect(run('model', '-rsi', 0.03)).toMatch(/break-even fee of the signal -rsi: /);
    expect(run('close*0', 'model', null)).toMatch(/IC of the signal close\*0, which is not traded: - /);
    expect(run('-rsi', '-rsi', 0.03)).toMatch(/^IC 0\.0300/m);
  });
});
