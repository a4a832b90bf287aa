/** The browser and the assets that tests draw with: the ones that set-up provides. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DrawingTools } from '../../lib/report/png.js';
import { buildPlotly } from '../../scripts/build-plotly.mjs';
import { browserAdvice, findBrowser } from '../../scripts/find-browser.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Path of the browser; a machine without one has not been set up, and its tests fail. */
export function browserForTests(): string {
  const found = findBrowser(process.env, ROOT);
  if (found === null) throw new Error(`These tests need a browser. ${browserAdvice(process.platform)}`);
  return found.path;
}

/** A fresh folder of this test's own. */
export function scratchDir(): string {
  return mkdtempSync(path.join(tmpdir(), 'minute-alpha-report-'));
}

export async function drawingTools(): Promise<DrawingTools> {
  const assets = await buildPlotly({ root: ROOT, log: () => undefined });
  return {
    browserPath: browserForTests(),
    plotlyFile: assets.plotly,
    fonts: readFileSync(assets.fonts, 'utf8'),
    scratchDir: scratchDir(),
  };
}

/** Command lines of all processes; macOS and Linux. */
export function processesNaming(text: string): string[] {
  const listed = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' });
  return listed.split('\n').filter((line) => line.includes(text));
}
