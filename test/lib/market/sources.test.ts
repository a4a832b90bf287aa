/** Sources of a month beyond faults: restatements, open months, samples, markets. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { observeSymbol } from '../../../lib/market/index.js';
import { startExchange, type RunningExchange } from '../../../simulator/index.js';
import { firstDifference, freshDir, marchParams, RECORDED, runKlines } from '../../simulator/run-klines.js';

let exchange: RunningExchange | null = null;
afterEach(async () => {
  await exchange?.close();
  exchange = null;
  vi.restoreAllMocks();
});

async function start(options: Record<string, unknown> = {}): Promise<RunningExchange> {
  exchange = await startExchange({ recorded: RECORDED, ...options });
  return exchange;
}

describe('a month that is asked for again', () => {
  it('tells how many rows a replaced archive changed', async () => {
    const { url } = await start({ fault: ['replaced-archive'] });
    const before = await runKlines(marchParams(url));
    const after = await runKlines(marchParams(url, { recheck: 'archive 1' }), { previous: before.barsPath });
    expect(after.result.facts.restated).toMatchObject({ changedRows: 10, addedRows: 0, removedRows: 0 });
    expect(firstDifference(before.bars, after.bars)).not.toBeNull();
  });

  it('says so when nothing changed', async () => {
    const { url } = await start();
    const before = await runKlines(marchParams(url));
    const after = await runKlines(marchParams(url, { recheck: 'again' }), { previous: before.barsPath });
    expect(after.result.facts.restated).toEqual({ changedRows: 0, addedRows: 0, removedRows: 0 });
    expect(after.file.equals(before.file)).toBe(true);
  });
});

describe('a month that is not over', () => {
  it('asks for each closed day once, and not again for holes', async () => {
    const { url, counters } = await start();
    const budgetDir = freshDir();
    const until = (day: number): ReturnType<typeof runKlines> =>
      runKlines(marchParams(url, { endMs: Date.UTC(2023, 2, day), monthlyArchive: false }), { budgetDir });
    await until(26);
    const asked = counters().requests['/fapi/v1/klines']!;
    const grown = await until(27);
    // One day is three pages, and one sample of the archive is not taken: all came by REST.
    expect(counters().requests['/fapi/v1/klines']! - asked).toBe(3);
    const fresh = await runKlines(marchParams(url, { endMs: Date.UTC(2023, 2, 27), monthlyArchive: false }));
    expect(grown.file.equals(fresh.file)).toBe(true);
    expect(grown.quality.holes).toHaveLength(1);
  });
});

describe('an attempt that the exchange stopped after the archives', () => {
  const day = '/data/futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2023-03-24.zip';
  const zip = '/data/futures/um/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2023-03.zip';

  it('is followed by one that asks for no file again, and ends with the same bytes', async () => {
    const undisturbed = await runKlines(
      marchParams((await start({ fault: ['missing', 'duplicate@1'] })).url),
    );
    await exchange!.close();
    const { url, counters } = await start({ fault: ['missing', 'duplicate@1', '429@4'] });
    const budgetDir = freshDir();
    // Listed, and twice answered by 404: that is remembered as well.
    const params = marchParams(url, { dailyArchives: ['2023-03-24'] });
    await expect(runKlines(params, { budgetDir })).rejects.toMatchObject({ code: 'EXCHANGE_RATE_LIMITED' });
    vi.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + 120_000);
    const { quality, file, bars } = await runKlines(params, { budgetDir });
    expect(counters().requests).toMatchObject({ [zip]: 1, [day]: 2 });
    expect(firstDifference(undisturbed.bars, bars)).toBeNull();
    expect(file.equals(undisturbed.file)).toBe(true);
    expect(quality.rows).toEqual(undisturbed.quality.rows);
    expect(quality.archiveProblems).toContainEqual({
      file: 'BTCUSDT-1m-2023-03-24.zip',
      problem: 'listed, but not there (404)',
    });
  });
});

describe('a delisted symbol, which REST has forgotten', () => {
  it('has the bars of its archives, and holes with that as their evidence', async () => {
    const { url } = await start();
    const other = await startExchange({
      model: 'martingale',
      symbols: ['OTHERUSDT'],
      start: '2023-03-01',
      end: '2023-03-02',
    });
    try {
      const exchanges = { restUrl: other.url, archiveUrl: url, market: 'um' as const };
      const options = { ...exchanges, symbol: 'BTCUSDT', interval: '1m' as const, budgetDir: freshDir() };
      expect(await observeSymbol(options)).toMatchObject({
        firstBarMs: Date.UTC(2023, 2),
        lastBarMs: Date.UTC(2023, 4) - 60_000,
      });
      await expect(observeSymbol({ ...options, symbol: 'NOPEUSDT' })).rejects.toMatchObject({
        code: 'SYMBOL_UNKNOWN',
      });
      const { quality } = await runKlines(marchParams(url, exchanges));
      const listed = await runKlines(marchParams(url));
      expect(quality).toMatchObject({ bars: listed.bars.length, archiveSample: null });
      expect(quality.holes[0]!.evidence).toContain('REST does not know the symbol any more');
    } finally {
      await other.close();
    }
  });
});

it('a month is compared with REST on one page in the last month of a quarter', async () => {
  const { url } = await start();
  const { quality } = await runKlines(marchParams(url));
  expect(quality.archiveSample).toMatchObject({ compared: 99, different: 0, onlyRest: 0, onlyArchive: 0 });
  const april = await runKlines(marchParams(url, { month: '2023-04' }));
  expect(april.quality.archiveSample).toBeNull();
});

describe('a refusal of the page that a month is compared with', () => {
  /** Two days without a hole: REST is asked for its limit, then for the sample. */
  const range = { startMs: Date.UTC(2023, 2, 1), endMs: Date.UTC(2023, 2, 3) };
  const zip = '/data/futures/um/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2023-03.zip';

  it.each([
    ['EXCHANGE_RATE_LIMITED', ['429@2'], 0],
    ['REQUEST_DELAYED', [], 30_000],
  ])('%s is waited for: the quality is that of an undisturbed run', async (code, fault, requestDelayMs) => {
    const expected = await runKlines(marchParams((await start()).url, range));
    await exchange!.close();
    const { url, counters } = await start({ fault });
    const budgetDir = freshDir();
    const params = marchParams(url, { ...range, requestDelayMs });
    await expect(runKlines(params, { budgetDir })).rejects.toMatchObject({ code });
    vi.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + 120_000);
    const { quality } = await runKlines(params, { budgetDir });
    expect(quality).toEqual(expected.quality);
    expect(quality.archiveSample).toMatchObject({ compared: 99 });
    expect(counters().requests[zip]).toBe(1);
  });
});

it.each(['cm', 'spot'] as const)('the market %s has paths and weights of its own', async (market) => {
  const { url, counters } = await start();
  const byArchive = await runKlines(marchParams(url, { market }));
  const range = { startMs: Date.UTC(2023, 2, 1), endMs: Date.UTC(2023, 2, 3), monthlyArchive: false };
  const byRest = await runKlines(marchParams(url, { market, ...range }));
  expect(byArchive.bars.length).toBe(44_560);
  expect(byRest.bars.length).toBe(2880);
  const paths = Object.keys(counters().requests).join(' ');
  expect(paths).toContain(market === 'cm' ? '/data/futures/cm/monthly/' : '/data/spot/monthly/');
  expect(paths).toContain(market === 'cm' ? '/dapi/v1/klines' : '/api/v3/klines');
});
