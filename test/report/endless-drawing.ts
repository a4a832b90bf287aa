/** A process that draws until it is killed; bundled and started by png-lifetime.test.ts. */
import { DrawingBrowser } from '../../lib/report/png.js';
import { drawingTools } from './drawing-tools.js';
import { smallFigure } from './small-figure.js';

const tools = await drawingTools();
process.stdout.write(`${tools.scratchDir}\n`);
const picture = { figure: smallFigure, widthPx: 400, heightPx: 300 };
const never = new AbortController().signal;
const browser = await DrawingBrowser.open(tools, never);
await browser.draw(
  Array.from({ length: 100_000 }, () => picture),
  never,
);
