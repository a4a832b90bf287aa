/**
 * The browser of this thread. To start one and load plotly takes longer than to draw, so it is opened before the
 * figures' inputs are there, and kept for a moment for the next figures.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DrawingBrowser } from '../../lib/report/png.js';
import type { ProgramHost } from './program.js';
import { drawingAssets } from './report-assets.js';

interface KeptBrowser {
  readonly browser: DrawingBrowser;
  readonly scratchDir: string;
}

/** An evaluation or a backtest of a year of minutes is done by then; it holds some 200 MB. */
const IDLE_MS = 20_000;

let kept: KeptBrowser | null = null;
let idle: NodeJS.Timeout | null = null;

/** Gives `work` the thread's browser, opened if need be; one that failed is not used again. */
export async function withBrowser<R>(
  host: ProgramHost,
  work: (browser: DrawingBrowser) => Promise<R>,
): Promise<R> {
  const { browser } = await opened(host);
  try {
    return await work(browser);
  } catch (thrown) {
    await closeBrowser();
    throw thrown;
  } finally {
    closeWhenIdle();
  }
}

/** Opens the thread's browser for figures that will soon be drawn. @throws SetupError BROWSER_MISSING, BROWSER_FAILED */
export async function openBrowser(host: ProgramHost): Promise<void> {
  await opened(host);
  closeWhenIdle();
}

/** Closes the thread's browser, where there is one. */
export async function closeBrowser(): Promise<void> {
  if (idle !== null) clearTimeout(idle);
  if (kept === null) return;
  const { browser, scratchDir } = kept;
  kept = null;
  await browser.close();
  await rm(scratchDir, { recursive: true, force: true });
}

async function opened({ browserPath }: ProgramHost): Promise<KeptBrowser> {
  if (idle !== null) clearTimeout(idle);
  if (kept !== null && kept.browser.isOpen) return kept;
  await closeBrowser();
  const assets = drawingAssets();
  const scratchDir = await mkdtemp(path.join(tmpdir(), 'minute-alpha-'));
  try {
    kept = { browser: await DrawingBrowser.open({ ...assets, browserPath, scratchDir }), scratchDir };
    return kept;
  } catch (thrown) {
    await rm(scratchDir, { recursive: true, force: true });
    throw thrown;
  }
}

function closeWhenIdle(): void {
  if (kept !== null) idle = setTimeout(() => void closeBrowser(), IDLE_MS);
}
