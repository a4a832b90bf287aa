import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../activities/contract.js';
import { reportContent } from '../../../activities/programs/report-page.js';
import type { PageInput } from '../../../activities/programs/report-parts.js';
import { renderRun } from '../../../commands/render-run.js';
import { ruleText, runBacktest, type RuleInput } from '../../../lib/backtest/index.js';
import { evaluateSignal } from '../../../lib/evaluation/evaluate.js';
import { matchTimes, type Judged } from '../../../lib/evaluation/judged.js';
import { binRows } from '../../../lib/evaluation/scopes.js';
import type { ScopeName } from '../../../lib/evaluation/types.js';
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

function evaluated(
  signal: string,
  predict: (row: number) => number,
  { scope, bins }: { scope: ScopeName; bins: number } = { scope: 'trailing', bins: 10 },
): PageInput['evaluation'] {
  return evaluateSignal(judgedOf(predict), {
    scope,
    bins,
    trailingDays: 7,
    interval: '1h',
    signal,
    importance: [],
    sourceRows: {},
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

/** Paths of absent numbers, entries of lists by their bars, fold or quantile. */
function nullPaths(value: unknown, path = ''): string[] {
  if (value === null) return [path];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const name = Array.isArray(value) ? String((each as { bars?: number } | null)?.bars ?? key) : key;
    return nullPaths(each, path === '' ? name : `${path}.${name}`);
  });
}

describe('reasons of absent numbers', () => {
  it.each(['validation', 'trailing'] as const)('tell too many bins for the past under %s', (scope) => {
    const { grid, reasons } = evaluated('model', wave, { scope, bins: 300 });
    expect(grid.note).toMatch(/1 of 1 folds and symbols .*\(240 at the fewest, 300 bins\)/);
    expect(reasons.quantiles).toContain(grid.note);
    expect(Object.values(reasons).join()).not.toMatch(/quantiles hold no row: few predictions differ/);
    expect(evaluated('model', wave, { scope, bins: 240 }).grid.note).toBeNull();
  });

  it('tell that there are no predictions, and nothing else', () => {
    const { reasons, horizons, delays, rankAutocorrelation } = evaluated('log(-close)', () => Number.NaN);
    const none = 'there are no predictions: all are missing (NaN)';
    expect(reasons).toMatchObject({ 'ic.ic': none, 'ic.pooled': none, 'ic.insideDayExPost': none });
    expect(reasons.quantiles).toBe(`10 of 10 quantiles hold no row: ${none}`);
    for (const { bars } of horizons) expect(reasons[`horizons.${bars}`]).toBe(none);
    for (const { bars } of delays) expect(reasons[`delays.${bars}`]).toBe(none);
    for (const { bars } of rankAutocorrelation)
      expect(reasons).toHaveProperty([`rankAutocorrelation.${bars}`]);
    expect(Object.values(reasons).join()).not.toMatch(/or all targets are equal|few predictions differ/);
  });

  it.each([
    ['constant', (): number => 0],
    ['missing', (): number => Number.NaN],
  ])('leave no number of a backtest without one where predictions are %s', (_, predict) => {
    const { backtest } = pageInput(evaluated('model', predict), 'model', predict);
    const structural = /funding$|tier$|recovered$|^exPost$|feeSweep|turnoverPerDay/;
    const absent = nullPaths({ headline: backtest.headline, buyAndHold: backtest.buyAndHold });
    const told = Object.keys(backtest.reasons);
    const untold = absent.filter(
      (path) =>
        !structural.test(path) && !told.some((name) => path.startsWith(name) || name.startsWith(path)),
    );
    expect(absent.length).toBeGreaterThan(10);
    expect(untold).toEqual([]);
  });

  it('stand on the page, and in the frame that is empty', () => {
    const input = pageInput(
      evaluated('model', () => Number.NaN),
      'model',
      () => Number.NaN,
    );
    const page = reportContent(input);
    const parts = page.sections.flatMap((section) => section.parts);
    const text = (id: string): string => JSON.stringify(parts.find((part) => part.id === id));
    expect(text('signal-reasons')).toContain('there are no predictions');
    expect(text('trading-reasons')).toContain('the rule never traded');
    expect(text('quantiles')).toContain('10 of 10 quantiles hold no row');
    expect(text('ic-by-month')).toContain('No IC is defined here');
    const clean = reportContent(pageInput(evaluated('model', wave), 'model', wave));
    expect(JSON.stringify(clean.sections)).not.toMatch(/No IC is defined|quantiles hold no row/);
  });
});
