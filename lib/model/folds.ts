/** Walk-forward windows on the UTC calendar, the same for all symbols. */
import { addDuration, formatDuration, type Duration } from '../bars/duration.js';
import { addMonths, DAY_MS, isoOf } from '../bars/interval.js';
import { ConfigError } from '../errors.js';

/** A half-open range of UTC ms. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

export interface FoldPlanOptions {
  /** Start of the first training window that could be, whether there are bars or not. */
  readonly startMs: number;
  /** End of the bars, exclusive. */
  readonly endMs: number;
  /** Length of the training window, its validation part included. */
  readonly train: Duration;
  /** Length of the validation part at the training window's end. */
  readonly valid: Duration;
  readonly test: Duration;
  readonly step: Duration;
  /** Rows dropped before validation and before test. */
  readonly embargoBars: number;
  readonly intervalMs: number;
  /** For each symbol, the ranges in which it has bars; they do not overlap. */
  readonly coverage: readonly (readonly TimeRange[])[];
}

/**
 * One fold's windows, UTC ms. A row belongs to the window that holds its filing time, the moment of its
 * decision: bar open + interval. Fit [trainStart, validStart), choose rounds on [validStart, testStart),
 * predict [testStart, testEnd); the embargo takes rows off the end of the first two.
 */
export interface Fold {
  /** Counted from 1 at the first fold that has its training data; a label, no part of any key. */
  readonly number: number;
  readonly trainStartMs: number;
  readonly validStartMs: number;
  readonly testStartMs: number;
  readonly testEndMs: number;
}

type Windows = Omit<Fold, 'number'>;

/** Share of the first training window that one symbol at least must cover. */
export const MIN_TRAIN_COVERAGE = 0.9;

/**
 * The folds of a walk forward, in time order.
 *
 * Test window k starts at `startMs + train + k * step`, its training window `train` before that, so no
 * boundary depends on which symbols there are: a symbol with older bars only adds folds before. The first
 * fold is the first whose training window some symbol covers by 90 %; the newest bars form a last test
 * window that may be short. Where `step` is shorter than `test` the test window ends at the next one's
 * start, so that a row is predicted once, by the newest model; where it is longer, rows between two test
 * windows are predicted by none. A window in which no bar ends is no fold.
 *
 * @throws ConfigError FOLD_WINDOWS where the durations leave no room for training or validation,
 *   TOO_LITTLE_DATA with what is missing where not one fold has its training data
 */
export function planFolds(options: FoldPlanOptions): Fold[] {
  refuseEmptyDurations(options);
  const folds: Fold[] = [];
  for (const windows of possibleWindows(options)) {
    refuseCrowdedWindow(options, windows);
    const first = folds.length === 0;
    if (first && trainCoverage(options, windows) < MIN_TRAIN_COVERAGE) continue;
    folds.push({ number: folds.length + 1, ...windows });
  }
  if (folds.length === 0) throw tooLittleData(options);
  return folds;
}

/** Windows that begin before the bars end, in time order; not a short last one that lies between two decisions. */
function* possibleWindows(options: FoldPlanOptions): Generator<Windows> {
  for (let k = 0; testStartOf(options, k) < options.endMs; k += 1) {
    const windows = windowsOf(options, k);
    if (firstDecision(windows.testStartMs, options) < windows.testEndMs) yield windows;
  }
}

/** The first end of a bar at or after a moment. */
function firstDecision(ms: number, { intervalMs }: FoldPlanOptions): number {
  return Math.ceil(ms / intervalMs) * intervalMs;
}

/** `start + train + k * step`. */
function testStartOf(options: FoldPlanOptions, k: number): number {
  return afterSteps(options, k, null);
}

/**
 * The start of test window k, moved by `further`. Months are added in one go: one by one, a start on the
 * 31st would stay clamped to the 28th for good, and windows of a month would leave gaps between them.
 */
function afterSteps(options: FoldPlanOptions, k: number, further: Duration | null): number {
  const { startMs, train, step } = options;
  if (further !== null && (further.unit !== 'mo' || step.unit !== 'mo')) {
    return addDuration(testStartOf(options, k), further, 1);
  }
  if (step.unit !== 'mo') return addDuration(addDuration(startMs, train, 1), step, k);
  const months = k * step.count + (further?.count ?? 0);
  if (train.unit === 'mo') return addMonths(startMs, train.count + months);
  return addMonths(addDuration(startMs, train, 1), months);
}

