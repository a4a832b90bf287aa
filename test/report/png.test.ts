import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawPngs, titledLayout, type Picture } from '../../lib/report/png.js';
import { drawingTools } from './drawing-tools.js';
import { smallFigure } from './small-figure.js';

const TIMEOUT_MS = 60_000;
const picture: Picture = { figure: smallFigure, widthPx: 500, heightPx: 320 };

const widthOf = (png: Uint8Array): number => Buffer.from(png).readUInt32BE(16);
const heightOf = (png: Uint8Array): number => Buffer.from(png).readUInt32BE(20);

describe('drawing pictures', { timeout: TIMEOUT_MS }, () => {
  it('gives PNG files of twice the size in pixels, in order, and leaves no profile behind', async () => {
    const tools = await drawingTools();
    const files = await drawPngs([picture, { ...picture, widthPx: 300 }], tools);
    expect(files.map((png) => [widthOf(png), heightOf(png)])).toEqual([
      [1000, 640],
      [600, 640],
    ]);
    expect(Buffer.from(files[0]!.subarray(1, 4)).toString()).toBe('PNG');
    expect(readdirSync(tools.scratchDir)).toEqual([]);
  });

  it('gives equal bytes for equal figures, alone or after others, and different ones for different figures', async () => {
    const other = { ...picture, figure: { ...smallFigure, title: 'Another line' } };
    const [alone] = await drawPngs([picture], await drawingTools());
    const [, after, different] = await drawPngs([other, picture, other], await drawingTools());
    expect(Buffer.compare(alone!, after!)).toBe(0);
    expect(Buffer.compare(alone!, different!)).not.toBe(0);
  });

  it('tells how to get a browser where there is none', async () => {
    const tools = { ...(await drawingTools()), browserPath: null };
    await expect(drawPngs([picture], tools)).rejects.toMatchObject({
      name: 'SetupError',
      code: 'BROWSER_MISSING',
      fix: expect.stringContaining('npm run setup'),
    });
  });

  it('names the browser that does not start', async () => {
    const tools = { ...(await drawingTools()), browserPath: process.execPath };
    await expect(drawPngs([picture], tools)).rejects.toMatchObject({
      name: 'SetupError',
      code: 'BROWSER_FAILED',
      what: expect.stringContaining(process.execPath),
    });
  });

  it('stops in the middle when asked to, and clears up', async () => {
    const abort = new AbortController();
    const tools = await drawingTools(abort.signal);
    const last: Picture = {
      ...picture,
      get figure() {
        abort.abort();
        return smallFigure;
      },
    };
    const endless = drawPngs([picture, last, picture], tools);
    await expect(endless).rejects.toMatchObject({ name: 'AbortError' });
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
