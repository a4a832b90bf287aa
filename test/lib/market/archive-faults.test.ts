/** Faults of archives that strike bars which are asked for, in monthly and in daily zips. */
import { afterEach, describe, expect, it } from 'vitest';
import type { KlinesParams } from '../../../activities/programs/klines.js';
import { startExchange } from '../../../simulator/index.js';
import { dailyArchive } from '../../simulator/daily-archive.js';
import { firstDifference, marchParams, RECORDED, runKlines } from '../../simulator/run-klines.js';

const DAYS = ['2023-03-15', '2023-03-16', '2023-03-17'];
/** Row faults strike the middle line: of the monthly zip 16 March 11:20, of a daily one noon. */
const RANGE = { startMs: Date.UTC(2023, 2, 15), endMs: Date.UTC(2023, 2, 18) };
const BARS = 3 * 1440;
const FOLDERS = { monthly: RECORDED, daily: dailyArchive(DAYS) };
const FILES: Readonly<Record<keyof typeof FOLDERS, Partial<KlinesParams>>> = {
  monthly: { monthlyArchive: true },
  daily: { monthlyArchive: false, dailyArchives: DAYS },
};
let close: (() => Promise<void>) | null = null;
afterEach(() => close?.());

async function run(period: keyof typeof FOLDERS, fault: string[]): ReturnType<typeof runKlines> {
  const exchange = await startExchange({ recorded: FOLDERS[period], fault });
  close = () => exchange.close();
  return runKlines(marchParams(exchange.url, { ...RANGE, ...FILES[period] }));
}

let knownTruth: ReturnType<typeof runKlines> | null = null;
const truth = (): ReturnType<typeof runKlines> => (knownTruth ??= run('monthly', []));
const NO_FAULTS = { duplicates: 0, conflicts: 0, disorder: 0, offGrid: 0, unusable: 0 };

describe.each(['monthly', 'daily'] as const)('in %s zips', (period) => {
  it.each([
    ['duplicate', { duplicates: 1 }, 0],
    ['unordered', { disorder: 1 }, 0],
    ['missing', {}, 1],
  ] as const)('%s strikes one bar that is asked for', async (name, rows, byRest) => {
    const expected = await truth();
    await close?.();
    const { bars, quality } = await run(period, [`${name}@1`]);
    expect(firstDifference(bars, expected.bars)).toBeNull();
    expect(quality.rows).toEqual({ ...NO_FAULTS, ...rows });
    expect(quality.sources).toMatchObject({ [period]: BARS - byRest, rest: byRest });
  });

  it.each(['header', 'no-header', 'microseconds'])('%s is read', async (name) => {
    const expected = await truth();
    await close?.();
    const { bars, quality } = await run(period, [name]);
    expect(firstDifference(bars, expected.bars)).toBeNull();
    expect(quality.sources).toMatchObject({ [period]: BARS, rest: 0 });
  });

  it.each(['archive-404', 'bad-checksum', 'torn-zip', 'two-entries', 'zip-bomb', 'zip-path'])(
    '%s: the bars come from REST, and each file is told',
    async (name) => {
      const expected = await truth();
      await close?.();
      const { bars, quality } = await run(period, [name]);
      expect(firstDifference(bars, expected.bars)).toBeNull();
      expect(quality.sources).toMatchObject({ [period]: 0, rest: BARS });
      const dates = period === 'monthly' ? ['2023-03'] : DAYS;
      const told = new Set(quality.archiveProblems.map(({ file }) => file));
      expect([...told].sort()).toEqual(dates.map((date) => `BTCUSDT-1m-${date}.zip`));
    },
  );
});
