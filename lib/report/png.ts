/** Pictures of figures, drawn by a headless Chromium through puppeteer. The one file of this folder with I/O. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer';
import { SetupError } from '../errors.js';
import { baseLayout, colour, FONT_FAMILY, type Figure, type FigureObject } from './figure.js';
import { escapeHtml } from './format.js';

/** What pictures are drawn with. */
export interface DrawingTools {
  /** Executable of a Chrome or Chromium; null where none was found. */
  readonly browserPath: string | null;
  /** Absolute path of plotly's source. */
  readonly plotlyFile: string;
  /** Style sheet that holds the fonts. */
  readonly fonts: string;
  /** A folder of the browser's own; what it writes lies there while it runs. */
  readonly scratchDir: string;
}

export interface Picture {
  readonly figure: Figure;
  /** CSS pixels; the file has twice as many each way. */
  readonly widthPx: number;
  readonly heightPx: number;
}

const PIXEL_RATIO = 2;

/** A busy machine may take long to start the browser or to parse plotly; far beyond it something is stuck. */
const LAUNCH_TIMEOUT_MS = 90_000;
const CALL_TIMEOUT_MS = 120_000;

const BROWSER_ARGS = [
  '--no-sandbox', // Only our own page is shown, and the sandbox cannot start as root or in most containers.
  '--disable-gpu',
  '--disable-dev-shm-usage', // Containers give /dev/shm 64 MB, at which the browser dies.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--hide-scrollbars',
  '--force-color-profile=srgb',
  '--font-render-hinting=none', // Text must not depend on the host's hinting.
];

/**
 * A browser that has loaded plotly and the fonts. It listens on a pipe, so that it ends with the process (or
 * thread) that started it, however that ends.
 */
export class DrawingBrowser {
  private constructor(
    private readonly tools: DrawingTools & { readonly browserPath: string },
    private readonly browser: Browser,
    private readonly page: Page,
  ) {}

  /**
   * Kills the browser when `signal` is aborted while it starts.
   * @throws SetupError BROWSER_MISSING, BROWSER_FAILED when it does not start; the signal's reason
   */
  static async open(tools: DrawingTools, signal: AbortSignal): Promise<DrawingBrowser> {
    const { browserPath, scratchDir } = tools;
    if (browserPath === null) throw missingBrowser();
    signal.throwIfAborted();
    let browser: Browser | null = null;
    try {
      browser = await launch(browserPath, scratchDir, signal);
      return new DrawingBrowser({ ...tools, browserPath }, browser, await preparePage(browser, tools));
    } catch (thrown) {
      await end(browser, scratchDir);
      signal.throwIfAborted();
      throw failedBrowser(browserPath, thrown);
    }
  }

  /** Whether it can still be drawn with, as far as is known. */
  get isOpen(): boolean {
    return this.browser.connected;
  }

