import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { closeBrowser, openBrowser, withBrowser } from '../../../activities/programs/kept-browser.js';
import type { ProgramHost } from '../../../activities/programs/program.js';
import { browserForTests } from '../../report/drawing-tools.js';
import { smallFigure } from '../../report/small-figure.js';

const TIMEOUT_MS = 60_000;
const pictures = [{ figure: smallFigure, widthPx: 400, heightPx: 300 }];
const never = new AbortController().signal;
const host: ProgramHost = {
  threads: 1,
  lightgbmLibrary: null,
  browserPath: browserForTests(),
  budgetDir: '',
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-kept-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.useRealTimers();
  await closeBrowser();
  vi.unstubAllEnvs();
});

it(
  'is the one that was opened before, until it is closed with all it wrote',
  async () => {
    await openBrowser(host);
    const written = readdirSync(folder);
    const first = await withBrowser(host, async (browser) => browser);
    const [again, files] = await withBrowser(host, async (browser) => {
      return [browser, await browser.draw(pictures, never)] as const;
    });
    expect(again).toBe(first);
    expect(files).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(written);
    await closeBrowser();
    expect(first.isOpen).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'is another one after one that died or was drawn with in vain',
  async () => {
    const first = await withBrowser(host, async (browser) => browser);
    await first.close();
    const second = await withBrowser(host, async (browser) => browser);
    expect(second).not.toBe(first);
    const failure = withBrowser(host, () => Promise.reject(new Error('in vain')));
    await expect(failure).rejects.toThrow('in vain');
    expect(second.isOpen).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    expect(await withBrowser(host, async (browser) => browser.draw(pictures, never))).toHaveLength(1);
  },
  TIMEOUT_MS,
);

it(
  'closes when nothing is drawn for a while',
  async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    await openBrowser(host);
    await vi.advanceTimersByTimeAsync(15_000);
    const browser = await withBrowser(host, async (kept) => kept);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(browser.isOpen).toBe(true);
    await vi.advanceTimersByTimeAsync(6_000);
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]), { timeout: 20_000 });
    expect(browser.isOpen).toBe(false);
  },
  TIMEOUT_MS,
);
