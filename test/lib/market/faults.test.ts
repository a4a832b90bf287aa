/** Every fault alone, and some mixtures, against the truth; the long run is bench/market-faults. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAULTS } from '../../../simulator/faults/registry.js';
import { startExchange, type RunningExchange } from '../../../simulator/index.js';
import { firstDifference, freshDir, marchParams, RECORDED, runKlines } from '../../simulator/run-klines.js';
import { ExchangeError } from '../../../lib/errors.js';
import type { KlinesParams } from '../../../activities/programs/klines.js';

/** Four days of March with the halt of the 24th, so that pages and archives both matter. */
const RANGE = { startMs: Date.UTC(2023, 2, 22), endMs: Date.UTC(2023, 2, 26) };
let exchange: RunningExchange | null = null;

/** Both sides read this clock: waits of minutes pass in no time. */
let offsetMs = 0;
const realNow = Date.now;
beforeEach(() => {
  offsetMs = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await exchange?.close();
  exchange = null;
});

/** Runs attempts as Temporal would: again when and only when the exchange said to come back. */
async function untilDone(params: KlinesParams, most = 12, timeoutMs = 5000): ReturnType<typeof runKlines> {
  const budgetDir = freshDir();
  for (let attempt = 1; ; attempt++) {
    try {
      return await runKlines(params, { budgetDir, restTimeoutMs: timeoutMs, archiveTimeoutMs: timeoutMs });
    } catch (thrown) {
      if (!(thrown instanceof ExchangeError) || attempt === most) throw thrown;
      offsetMs += thrown.retryAfterMs ?? 1000;
    }
  }
}

async function start(fault: string[], options: Record<string, unknown> = {}): Promise<RunningExchange> {
  exchange = await startExchange({ recorded: RECORDED, fault, ...options });
  return exchange;
}

/** Faults after which nothing comes. */
const SILENT = ['timeout', 'stalled'];

let knownTruth: ReturnType<typeof runKlines> | null = null;
const truth = (): ReturnType<typeof runKlines> => (knownTruth ??= soundRun());

async function soundRun(): ReturnType<typeof runKlines> {
  const sound = await startExchange({ recorded: RECORDED });
  const run = await runKlines(marchParams(sound.url, RANGE));
  await sound.close();
  return run;
}

describe('with one fault in a third of the requests, the bars are the truth', () => {
  it.each(Object.keys(FAULTS))('%s', async (name) => {
    const expected = await truth();
    for (const monthlyArchive of [true, false]) {
      const { url, counters } = await start([`${name}%33`], { seed: 5 });
      const params = marchParams(url, { ...RANGE, monthlyArchive });
      const { bars } = await untilDone(params, 60, SILENT.includes(name) ? 200 : 5000);
      expect(firstDifference(bars, expected.bars)).toBeNull();
      expect(counters().requestsDuringBan).toBe(0);
      expect(counters().highestWeight).toBeLessThanOrEqual(counters().weightLimit);
      await exchange?.close();
    }
  });
});

describe('with a fault in every request', () => {
  it.each(['archive-404', 'bad-checksum', 'torn-zip', 'two-entries', 'zip-bomb', 'zip-path'])(
    '%s: the month comes from REST, and the file is told',
    async (name) => {
      const expected = await truth();
      const { url } = await start([name]);
      const { bars, quality } = await untilDone(marchParams(url, RANGE));
      expect(firstDifference(bars, expected.bars)).toBeNull();
      expect(quality.sources.rest).toBe(bars.length);
      expect(quality.archiveProblems[0]!.file).toBe('BTCUSDT-1m-2023-03.zip');
    },
  );

  it.each(['header', 'no-header', 'microseconds', 'duplicate', 'unordered', 'missing'])(
    '%s: the zip is read, and REST fills what it lacks',
    async (name) => {
      const expected = await truth();
      // A REST page with a bar twice or out of order is refused: these strike one page and the zip only.
      const { url } = await start([['duplicate', 'unordered'].includes(name) ? `${name}@1` : name]);
      const { bars, quality } = await untilDone(marchParams(url, RANGE));
      expect(firstDifference(bars, expected.bars)).toBeNull();
      expect(quality.sources.monthly).toBeGreaterThan(5600);
    },
  );

  it.each(['5xx', 'reset', 'html-200', 'duplicate'])('%s: gives up with a clear error', async (name) => {
    const { url } = await start([name]);
    await expect(untilDone(marchParams(url, RANGE), 2)).rejects.toThrow(ExchangeError);
  });
});

it('mixtures of faults end with the truth or with a typed error', async () => {
  const expected = await truth();
  const names = Object.keys(FAULTS);
  for (let mixture = 0; mixture < 6; mixture++) {
    const chosen = names.filter((_, index) => (index * 7 + mixture * 11) % 5 === 0);
    const { url, counters } = await start(
      chosen.map((name) => `${name}%15`),
      { seed: mixture + 1 },
    );
    const params = marchParams(url, { ...RANGE, monthlyArchive: mixture % 2 === 0 });
    const { bars } = await untilDone(params, 60, 1000);
    expect(firstDifference(bars, expected.bars), chosen.join(' ')).toBeNull();
    expect(counters().requestsDuringBan).toBe(0);
    await exchange?.close();
  }
});

describe('a ban', () => {
  it('stops every request, also of the archive on that address and of an attempt that starts anew', async () => {
    const { url, counters } = await start(['418@2'], { banSeconds: 7200 });
    const budgetDir = freshDir();
    const params = marchParams(url, { ...RANGE, monthlyArchive: false });
    const banned = await runKlines(params, { budgetDir }).catch((thrown: unknown) => thrown);
    expect(banned).toMatchObject({
      code: 'EXCHANGE_RATE_LIMITED',
      what: /^banned until .*\d\d:\d\d:\d\d UTC/,
    });
    const before = JSON.stringify(counters().requests);
    for (const again of [params, marchParams(url, RANGE)]) {
      await expect(runKlines(again, { budgetDir })).rejects.toMatchObject({ code: 'EXCHANGE_RATE_LIMITED' });
    }
    expect(JSON.stringify(counters().requests)).toBe(before);
    offsetMs += 7200_000 + 61_000;
    expect((await runKlines(params, { budgetDir })).bars.length).toBeGreaterThan(0);
    expect(counters().requestsDuringBan).toBe(0);
  });

  it('is waited for in the clock of the exchange, however wrong ours is', async () => {
    for (const clockOffset of [-3600, 3600]) {
      const { url, counters } = await start(['418@2'], { banSeconds: 300, clockOffset });
      const params = marchParams(url, { ...RANGE, monthlyArchive: false });
      expect((await untilDone(params)).bars.length).toBeGreaterThan(0);
      expect(counters().requestsDuringBan).toBe(0);
      await exchange?.close();
    }
  });
});

it('pages got before the weight was spent are not asked for again', async () => {
  const { url, counters } = await start([], { weightLimit: 10 });
  const { bars } = await untilDone(marchParams(url, { ...RANGE, monthlyArchive: false }), 30);
  expect(bars.length).toBe(4 * 1440 - 80);
  // 12 pages of 499, the hole asked twice, a sample, and what exchangeInfo costs at its renewals.
  expect(counters().requests['/fapi/v1/klines']).toBeLessThan(20);
  expect(counters().highestWeight).toBeLessThanOrEqual(10);
});