  /**
   * PNG bytes of each picture, in order. Equal figures, plotly, fonts and browser give equal bytes. Closes the
   * browser when `signal` is aborted.
   * @throws SetupError BROWSER_FAILED when it dies or hangs; the signal's reason
   */
  async draw(pictures: readonly Picture[], signal: AbortSignal): Promise<Uint8Array[]> {
    signal.throwIfAborted();
    const close = (): void => void this.browser.close().catch(() => undefined);
    signal.addEventListener('abort', close, { once: true });
    try {
      const files: Uint8Array[] = [];
      for (const picture of pictures) files.push(await draw(this.page, picture));
      return files;
    } catch (thrown) {
      signal.throwIfAborted();
      throw failedBrowser(this.tools.browserPath, thrown);
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  /** Ends the browser and removes what it wrote, as far as that can be removed. */
  async close(): Promise<void> {
    await end(this.browser, this.tools.scratchDir);
  }
}

async function launch(browserPath: string, scratchDir: string, signal: AbortSignal): Promise<Browser> {
  // Loaded here only: the page, which shares this module's thread, is made without it.
  const { default: puppeteer } = await import('puppeteer');
  return puppeteer.launch({
    pipe: true,
    headless: true,
    executablePath: browserPath,
    userDataDir: profileIn(scratchDir),
    args: BROWSER_ARGS,
    signal,
    timeout: LAUNCH_TIMEOUT_MS,
    protocolTimeout: CALL_TIMEOUT_MS,
    // Puppeteer's own handlers would exit the worker in the middle of its orderly shutdown.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

const profileIn = (scratchDir: string): string => path.join(scratchDir, 'browser-profile');
const pageIn = (scratchDir: string): string => path.join(scratchDir, 'figures.html');

/** The page is a file, which names plotly's: five megabytes sent through the pipe take a second longer. */
async function preparePage(browser: Browser, { plotlyFile, fonts, scratchDir }: DrawingTools): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(CALL_TIMEOUT_MS);
  const policy =
    "default-src 'none'; script-src file:; style-src 'unsafe-inline'; font-src data:; img-src data: blob:";
  await writeFile(
    pageIn(scratchDir),
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
      `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
      `<style>${fonts}body{margin:0;font-family:${escapeHtml(FONT_FAMILY)}}</style></head>` +
      `<body><div id="figure"></div><script src="${pathToFileURL(plotlyFile).href}"></script></body></html>`,
  );
  await page.goto(pathToFileURL(pageIn(scratchDir)).href);
  // Plotly measures text to lay it out, so the fonts must be there first.
  await page.evaluate(
    `Promise.all(['400','600'].map((w) => document.fonts.load(w + ' 13px Inter'))).then(() => 0)`,
  );
  return page;
}

async function draw(page: Page, { figure, widthPx, heightPx }: Picture): Promise<Uint8Array> {
  await page.setViewport({ width: widthPx, height: heightPx, deviceScaleFactor: PIXEL_RATIO });
  const layout = titledLayout(figure, widthPx, heightPx);
  const call = `Plotly.newPlot('figure', ${JSON.stringify(figure.data)}, ${JSON.stringify(layout)}, {staticPlot: true})`;
  await page.evaluate(`${call}.then(() => 0)`);
  return page.screenshot({ type: 'png' });
}

/** The figure's layout with its title and scope at the top left, for a picture that stands alone. */
export function titledLayout(figure: Figure, widthPx: number, heightPx: number): FigureObject {
  const own = (figure.layout.margin ?? baseLayout().margin) as { readonly t: number };
  const headPx = 74;
  const topPx = own.t + headPx;
  return {
    ...figure.layout,
    width: widthPx,
    height: heightPx,
    margin: { ...own, t: topPx },
    title: {
      text: `<b>${escapeHtml(figure.title)}</b>`,
      font: { size: 19 },
      subtitle: { text: escapeHtml(figure.subtitle), font: { size: 13, color: colour('muted') } },
      x: 0,
      xref: 'container',
      xanchor: 'left',
      y: 1,
      yref: 'container',
      yanchor: 'top',
      pad: { l: 24, t: 20 },
      automargin: false,
    },
  };
}

async function end(browser: Browser | null, scratchDir: string): Promise<void> {
  try {
    await browser?.close();
  } catch {
    browser?.process()?.kill('SIGKILL'); // It does not answer any more; what it was asked for has been told.
  }
  // A dying browser may still write for a moment.
  const written = [profileIn(scratchDir), pageIn(scratchDir)];
  const removed = written.map((place) =>
    rm(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  );
  await Promise.allSettled(removed);
}

function missingBrowser(): SetupError {
  return new SetupError('BROWSER_MISSING', {
    what: 'Pictures need a Chrome or Chromium, and none was found on this host.',
    fix: 'Run `npm run setup`, which finds or installs one, or set PUPPETEER_EXECUTABLE_PATH to one.',
  });
}

function failedBrowser(browserPath: string, cause: unknown): SetupError {
  const said = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  return new SetupError('BROWSER_FAILED', {
    what: `The browser ${browserPath} could not draw: ${said}`,
    fix: 'Run `npx minute-alpha doctor`; another browser can be named in PUPPETEER_EXECUTABLE_PATH.',
    details: { browserPath },
    cause,
  });
}
