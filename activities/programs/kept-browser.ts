/**
 * The browser of this thread. To start one and load plotly takes longer than to draw, so it is opened before the
 * figures' inputs are there, and kept for a moment for the next figures.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DrawingBrowser } from '../../lib/report/png.js';
import { isLeftByDead, ownedName } from '../../lib/store/own-names.js';
import type { ProgramHost } from './program.js';
import { drawingAssets } from './report-assets.js';

interface KeptBrowser {
  readonly browser: DrawingBrowser;
  readonly scratchDir: string;
}

/** Which browser, and whether it is still wished for while it starts. */
export interface BrowserWish extends Pick<ProgramHost, 'browserPath'> {
  readonly signal: AbortSignal;
}

/** An evaluation or a backtest of a year of minutes is done by then; it holds some 200 MB. */
const IDLE_MS = 20_000;

let kept: KeptBrowser | null = null;
let idle: NodeJS.Timeout | null = null;

/** Gives `work` the thread's browser, opened if need be; one that failed is not used again. */
export async function withBrowser<R>(
  { browserPath, signal }: BrowserWish,
  work: (browser: DrawingBrowser) => Promise<R>,
): Promise<R> {
  const { browser } = await opened({ browserPath, signal });
  try {
    return await work(browser);
  } catch (thrown) {
    await closeBrowser();
    throw thrown;
  } finally {
    closeWhenIdle();
  }
}

/**
 * Opens the thread's browser for figures that will soon be drawn.
 * @throws SetupError BROWSER_MISSING, BROWSER_FAILED; the signal's reason
 */
export async function openBrowser(wish: BrowserWish): Promise<void> {
  await opened(wish);
  closeWhenIdle();
}

/** Closes the thread's browser, where there is one; never rejects. */
export async function closeBrowser(): Promise<void> {
  if (idle !== null) clearTimeout(idle);
  if (kept === null) return;
  const { browser, scratchDir } = kept;
  kept = null;
  await browser.close();
  await remove(scratchDir);
}

async function opened({ browserPath, signal }: BrowserWish): Promise<KeptBrowser> {
  if (idle !== null) clearTimeout(idle);
  if (kept !== null && kept.browser.isOpen) return kept;
  await closeBrowser();
  await removeLeftBehind();
  const assets = drawingAssets();
  const scratchDir = path.join(tmpdir(), ownedName(SCRATCH));
  await mkdir(scratchDir, { mode: 0o700 });
  try {
    kept = { browser: await DrawingBrowser.open({ ...assets, browserPath, scratchDir }, signal), scratchDir };
    return kept;
  } catch (thrown) {
    await remove(scratchDir);
    throw thrown;
  }
}

const SCRATCH = 'minute-alpha-browser';

/** A worker that was killed could not remove what its browser wrote. */
async function removeLeftBehind(): Promise<void> {
  for (const name of await readdir(tmpdir()))
    if (isLeftByDead(name, SCRATCH)) await remove(path.join(tmpdir(), name));
}

/** What cannot be removed is no reason to fail: it is tried again before the next browser. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

function closeWhenIdle(): void {
  if (kept !== null) idle = setTimeout(() => void closeBrowser(), IDLE_MS);
}
