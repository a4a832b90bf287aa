/** A process that draws until it is killed; bundled and started by png-lifetime.test.ts. */
import { drawPngs } from '../../lib/report/png.js';
import { drawingTools } from './drawing-tools.js';
import { smallFigure } from './small-figure.js';

const tools = await drawingTools();
process.stdout.write(`${tools.scratchDir}\n`);
const picture = { figure: smallFigure, widthPx: 400, heightPx: 300 };
await drawPngs(
  Array.from({ length: 100_000 }, () => picture),
  tools,
);
