/** The rows that a month's features are computed over: its bars and their look-back. */
import { DAY_MS, lowerBound, sliceBars, type BarTable, type Segment } from '../bars/index.js';
import { findUsableSegments, type Frame } from './column-frame.js';
import { RECURSION_BARS } from './column-plan.js';
import { joinVolumeBars } from './volume-bars.js';

/** A frame without the columns that are not computed from bars, and which of its rows the month files. */
export interface MonthFrame extends Omit<Frame, 'source'> {
  /** Rows whose decision falls into the range asked for. */
  readonly filed: Segment;
  /** Close of each bar, UTC ms; null for time bars, which all close one interval after their open. */
  readonly closeTimeMs: Float64Array | null;
  /** Time bars of the range, and how many of them volume bars leave out; null for time bars. */
  readonly timeBars: TimeBarCount | null;
}

/** What became of the time bars that volume bars are made of. */
export interface TimeBarCount {
  readonly total: number;
  /** Cut off by a hole or the end before their bar was complete. */
  readonly unfinished: number;
  /** With a price or volume that cannot be used. */
  readonly unusable: number;
}

export interface MonthFrameInput {
  /** Time bars from the look-back on. */
  readonly bars: BarTable;
  readonly intervalMs: number;
  readonly volumeBarSize: number | null;
  /** Bars before the month that the features look back to, see ColumnPlan. */
  readonly frameBars: number;
  readonly monthStartMs: number;
  /** Range of decisions, [start, end), inside the month. */
  readonly rangeStartMs: number;
  readonly rangeEndMs: number;
}

/** Days of look-back for every 512 bars of it: a volume bar may take any time up to a day. */
const VOLUME_LOOK_BACK_DAYS = 31;

/** Days before a month that volume bars are made of, for a look-back of `lookBackBars` bars. */
export function volumeLookBackDays(lookBackBars: number): number {
  return VOLUME_LOOK_BACK_DAYS * Math.ceil(lookBackBars / RECURSION_BARS);
}

/** The frame of a month. Time bars are views; volume bars are new. */
export function monthFrame(input: MonthFrameInput): MonthFrame {
  return input.volumeBarSize === null ? timeFrame(input) : volumeFrame(input, input.volumeBarSize);
}

function timeFrame(input: MonthFrameInput): MonthFrame {
  const { intervalMs, monthStartMs, rangeStartMs, rangeEndMs } = input;
  const bars = barsBetween(input.bars, monthStartMs - input.frameBars * intervalMs, rangeEndMs);
  const { openTimeMs } = bars;
  return {
    bars,
    segments: findUsableSegments(bars, intervalMs),
    coldRow: (barsBefore) => lowerBound(openTimeMs, monthStartMs - barsBefore * intervalMs),
    ordinalOf: (row) => Math.round(openTimeMs[row]! / intervalMs),
    filed: {
      start: lowerBound(openTimeMs, rangeStartMs - intervalMs),
      end: lowerBound(openTimeMs, rangeEndMs - intervalMs),
    },
    closeTimeMs: null,
    timeBars: null,
  };
}

/**
 * Volume bars have no grid of times, so they are counted from the month's first row: the bar that is
 * complete at its start. Where the look-back's days hold fewer bars than a recursion wants, it starts
 * with them.
 */
function volumeFrame(input: MonthFrameInput, size: number): MonthFrame {
  const { intervalMs, monthStartMs, rangeStartMs, rangeEndMs } = input;
  const lookBackMs = volumeLookBackDays(input.frameBars - 1) * DAY_MS;
  const rule = { intervalMs, size };
  const { bars, segments } = joinVolumeBars(
    barsBetween(input.bars, monthStartMs - lookBackMs, rangeEndMs),
    rule,
  );
  const { closeTimeMs } = bars;
  // A bar is decided on one millisecond after its close.
  const decidedFrom = (timeMs: number): number => lowerBound(closeTimeMs, timeMs - 1);
  const first = decidedFrom(monthStartMs);
  return {
    bars,
    segments,
    coldRow: (barsBefore) => first + 1 - barsBefore,
    ordinalOf: (row) => row - first,
    filed: { start: decidedFrom(rangeStartMs), end: decidedFrom(rangeEndMs) },
    closeTimeMs,
    timeBars: countTimeBars(barsBetween(input.bars, rangeStartMs, rangeEndMs), rule),
  };
}

function countTimeBars(bars: BarTable, rule: { intervalMs: number; size: number }): TimeBarCount {
  const { unfinished, unusable } = joinVolumeBars(bars, rule);
  return { total: bars.length, unfinished, unusable };
}

function barsBetween(bars: BarTable, startMs: number, endMs: number): BarTable {
  const from = lowerBound(bars.openTimeMs, startMs);
  return sliceBars(bars, from, Math.max(from, lowerBound(bars.openTimeMs, endMs)));
}
