/** The weight budget: shared through its file, patient by the exchange's clock, mindful of other programs. */
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blockOf } from '../../../lib/market/answer-errors.js';
import { budgetPath } from '../../../lib/market/budget-state.js';
import { allowanceOf, WeightBudget, type Permit } from '../../../lib/market/budget.js';
import { freshDir } from '../../simulator/run-klines.js';

const URL = 'https://exchange.test';
const SILENCE_MS = 15_000;
const MINUTE_MS = 60_000;
/** Ten seconds into a minute. */
const NOW = Date.UTC(2023, 2, 1, 12, 30, 10);
let nowMs = NOW;
let budgetDir = '';

beforeEach(() => {
  nowMs = NOW;
  budgetDir = freshDir();
  vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
});
afterEach(() => vi.restoreAllMocks());

function open(requestDelayMs = 0): WeightBudget {
  return new WeightBudget({ budgetDir, restUrl: URL, requestDelayMs, silenceMs: SILENCE_MS });
}

async function spend(budget: WeightBudget, weight: number, usedWeight: number | null = null): Promise<void> {
  const permit = await budget.acquire(weight);
  await budget.settle(permit, { usedWeight, block: null, skewMs: 0 });
}

describe('the weight of a minute', () => {
  it('is nine tenths of the limit, over all clients of the origin', async () => {
    const [one, other] = [open(), open()];
    await one.rememberLimit(100);
    nowMs = Date.UTC(2023, 2, 1, 12, 30, 55);
    for (let request = 0; request < allowanceOf(100) / 10; request++)
      await spend(request % 2 ? one : other, 10);
    await expect(other.acquire(1)).rejects.toMatchObject({
      code: 'WEIGHT_BUDGET_SPENT',
      what: expect.stringMatching(/^weight spent until 12:31:01 UTC/) as string,
    });
    nowMs = Date.UTC(2023, 2, 1, 12, 31, 1);
    await spend(one, 10);
  });

  it('counts other programs by the header, and believes no negative one', async () => {
    const budget = open();
    await budget.rememberLimit(100);
    await spend(budget, 1, 89);
    expect(budget.used()).toBe(89);
    await expect(budget.acquire(2)).rejects.toMatchObject({ code: 'WEIGHT_BUDGET_SPENT' });
  });

  it('leaves others what they will use at their pace', async () => {
    const budget = open();
    await budget.rememberLimit(100);
    // 15 of others in ten seconds are 75 more until the minute ends.
    await spend(budget, 1, 16);
    const refused = await budget.acquire(12).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'WEIGHT_BUDGET_SPENT', retryAfterMs: 10_000 });
  });

  it('is not used up at once: a third is left to programs that were not heard of yet', async () => {
    const budget = open();
    await budget.rememberLimit(60);
    nowMs = Date.UTC(2023, 2, 1, 12, 30, 0, 250);
    for (let request = 0; request < 40; request++) await spend(budget, 1);
    await expect(budget.acquire(1)).rejects.toMatchObject({
      code: 'WEIGHT_BUDGET_SPENT',
      retryAfterMs: 10_000,
    });
    // A fifth of what was kept is free ten seconds later.
    nowMs += 12_000;
    for (let request = 0; request < 4; request++) await spend(budget, 1);
    await expect(budget.acquire(1)).rejects.toMatchObject({ code: 'WEIGHT_BUDGET_SPENT' });
  });

  it('is counted in the minutes of the exchange', async () => {
    const budget = open();
    await budget.rememberLimit(100);
    const permit = await budget.acquire(85);
    // Their clock is 45 s ahead of ours: their minute ends 5 s from now.
    await budget.settle(permit, { usedWeight: 85, block: null, skewMs: 45_000 });
    nowMs += 6000;
    await spend(budget, 50, 50);
  });
});

describe('request_delay', () => {
  it('is the least gap between two requests; a long one is waited for outside', async () => {
    await spend(open(), 1);
    const refused = await open(30_000)
      .acquire(1)
      .catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'REQUEST_DELAYED', retryAfterMs: 30_000 });
  });
});

