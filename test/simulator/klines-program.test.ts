import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fs from 'node:fs';
import { startExchange, type RunningExchange } from '../../simulator/index.js';
import {
  firstDifference,
  marchParams,
  RECORDED,
  runKlines,
  SHARED_ARCHIVE,
  type KlinesRun,
} from './run-klines.js';

describe('the klines program on recorded bars', () => {
  let exchange: RunningExchange;
  let truth: KlinesRun;
  beforeAll(async () => {
    exchange = await startExchange({ recorded: RECORDED });
    truth = await runKlines(marchParams(exchange.url));
  });
  afterAll(() => exchange.close());

  it('takes a month from its zip and records the halt of the 24th as a hole', () => {
    expect(truth.result.facts).toMatchObject({ bars: 44_560, missing: 80, sources: { monthly: 44_560 } });
    expect(truth.quality.holes).toEqual([
      {
        start: '2023-03-24T12:40:00Z',
        end: '2023-03-24T14:00:00Z',
        bars: 80,
        cause: 'halt',
        evidence: ['not in BTCUSDT-1m-2023-03.zip', 'REST was asked twice and has none'],
      },
    ]);
    expect(truth.quality.flatRuns).toEqual([
      { start: '2023-03-24T11:28:00Z', end: '2023-03-24T12:40:00Z', bars: 72 },
    ]);
    const last = truth.bars.openTimeMs.indexOf(Date.UTC(2023, 2, 24, 12, 39));
    expect(truth.bars.closeTimeMs[last]).toBe(1_679_661_581_646);
  });

  it('gives the same bytes from REST alone as from the archive', async () => {
    const byRest = await runKlines(marchParams(exchange.url, { monthlyArchive: false }));
    expect(byRest.result.facts).toMatchObject({ sources: { monthly: 0, daily: 0, rest: 44_560 } });
    expect(byRest.file.equals(truth.file)).toBe(true);
  });

  it('takes only the range asked for, from inside the month', async () => {
    const startMs = Date.UTC(2023, 2, 8, 17, 57);
    const endMs = Date.UTC(2023, 2, 11);
    const part = await runKlines(marchParams(exchange.url, { startMs, endMs }));
    expect(part.bars.openTimeMs[0]).toBe(startMs);
    expect(part.bars.openTimeMs.at(-1)).toBe(endMs - 60_000);
    expect(part.quality.missing).toBe(0);
  });

  it('serves coarser intervals made of the minutes', async () => {
    const hours = await runKlines(marchParams(exchange.url, { interval: '1h' }));
    expect(hours.bars.length).toBe(31 * 24 - 1);
    const row = hours.bars.openTimeMs.indexOf(Date.UTC(2023, 2, 2, 5));
    const from = truth.bars.openTimeMs.indexOf(Date.UTC(2023, 2, 2, 5));
    expect(hours.bars.open[row]).toBe(truth.bars.open[from]);
    expect(hours.bars.close[row]).toBe(truth.bars.close[from + 59]);
    expect(hours.bars.high[row]).toBe(Math.max(...truth.bars.high.subarray(from, from + 60)));
    const byRest = await runKlines(marchParams(exchange.url, { interval: '1h', monthlyArchive: false }));
    expect(firstDifference(byRest.bars, hours.bars)).toBeNull();
  });

  it.skipIf(!fs.existsSync(SHARED_ARCHIVE))(
    'gives the same bytes from daily zips (needs ../shared/data)',
    async () => {
      const daily = await startExchange({ recorded: SHARED_ARCHIVE });
      const days = Array.from({ length: 31 }, (_, day) => `2023-03-${String(day + 1).padStart(2, '0')}`);
      try {
        const byDay = await runKlines(marchParams(daily.url, { monthlyArchive: false, dailyArchives: days }));
        expect(byDay.result.facts).toMatchObject({ sources: { daily: 44_560, rest: 0 } });
        expect(byDay.file.equals(truth.file)).toBe(true);
      } finally {
        await daily.close();
      }
    },
  );

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const stopped = runKlines(marchParams(exchange.url, { monthlyArchive: false }), {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 30);
    await expect(stopped).rejects.toThrow(/abort/i);
  });
});
