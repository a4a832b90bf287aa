import { expect, describe, it } from 'vitest';
import type { Duration } from '../../../lib/bars/duration.js';
import { isoOf } from '../../../lib/bars/interval.js';
import { ConfigError } from '../../../lib/errors.js';
import { planFolds, type FoldPlanOptions } from '../../../lib/model/folds.js';
import { at, DAY, datesOf, days, isoDay, mo, options } from './fold-options.js';

describe('planFolds', () => {
  it('gives a test month after each training year', () => {
    expect(planFolds(options()).map(datesOf)).toEqual([
      ['2022-06-01', '2023-05-01', '2023-06-01', '2023-07-01'],
      ['2022-07-01', '2023-06-01', '2023-07-01', '2023-08-01'],
    ]);
  });

  it('numbers from 1 the folds that have their training data', () => {
    const folds = planFolds(
      options({
        startMs: at('2018-01-01'),
        coverage: [[{ startMs: at('2022-06-01'), endMs: at('2023-08-01') }]],
      }),
    );
    expect(folds.map(({ number }) => number)).toEqual([1, 2, 3]);
    // 11 of 12 months are more than 90 %.
    expect(folds.map(({ testStartMs }) => isoDay(testStartMs))).toEqual([
      '2023-05-01',
      '2023-06-01',
      '2023-07-01',
    ]);
  });

  it('ends with a short fold of the newest data', () => {
    const folds = planFolds(options({ endMs: at('2023-08-09') }));
    expect(datesOf(folds.at(-1)!)).toEqual(['2022-08-01', '2023-07-01', '2023-08-01', '2023-08-09']);
  });

  it('clamps the day of month to the length of each month, without losing it for good', () => {
    const folds = planFolds(
      options({ startMs: at('2022-12-31'), endMs: at('2023-07-01'), train: mo(1), valid: days(7) }),
    );
    expect(folds.map(({ testStartMs }) => isoDay(testStartMs))).toEqual([
      '2023-01-31',
      '2023-02-28',
      '2023-03-31',
      '2023-04-30',
      '2023-05-31',
      '2023-06-30',
    ]);
  });

  it('ends a test window at the next one’s start when steps are shorter', () => {
    const folds = planFolds(options({ test: mo(2), step: mo(1) }));
    expect(folds.map(datesOf).map(([, , start, end]) => [start, end])).toEqual([
      ['2023-06-01', '2023-07-01'],
      ['2023-07-01', '2023-08-01'],
    ]);
  });

  it('leaves rows between test windows to no fold when steps are longer', () => {
    const folds = planFolds(options({ test: days(7), step: mo(1) }));
    expect(folds.map(datesOf).map(([, , start, end]) => [start, end])).toEqual([
      ['2023-06-01', '2023-06-08'],
      ['2023-07-01', '2023-07-08'],
    ]);
  });

  it('counts windows in hours as well', () => {
    const hours = (count: number): Duration => ({ unit: 'h', count });
    const startMs = at('2023-03-01');
    const folds = planFolds(
      options({
        startMs,
        endMs: startMs + DAY,
        train: hours(12),
        valid: hours(3),
        test: hours(6),
        step: hours(6),
      }),
    );
    expect(
      folds.map((fold) =>
        [fold.trainStartMs, fold.validStartMs, fold.testStartMs, fold.testEndMs].map(
          (ms) => (ms - startMs) / 3_600_000,
        ),
      ),
    ).toEqual([
      [0, 9, 12, 18],
      [6, 15, 18, 24],
    ]);
  });

  it('plans no fold for a short last window between two decisions', () => {
    const hours = (count: number): Duration => ({ unit: 'h', count });
    const ofDays = {
      startMs: at('2022-01-01'),
      train: mo(3),
      test: hours(36),
      step: hours(36),
      intervalMs: DAY,
    };
    const ends = (endMs: number): string[] =>
      planFolds(options({ ...ofDays, endMs })).map((fold) => isoOf(fold.testEndMs));
    // Bars of a day end at midnight: from noon to midnight there is nothing to predict.
    expect(ends(at('2022-04-03'))).toEqual(['2022-04-02T12:00:00Z']);
    expect(ends(at('2022-04-05') + DAY)).toEqual([
      '2022-04-02T12:00:00Z',
      '2022-04-04',
      '2022-04-05T12:00:00Z',
    ]);
    const late = options({
      ...ofDays,
      startMs: at('2022-01-01') + DAY / 2,
      train: days(90),
      endMs: at('2022-04-02'),
    });
    expect(() => planFolds(late)).toThrow(
      /ends at 2022-04-02, and the bars end at 2022-04-02, 1 days too early/,
    );
  });

  it('adds earlier folds for a symbol with a longer history, and moves no boundary', () => {
    const young = [{ startMs: at('2022-06-01'), endMs: at('2023-08-01') }];
    const old = [{ startMs: at('2021-06-01'), endMs: at('2022-12-01') }];
    const plan = (coverage: FoldPlanOptions['coverage']) =>
      planFolds(options({ startMs: at('2019-01-01'), coverage })).map(datesOf);
    const alone = plan([young]);
    const both = plan([young, old]);
    expect(both.length).toBeGreaterThan(alone.length);
    expect(both.slice(-alone.length)).toEqual(alone);
    expect(plan([old, young])).toEqual(both);
  });

  it('does not add up the coverage of two symbols', () => {
    const halves = [
      [{ startMs: at('2022-06-01'), endMs: at('2022-12-01') }],
      [{ startMs: at('2022-12-01'), endMs: at('2023-06-01') }],
    ];
    expect(() => planFolds(options({ coverage: halves }))).toThrow(ConfigError);
  });

  it('says how many days are missing when the bars end before the first test', () => {
    const plan = () => planFolds(options({ endMs: at('2023-03-01') }));
    expect(plan).toThrow(
      /No fold fits: folds.train 12mo from 2022-06-01 ends at 2023-06-01, and the bars end at 2023-03-01, 92 days too early/,
    );
    expect(plan).toThrow(expect.objectContaining({ name: 'ConfigError', code: 'TOO_LITTLE_DATA' }));
  });

  it('accepts the data that the message asks for', () => {
    const short = options({ endMs: at('2023-03-01') });
    let missingDays = 0;
    try {
      planFolds(short);
    } catch (error) {
      missingDays = (error as ConfigError).details['missingDays'] as number;
    }
    const earlier = short.startMs - (missingDays + 1) * DAY;
    expect(
      planFolds({ ...short, startMs: earlier, coverage: [[{ startMs: earlier, endMs: short.endMs }]] }),
    ).toHaveLength(1);
  });

  it('says how much of the best window is covered when no symbol has enough', () => {
    const coverage = [[{ startMs: at('2023-05-01'), endMs: at('2023-08-01') }]];
    expect(() => planFolds(options({ coverage }))).toThrow(
      /one symbol must have 90 %, and the best has 16\.7 %.*; 268 days are missing/,
    );
    expect(() => planFolds(options({ coverage: [] }))).toThrow(/the best has 0\.0 %/);
  });

  it.each([
    ['a validation as long as the training', { valid: mo(12) }],
    ['an embargo as long as the validation', { embargoBars: 31 * 1440 }],
    [
      'an embargo that leaves less than a bar to validate',
      { valid: { unit: 'h', count: 36 }, embargoBars: 1, intervalMs: DAY } as const,
    ],
    ['no step', { step: mo(0) }],
    ['half a month', { test: mo(0.5) }],
  ])('refuses %s', (_, change) => {
    expect(() => planFolds(options(change))).toThrow(expect.objectContaining({ code: 'FOLD_WINDOWS' }));
  });
});