describe('a block', () => {
  const answer = (
    status: number,
    headers: Record<string, string>,
    msg = '',
  ): Parameters<typeof blockOf>[0] => ({
    status,
    headers,
    body: Buffer.from(JSON.stringify({ code: -1003, msg })),
  });

  it('lasts until the latest of Retry-After, banned until and the end of the minute', () => {
    const restMs = MINUTE_MS - (NOW % MINUTE_MS);
    expect(blockOf(answer(429, {}), NOW).untilMs).toBe(NOW + restMs);
    expect(blockOf(answer(429, { 'retry-after': '3' }), NOW).untilMs).toBe(NOW + restMs);
    expect(blockOf(answer(429, { 'retry-after': '300' }), NOW).untilMs).toBe(NOW + 300_000);
    const banned = answer(418, {}, `Way too much request weight used; IP banned until ${NOW + 999_000}.`);
    expect(blockOf(banned, NOW)).toEqual({ kind: 'banned', untilMs: NOW + 999_000 });
  });

  it('is told in the clock of the exchange', () => {
    const date = new Date(NOW - 3_600_000).toUTCString();
    const banned = answer(418, { date }, `IP(203.0.113.7) banned until ${NOW - 3_600_000 + 200_000}. Please`);
    expect(blockOf(banned, NOW).untilMs).toBe(NOW + 200_000);
  });

  it('survives the process and refuses everyone', async () => {
    const budget = open();
    const permit = await budget.acquire(1);
    const block = { kind: 'banned' as const, untilMs: NOW + 500_000 };
    await budget.settle(permit, { usedWeight: null, block, skewMs: 0 });
    await expect(open().acquire(1)).rejects.toMatchObject({
      code: 'EXCHANGE_RATE_LIMITED',
      what: expect.stringMatching(/^banned until 12:38:30 UTC/) as string,
    });
  });
});

describe('a request under way', () => {
  const news = { usedWeight: null, block: null, skewMs: null };
  const file = (): string => budgetPath(budgetDir, URL);

  /** Asks for a turn; `isHad()` says whether it was had by now. */
  function ask(): { turn: Promise<Permit>; isHad: () => Promise<boolean> } {
    const turn = open().acquire(1);
    const isHad = (): Promise<boolean> =>
      Promise.race([turn.then(() => true), new Promise<false>((give) => setTimeout(give, 150, false))]);
    return { turn, isHad };
  }

  it('is waited for without a lock and without writing', async () => {
    const one = open();
    const permit = await one.acquire(1);
    const write = vi.spyOn(fs, 'writeFileSync');
    const other = ask();
    expect(await other.isHad()).toBe(false);
    expect(write).not.toHaveBeenCalled();
    await one.settle(permit, news);
    expect(await other.isHad()).toBe(true);
  });

  it('is believed as long as it is heard of', async () => {
    const one = open();
    const permit = await one.acquire(1);
    nowMs += SILENCE_MS - 1;
    await one.stillUnderWay(permit);
    nowMs += SILENCE_MS - 1;
    const other = ask();
    expect(await other.isHad()).toBe(false);
    nowMs += 2;
    expect(await other.isHad()).toBe(true);
    // The first one is late, and takes nothing from the second.
    await one.stillUnderWay(permit);
    await one.settle(permit, news);
    const third = ask();
    expect(await third.isHad()).toBe(false);
    await one.settle(await other.turn, news);
    await one.settle(await third.turn, news);
  });

  it('of a process that is gone is not waited for, nor one from before the clock was set back', async () => {
    await open().acquire(1);
    const state = JSON.parse(fs.readFileSync(file(), 'utf8')) as { flight: object };
    fs.writeFileSync(file(), JSON.stringify({ ...state, flight: { ...state.flight, pid: 2 ** 22 + 1 } }));
    expect(await ask().isHad()).toBe(true);
    nowMs -= 3_600_000;
    expect(await ask().isHad()).toBe(true);
  });
});

it('what is written while a ban lasts is flushed to the device, and nothing else', async () => {
  const budget = open();
  const write = vi.spyOn(fs, 'writeFileSync');
  const flushed = (): unknown[] =>
    write.mock.calls.filter(([name]) => !String(name).endsWith('.lock')).map(([, , options]) => options);
  await spend(budget, 1);
  expect(flushed()).toEqual([{ flush: false }, { flush: false }]);
  const permit = await budget.acquire(1);
  write.mockClear();
  const opened = vi.spyOn(fs, 'openSync');
  const block = { kind: 'banned' as const, untilMs: NOW + 500_000 };
  await budget.settle(permit, { usedWeight: null, block, skewMs: 0 });
  await budget.rememberLimit(100);
  expect(flushed()).toEqual([{ flush: true }, { flush: true }]);
  expect(opened.mock.calls.filter(([name]) => name === budgetDir)).toHaveLength(2);
});

it('the lock of a dead process is taken over, and a torn file starts anew', async () => {
  const file = budgetPath(budgetDir, URL);
  fs.writeFileSync(file, '{"limit":');
  fs.writeFileSync(
    `${file}.lock`,
    JSON.stringify({ host: (await import('node:os')).hostname(), pid: 2 ** 22 + 1, token: 'x' }),
  );
  await spend(open(), 1);
  expect(fs.existsSync(`${file}.lock`)).toBe(false);
});
