import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { DrawingBrowser, titledLayout, type Picture } from '../../lib/report/png.js';
import { browserForTests, drawingTools } from './drawing-tools.js';
import { smallFigure } from './small-figure.js';

const TIMEOUT_MS = 60_000;
const picture: Picture = { figure: smallFigure, widthPx: 500, heightPx: 320 };

const widthOf = (png: Uint8Array): number => Buffer.from(png).readUInt32BE(16);
const heightOf = (png: Uint8Array): number => Buffer.from(png).readUInt32BE(20);

const never = new AbortController().signal;

/** Draws in a browser of its own. */
async function drawAlone(pictures: readonly Picture[]): Promise<Uint8Array[]> {
  const browser = await DrawingBrowser.open(await drawingTools(), never);
  return browser.draw(pictures, never).finally(() => browser.close());
}

describe('drawing pictures', { timeout: TIMEOUT_MS }, () => {
  it('gives PNG files of twice the size in pixels, in order, and leaves nothing behind', async () => {
    const tools = await drawingTools();
    const browser = await DrawingBrowser.open(tools, never);
    const files = await browser.draw([picture, { ...picture, widthPx: 300 }], never);
    expect(files.map((png) => [widthOf(png), heightOf(png)])).toEqual([
      [1000, 640],
      [600, 640],
    ]);
    expect(Buffer.from(files[0]!.subarray(1, 4)).toString()).toBe('PNG');
    expect(browser.isOpen).toBe(true);
    await browser.close();
    expect(browser.isOpen).toBe(false);
    expect(readdirSync(tools.scratchDir)).toEqual([]);
  });

  it('gives equal bytes for equal figures, alone or after others, and different ones for different figures', async () => {
    const other = { ...picture, figure: { ...smallFigure, title: 'Another line' } };
    const [alone] = await drawAlone([picture]);
    const [, after, different] = await drawAlone([other, picture, other]);
    expect(Buffer.compare(alone!, after!)).toBe(0);
    expect(Buffer.compare(alone!, different!)).not.toBe(0);
  });

  it('tells how to get a browser where there is none', async () => {
    const tools = { ...(await drawingTools()), browserPath: null };
    await expect(DrawingBrowser.open(tools, never)).rejects.toMatchObject({
      name: 'SetupError',
      code: 'BROWSER_MISSING',
      fix: expect.stringContaining('npm run setup'),
    });
  });

  it('names the browser that does not start, and the one that dies', async () => {
    const tools = { ...(await drawingTools()), browserPath: process.execPath };
    const failed = (browserPath: string): object => ({
      name: 'SetupError',
      code: 'BROWSER_FAILED',
      what: expect.stringContaining(browserPath),
    });
    await expect(DrawingBrowser.open(tools, never)).rejects.toMatchObject(failed(process.execPath));
    const browser = await DrawingBrowser.open(await drawingTools(), never);
    await browser.close();
    await expect(browser.draw([picture], never)).rejects.toMatchObject(failed(browserForTests()));
  });

  it('stops in the middle when asked to, with its browser', async () => {
    const abort = new AbortController();
    const tools = await drawingTools();
    const last: Picture = {
      ...picture,
      get figure() {
        abort.abort();
        return smallFigure;
      },
    };
    const browser = await DrawingBrowser.open(tools, never);
    const endless = browser.draw([picture, last, picture], abort.signal);
    await expect(endless).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(browser.isOpen).toBe(false), { timeout: 10_000 });
    await browser.close();
    expect(readdirSync(tools.scratchDir)).toEqual([]);
  });
});

describe('a picture that stands alone', () => {
  it('carries title and subtitle as text, never as markup of the data', () => {
    const layout = titledLayout({ ...smallFigure, title: 'a <b>', subtitle: 'p & q' }, 400, 300);
    expect(layout).toMatchObject({
      width: 400,
      height: 300,
      title: { text: '<b>a &lt;b&gt;</b>', subtitle: { text: 'p &amp; q' } },
    });
  });
});