function windowsOf(options: FoldPlanOptions, k: number): Windows {
  const testStartMs = testStartOf(options, k);
  const testEndMs = afterSteps(options, k, options.test);
  return {
    trainStartMs: addDuration(testStartMs, options.train, -1),
    validStartMs: addDuration(testStartMs, options.valid, -1),
    testStartMs,
    testEndMs: Math.min(testEndMs, testStartOf(options, k + 1), options.endMs),
  };
}

/** Largest share of the training window that one symbol has bars for. */
function trainCoverage({ coverage }: FoldPlanOptions, windows: Windows): number {
  const { trainStartMs, testStartMs } = windows;
  const shares = coverage.map((ranges) =>
    ranges.reduce(
      (sum, range) =>
        sum + Math.max(0, Math.min(range.endMs, testStartMs) - Math.max(range.startMs, trainStartMs)),
      0,
    ),
  );
  return Math.max(0, ...shares) / (testStartMs - trainStartMs);
}

function refuseEmptyDurations(options: FoldPlanOptions): void {
  for (const name of ['train', 'valid', 'test', 'step'] as const) {
    const { count } = options[name];
    if (Number.isInteger(count) && count > 0) continue;
    throw new ConfigError('FOLD_WINDOWS', {
      what: `folds.${name} is ${formatDuration(options[name])}, which is no duration.`,
      fix: 'Give a whole number of months, days or hours, such as "1mo", "30d" or "12h".',
    });
  }
}

function refuseCrowdedWindow(options: FoldPlanOptions, windows: Windows): void {
  const { trainStartMs, validStartMs, testStartMs } = windows;
  // Shorter than a bar, a window holds a decision or none, as it happens to lie.
  const leastMs = (options.embargoBars + 1) * options.intervalMs;
  if (validStartMs - trainStartMs >= leastMs && testStartMs - validStartMs >= leastMs) return;
  const { train, valid, embargoBars } = options;
  throw new ConfigError('FOLD_WINDOWS', {
    what:
      `folds.valid ${formatDuration(valid)} and an embargo of ${embargoBars} bars leave less than a bar to fit or to ` +
      `validate in folds.train ${formatDuration(train)}.`,
    fix: 'Make train longer than valid and the embargo together, and valid longer than the embargo, each by a bar or more.',
    details: {
      trainStart: isoOf(trainStartMs),
      validStart: isoOf(validStartMs),
      testStart: isoOf(testStartMs),
    },
  });
}

function tooLittleData(options: FoldPlanOptions): ConfigError {
  const { startMs, endMs, train } = options;
  const firstTestMs = firstDecision(testStartOf(options, 0), options);
  const best = bestWindow(options);
  if (best === null) {
    const missing = daysOf(firstTestMs - endMs);
    return new ConfigError('TOO_LITTLE_DATA', {
      what:
        `No fold fits: folds.train ${formatDuration(train)} from ${isoOf(startMs)} ends at ${isoOf(firstTestMs)}, ` +
        `and the bars end at ${isoOf(endMs)}, ${missing} days too early.`,
      fix: `Shorten folds.train by more than ${missing} days, or, where the exchange has bars from then, set start_date at least ${missing + 1} days earlier.`,
      details: { missingDays: missing },
    });
  }
  const lengthMs = best.testStartMs - best.trainStartMs;
  const missing = daysOf((MIN_TRAIN_COVERAGE - best.share) * lengthMs);
  return new ConfigError('TOO_LITTLE_DATA', {
    what:
      `No fold has its training data: of folds.train ${formatDuration(train)} one symbol must have ` +
      `${MIN_TRAIN_COVERAGE * 100} %, and the best has ${(best.share * 100).toFixed(1)} % ` +
      `(${isoOf(best.trainStartMs)} to ${isoOf(best.testStartMs)}); ${missing} days are missing.`,
    fix: 'Shorten folds.train, set an earlier start_date or a later end_date, or add a symbol with a longer history.',
    details: { missingDays: missing, coverage: best.share },
  });
}

/** The possible window that is covered best; null where no test window starts before the end. */
function bestWindow(options: FoldPlanOptions) {
  let best: { trainStartMs: number; testStartMs: number; share: number } | null = null;
  for (const windows of possibleWindows(options)) {
    const share = trainCoverage(options, windows);
    if (best === null || share > best.share) best = { ...windows, share };
  }
  return best;
}

function daysOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / DAY_MS));
}
