import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as promises from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { closeBrowser, openBrowser, withBrowser } from '../../../activities/programs/kept-browser.js';
import { browserForTests, processesNaming } from '../../report/drawing-tools.js';
import { smallFigure } from '../../report/small-figure.js';

const TIMEOUT_MS = 60_000;
const pictures = [{ figure: smallFigure, widthPx: 400, heightPx: 300 }];
const never = new AbortController().signal;
const wish = { browserPath: browserForTests(), signal: never };
const disk = vi.hoisted(() => ({ isBusy: false }));
let folder: string;

vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof promises>();
  const rm: typeof real.rm = (place, options) =>
    disk.isBusy ? Promise.reject(new Error(`EBUSY: ${String(place)}`)) : real.rm(place, options);
  return { ...real, rm };
});

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-kept-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.useRealTimers();
  disk.isBusy = false;
  await closeBrowser();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it(
  'is the one that was opened before, until it is closed with all it wrote',
  async () => {
    await openBrowser(wish);
    const written = readdirSync(folder);
    const first = await withBrowser(wish, async (browser) => browser);
    const [again, files] = await withBrowser(wish, async (browser) => {
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
    const first = await withBrowser(wish, async (browser) => browser);
    await first.close();
    const second = await withBrowser(wish, async (browser) => browser);
    expect(second).not.toBe(first);
    const failure = withBrowser(wish, () => Promise.reject(new Error('in vain')));
    await expect(failure).rejects.toThrow('in vain');
    expect(second.isOpen).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    expect(await withBrowser(wish, async (browser) => browser.draw(pictures, never))).toHaveLength(1);
  },
  TIMEOUT_MS,
);

it(
  'closes when nothing is drawn for a while',
  async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    await openBrowser(wish);
    await vi.advanceTimersByTimeAsync(15_000);
    const browser = await withBrowser(wish, async (kept) => kept);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(browser.isOpen).toBe(true);
    await vi.advanceTimersByTimeAsync(6_000);
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]), { timeout: 20_000 });
    expect(browser.isOpen).toBe(false);
  },
  TIMEOUT_MS,
);

it(
  'is no reason to fail where it leaves what cannot be removed',
  async () => {
    await openBrowser(wish);
    disk.isBusy = true;
    await closeBrowser();
    const written = readdirSync(folder);
    expect(written).toHaveLength(1);
    disk.isBusy = false;
    await openBrowser(wish);
    // It is this living process's: the next worker will find it.
    expect(readdirSync(folder)).toContain(written[0]);
  },
  TIMEOUT_MS,
);

it(
  'is opened after what browsers of dead workers of this host left is removed, and nothing else',
  async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const nameOf = (host: string, pid: number): string =>
      `minute-alpha-browser~${Buffer.from(JSON.stringify([host, pid, ''])).toString('base64url')}~0123456789ab`;
    const kept = [nameOf(hostname(), process.ppid), nameOf('other', dead), 'else'];
    for (const name of [nameOf(hostname(), dead), ...kept])
      mkdirSync(path.join(folder, name, 'browser-profile'), { recursive: true });
    await openBrowser(wish);
    await closeBrowser();
    expect(readdirSync(folder).sort()).toEqual([...kept].sort());
  },
  TIMEOUT_MS,
);

it.skipIf(process.platform === 'win32')(
  'that hangs while it starts is killed when it is no longer wished for',
  async () => {
    const browserPath = path.join(folder, 'hangs');
    writeFileSync(browserPath, '#!/bin/sh\nsleep 600\n', { mode: 0o755 });
    const abort = new AbortController();
    const opening = openBrowser({ browserPath, signal: abort.signal });
    opening.catch(() => undefined);
    await vi.waitFor(() => expect(processesNaming(folder)).not.toEqual([]), { timeout: 20_000 });
    abort.abort();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(processesNaming(folder)).toEqual([]), { timeout: 20_000 });
    expect(readdirSync(folder)).toEqual(['hangs']);
  },
);
