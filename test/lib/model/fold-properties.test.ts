import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDuration, type Duration } from '../../../lib/bars/duration.js';
import { ConfigError } from '../../../lib/errors.js';
import { planFolds, type Fold, type FoldPlanOptions } from '../../../lib/model/folds.js';
import { selectPart } from '../../../lib/model/matrix.js';
import { numberColumn, timeColumn, type Column, type Table } from '../../../lib/store/table.js';
import { at, DAY, datesOf, days, HOUR, MINUTE, mo, options } from './fold-options.js';

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

  it('gives every row that is decided in a test window to exactly one fold, and no other row to any', () => {
    let wantedRows = 0;
    fc.assert(
      fc.property(plans, fc.array(fc.nat(900 * 24), { maxLength: 200 }), (plan, hours) => {
        const folds = planOrNull({ ...plan, intervalMs: HOUR, embargoBars: 0 }) ?? [];
        // Bars of any hour, and those whose decisions fall on the edges of the windows and beside them.
        const edges = folds.flatMap(({ testStartMs, testEndMs }) =>
          [testStartMs, testEndMs].flatMap((ms) => [ms - 2 * HOUR, ms - HOUR, ms]),
        );
        const opens = [...new Set([...edges, ...hours.map((hour) => plan.startMs + hour * HOUR)])].sort(
          (left, right) => left - right,
        );
        const times = Float64Array.from(opens);
        const table: Table = {
          rows: times.length,
          columns: new Map<string, Column>([
            ['timestamp', timeColumn(times)],
            // Whether there is a target decides nothing.
            ['fwd60min', numberColumn(times.map((_, row) => (row % 3 === 0 ? Number.NaN : row)))],
          ]),
        };
        const layout = { columns: [], targetName: 'fwd60min', intervalMs: HOUR };
        const predicted = folds.flatMap(({ testStartMs: startMs, testEndMs: endMs }) => [
          ...selectPart(table, 0, layout, { startMs, endMs, withTarget: false }).timestampMs,
        ]);
        const isTested = (openMs: number): boolean =>
          folds.some((fold) => openMs + HOUR >= fold.testStartMs && openMs + HOUR < fold.testEndMs);
        expect(predicted).toEqual(opens.filter(isTested));
        wantedRows += predicted.length;
      }),
      { numRuns: 200 },
    );
    expect(wantedRows).toBeGreaterThan(1000);
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
