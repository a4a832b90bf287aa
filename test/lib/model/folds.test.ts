import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDuration, type Duration } from '../../../lib/bars/duration.js';
import { isoOf } from '../../../lib/bars/interval.js';
import { ConfigError } from '../../../lib/errors.js';
import { planFolds, type Fold, type FoldPlanOptions } from '../../../lib/model/folds.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const mo = (count: number): Duration => ({ unit: 'mo', count });
const days = (count: number): Duration => ({ unit: 'd', count });
const at = (date: string): number => Date.parse(`${date}T00:00:00Z`);
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const datesOf = (fold: Fold): string[] =>
  [fold.trainStartMs, fold.validStartMs, fold.testStartMs, fold.testEndMs].map(isoDay);

function options(change: Partial<FoldPlanOptions> = {}): FoldPlanOptions {
  const startMs = change.startMs ?? at('2022-06-01');
  const endMs = change.endMs ?? at('2023-08-01');
  return {
    startMs,
    endMs,
    train: mo(12),
    valid: mo(1),
    test: mo(1),
    step: mo(1),
    embargoBars: 0,
    intervalMs: MINUTE,
    coverage: [[{ startMs, endMs }]],
    ...change,
  };
}

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

const duration = (longest: number): fc.Arbitrary<Duration> =>
  fc.oneof(
    fc.integer({ min: 1, max: Math.max(1, Math.floor(longest / 31)) }).map(mo),
    fc.integer({ min: 1, max: longest }).map(days),
    fc.integer({ min: 1, max: longest * 24 }).map((count) => ({ unit: 'h', count }) as const),
  );

const plans = fc
  .record({
    start: fc.integer({ min: 0, max: 1000 }),
    length: fc.integer({ min: 100, max: 900 }),
    train: duration(200),
    valid: duration(20),
    test: duration(60),
    step: duration(60),
    embargoBars: fc.integer({ min: 0, max: 300 }),
  })
  .map(({ start, length, ...durations }) => {
    const startMs = at('2019-01-01') + start * DAY;
    return options({ startMs, endMs: startMs + length * DAY, ...durations });
  });

/** The plan, or null where these windows are refused. */
function planOrNull(plan: FoldPlanOptions): Fold[] | null {
  try {
    return planFolds(plan);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

describe('planFolds on any windows', () => {
  it('keeps train, validation and test apart and in order, and tests nothing twice', () => {
    let planned = 0;
    fc.assert(
      fc.property(plans, (plan) => {
        const folds = planOrNull(plan) ?? [];
        planned += folds.length;
        folds.forEach((fold, index) => {
          const { trainStartMs, validStartMs, testStartMs, testEndMs } = fold;
          // A label ends at its row's filing time, so rows filed before an edge have labels up to it.
          expect(trainStartMs).toBeLessThan(validStartMs - plan.embargoBars * MINUTE);
          expect(validStartMs).toBeLessThan(testStartMs - plan.embargoBars * MINUTE);
          expect(testStartMs).toBeLessThan(testEndMs);
          expect(testEndMs).toBeLessThanOrEqual(plan.endMs);
          expect(addDuration(testStartMs, plan.train, -1)).toBe(trainStartMs);
          if (index > 0) expect(folds[index - 1]!.testEndMs).toBeLessThanOrEqual(testStartMs);
        });
      }),
      { numRuns: 500 },
    );
    expect(planned).toBeGreaterThan(100);
  }, 60_000);

  it('predicts every row from the first test on exactly once when a step is a test', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const folds = planOrNull({ ...plan, step: plan.test });
        if (folds === null) return;
        expect(folds.at(-1)!.testEndMs).toBe(plan.endMs);
        folds.slice(1).forEach((fold, index) => expect(fold.testStartMs).toBe(folds[index]!.testEndMs));
      }),
      { numRuns: 500 },
    );
  });

  it('moves no boundary and drops no fold when a symbol is added, whatever its bars, or the symbols are reordered', () => {
    fc.assert(
      fc.property(plans, fc.nat(900), fc.nat(900), (plan, from, length) => {
        const late = { startMs: plan.startMs + 40 * DAY, endMs: plan.endMs };
        const alone = planOrNull({ ...plan, coverage: [[late]] });
        if (alone === null) return;
        const startMs = plan.startMs + from * DAY;
        const added = [{ startMs, endMs: startMs + length * DAY }];
        const both = planFolds({ ...plan, coverage: [[late], added] });
        expect(both.slice(both.length - alone.length).map(datesOf)).toEqual(alone.map(datesOf));
        expect(planFolds({ ...plan, coverage: [added, [late]] })).toEqual(both);
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the end of the data but for the last fold', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 90 }), (plan, more) => {
        const folds = planOrNull(plan);
        if (folds === null) return;
        const endMs = plan.endMs + more * DAY;
        const longer = planFolds({ ...plan, endMs, coverage: [[{ startMs: plan.startMs, endMs }]] });
        expect(longer.slice(0, folds.length - 1)).toEqual(folds.slice(0, -1));
        expect(longer[folds.length - 1]).toMatchObject({
          ...folds.at(-1),
          testEndMs: expect.any(Number) as number,
        });
      }),
      { numRuns: 300 },
    );
  });
});
