import { describe, expect, it } from 'vitest';
import { addCounts, countOfCheck, countOfReport } from '../../../scripts/test/counts.mjs';

const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };

describe('counts of a test run', () => {
  it('add up', () => {
    expect(addCounts(countOfCheck(0), countOfCheck(2), countOfReport(report, 0))).toEqual({
      passed: 6,
      failed: 1,
      skipped: 2,
    });
    expect(addCounts()).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });

  it('take a check that was killed for a failure', () => {
    expect(countOfCheck(null)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('are those of the report', () => {
    expect(countOfReport({ ...report, numFailedTests: 3 }, 1).failed).toBe(3);
  });

  it('never take a run that failed without a failing test for a pass', () => {
    expect(countOfReport(report, 1)).toEqual({ passed: 5, failed: 1, skipped: 2 });
    expect(countOfReport(null, 1).failed).toBe(1);
  });
});
