/** @typedef {{passed: number, failed: number, skipped: number}} Counts */

/**
 * @param {...Counts} counts
 * @returns {Counts}
 */
export function addCounts(...counts) {
  return counts.reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/**
 * A check counts as one.
 * @param {number | null} exitCode
 * @returns {Counts}
 */
export function countOfCheck(exitCode) {
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/**
 * Tests of a vitest JSON report. A run that failed without one failing test (a file that does not load, an
 * error nobody caught, no report at all) counts as one failure more: it must not look like a pass.
 * @param {{numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number} | null}
 * report
 * @param {number | null} exitCode
 * @returns {Counts}
 */
export function countOfReport(report, exitCode) {
  if (report === null) return { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
  const failed = report.numFailedTests;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
