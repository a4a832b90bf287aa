import { beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, type BarTable } from '../../../lib/bars/index.js';
import { compileFeatures, computeModelRows, type FeatureSet } from '../../../lib/features/index.js';
import { refuseWarmUp } from '../../../lib/model/refuse-warm-up.js';
import { makeMarket } from '../features/markets.js';
import { at, HOUR as HOUR_MS } from './fold-options.js';

const START_MS = at('2023-03-01');
const bars = { startMs: START_MS, endMs: at('2023-06-01') };
const daily = { embargoBars: 0, intervalMs: DAY_MS, warmUpBars: 26, bars: [bars] };
/** A fold that fits rows filed in so many days from the start. */
const foldOf = (days: number): { trainStartMs: number; validStartMs: number } => ({
  trainStartMs: START_MS,
  validStartMs: START_MS + days * DAY_MS,
});

describe('a first fold whose rows are all in the warm-up', () => {
  it('is refused with the days that are missing and what to do', () => {
    expect(() => refuseWarmUp(foldOf(21), daily)).toThrow(
      expect.objectContaining({
        code: 'TOO_LITTLE_DATA',
        message: expect.stringMatching(
          /no row to fit from 2023-03-01 to 2023-03-22: features need 26 bars before the first row, and 7 days are missing\. Lengthen folds\.train or shorten folds\.valid by at least 7 days/,
        ) as string,
        details: { missingDays: 7, warmUpBars: 26 },
      }) as Error,
    );
    expect(() => refuseWarmUp(foldOf(27), daily)).toThrow(/1 day is missing.*at least 1 day,/);
  });

  it('is fine once those days are there', () => {
    for (const days of [28, 40]) refuseWarmUp(foldOf(days), daily);
  });

  it('counts the embargo, and hours as parts of days', () => {
    expect(() => refuseWarmUp(foldOf(30), { ...daily, embargoBars: 3 })).toThrow(/1 day is missing/);
    const hourly = { ...daily, intervalMs: HOUR_MS, warmUpBars: 47 };
    expect(() => refuseWarmUp(foldOf(1), hourly)).toThrow(/2 days are missing/);
    expect(() => refuseWarmUp(foldOf(2), hourly)).toThrow(/1 day is missing/);
    refuseWarmUp({ ...foldOf(2), validStartMs: START_MS + 49 * HOUR_MS }, hourly);
  });

  it('is fine where one symbol has older bars, or the bars begin before the fold does', () => {
    const older = { startMs: START_MS - 20 * DAY_MS, endMs: bars.endMs };
    refuseWarmUp(foldOf(21), { ...daily, bars: [bars, older] });
    expect(() => refuseWarmUp(foldOf(7), { ...daily, bars: [bars, older] })).toThrow(/1 day is missing/);
  });

  it('is refused where the only bar after the warm-up has none after it', () => {
    const short = { startMs: START_MS, endMs: START_MS + 27 * DAY_MS };
    expect(() => refuseWarmUp(foldOf(40), { ...daily, bars: [short] })).toThrow(/1 day is missing/);
    refuseWarmUp(foldOf(40), { ...daily, bars: [{ ...short, endMs: short.endMs + DAY_MS }] });
  });
});

describe('what is refused', () => {
  let market: BarTable;
  let features: FeatureSet;
  beforeAll(async () => {
    market = makeMarket({
      ...{ startMs: START_MS, rows: 61, intervalMs: DAY_MS, seed: 1 },
      ...{ price: 25_000, flatness: 0, holes: 0 },
    });
    features = await compileFeatures({ flags: {}, expressions: {}, indicators: [] });
  });

  it('is exactly what the features leave no row to fit of, on bars without holes', () => {
    const rows = computeModelRows({
      ...{ bars: market, symbol: 'BTCUSDT', intervalMs: DAY_MS, features },
      rangeStartMs: START_MS,
      rangeEndMs: START_MS + 61 * DAY_MS,
    });
    const filedMs = [...rows.openTimeMs].flatMap((openMs, row) =>
      Number.isNaN(rows.target[row]!) ? [] : [openMs + DAY_MS],
    );
    const options = {
      ...daily,
      warmUpBars: features.warmUpBars,
      bars: [{ startMs: START_MS, endMs: START_MS + 61 * DAY_MS }],
    };
    const answers = Array.from({ length: 60 }, (_, index) => {
      const fold = foldOf(index + 1);
      const fits = filedMs.some((ms) => ms >= fold.trainStartMs && ms < fold.validStartMs);
      if (fits) refuseWarmUp(fold, options);
      else expect(() => refuseWarmUp(fold, options)).toThrow(/no row to fit/);
      return fits;
    });
    expect(new Set(answers)).toEqual(new Set([true, false]));
  });
});
