export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
export function addCounts(...counts: readonly Counts[]): Counts;
export function countOfCheck(exitCode: number | null): Counts;
export function countOfReport(
  report: {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
    readonly numPendingTests: number;
    readonly numTodoTests: number;
  } | null,
  exitCode: number | null,
): Counts;
