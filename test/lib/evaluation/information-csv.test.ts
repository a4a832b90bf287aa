import { describe, expect, it } from 'vitest';
import { evaluateSignal } from '../../../lib/evaluation/evaluate.js';
import { importanceCsv, informationCsv } from '../../../lib/evaluation/information-csv.js';
import { matchTimes, type Judged } from '../../../lib/evaluation/judged.js';

const HOUR = 3_600_000;

/** Hourly bars of sixty days whose next return has the sign of the prediction, but for every third row. */
function judgedMarket(): Judged {
  const n = 60 * 24;
  const openTimeMs = Float64Array.from({ length: n + 1 }, (_, row) => row * HOUR);
  const prediction = Float64Array.from({ length: n }, (_, row) => Math.sin(row * row));
  const open = new Float64Array(n + 1).fill(100);
  const close = open.map((price, row) =>
    row === 0 ? price : price * (1 + (row % 3 === 0 ? -0.001 : 0.001) * prediction[row - 1]!),
  );
  const timeMs = openTimeMs.slice(0, n);
  return {
    intervalMs: HOUR,
    folds: ['one'],
    symbols: [
      {
        symbol: 'A',
        timeMs,
        prediction,
        target: Float64Array.from({ length: n }, (_, row) => close[row + 1]! / open[row + 1]! - 1),
        fold: new Int32Array(n),
        barRow: matchTimes(timeMs, openTimeMs),
        bars: { openTimeMs, open, close },
        validation: [],
      },
    ],
  };
}

const importance = [{ fold: 'one', features: [{ feature: 'rsi', gain: 2.5, split: 3 }] }];
const sourceRows = { duplicates: 1, conflicts: 2, disorder: 3, offGrid: 4, unusable: 5, ohlcViolations: 6 };

const evaluation = evaluateSignal(judgedMarket(), {
  scope: 'global',
  bins: 10,
  trailingDays: 7,
  interval: '1h',
  signal: 'model',
  importance,
  sourceRows: { A: sourceRows },
});

describe('the CSV of ICs', () => {
  const lines = informationCsv(evaluation)
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const ofKind = (kind: string): string[][] => lines.filter(([first]) => first === kind);

  it('has a row for each fold, month, day, hour, horizon and delay', () => {
    expect(lines[0]).toEqual(['kind', 'label', 'symbol', 'n', 'ic', 'std_error', 't']);
    expect(lines.every(({ length }) => length === 7)).toBe(true);
    expect(ofKind('fold').map(([, label, symbol]) => [label, symbol])).toEqual([['one', 'A']]);
    expect(ofKind('month').map(([, label]) => label)).toEqual(['1970-01', '1970-02', '1970-03']);
    expect(ofKind('day')).toHaveLength(61);
    expect(ofKind('hour').map(([, label]) => label)).toEqual(
      Array.from({ length: 24 }, (_, hour) => `${hour}`),
    );
    expect(ofKind('delay').map(([, label]) => label)).toEqual(['0', '1', '2', '3', '5', '10', '30']);
    expect(ofKind('horizon')).toHaveLength(7);
  });

  it('tells what the evaluation tells, with t where there is an error and none for what looks ahead', () => {
    const [mean] = ofKind('all');
    expect(mean!.slice(3).map(Number)).toEqual([
      1440,
      evaluation.ic.ic,
      evaluation.ic.daily!.standardError,
      evaluation.ic.daily!.t,
    ]);
    const [, , , n, ic, error, t] = ofKind('month')[0]!.map(Number);
    expect(n).toBe(31 * 24 - 1);
    expect(t).toBeCloseTo(ic! / error!, 12);
    expect(ofKind('inside_day (ex post)')[0]!.slice(5)).toEqual(['', '']);
    expect(Number(ofKind('delay')[0]![4])).toBe(evaluation.ic.ic);
  });
});

describe('groups of days', () => {
  it('average their rows: the months’ ICs weighted by rows are the IC, and so are the hours’', () => {
    for (const groups of [evaluation.ic.byMonth, evaluation.ic.byHour, evaluation.ic.byDay]) {
      const n = groups.reduce((sum, group) => sum + group.n, 0);
      const ic = groups.reduce((sum, group) => sum + group.n * group.ic!, 0) / n;
      expect(n).toBe(1440);
      expect(ic).toBeCloseTo(evaluation.ic.ic!, 12);
    }
  });
});

it('counts bars, segments and rows without a target', () => {
  expect(evaluation.data).toEqual([
    {
      symbol: 'A',
      source: sourceRows,
      bars: 1440,
      segments: 1,
      missingBars: 0,
      rows: 1440,
      withoutPrediction: 0,
      withoutTarget: 0,
    },
  ]);
});

it('writes importance as a row for each feature of each fold', () => {
  expect(importanceCsv(evaluation)).toBe('fold,feature,gain,split\none,rsi,2.5,3\n');
});
