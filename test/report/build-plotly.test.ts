import { readFileSync, symlinkSync, truncateSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildPlotly } from '../../scripts/build-plotly.mjs';
import { ROOT, scratchDir } from './drawing-tools.js';

/** A project folder with the packages of this one and no build. */
function emptyProject(): string {
  const root = scratchDir();
  writeFileSync(path.join(root, 'package.json'), '{}');
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'), 'junction');
  return root;
}

const quiet = (): void => undefined;

describe('preparing plotly and the fonts', () => {
  it(
    'writes both once, and again when one is gone or the packages changed',
    { timeout: 60_000 },
    async () => {
      const root = emptyProject();
      const lines: string[] = [];
      const first = await buildPlotly({ root, log: (line) => lines.push(line) });
      expect(first.built).toBe(true);
      expect(lines).toHaveLength(1);
      expect((await buildPlotly({ root, log: quiet })).built).toBe(false);

      const whole = readFileSync(first.fonts, 'utf8');
      rmSync(first.fonts);
      expect((await buildPlotly({ root, log: quiet })).built).toBe(true);
      expect(readFileSync(first.fonts, 'utf8')).toBe(whole);

      writeFileSync(path.join(root, 'build', 'report-assets.json'), '{"plotly":"0.0.0"}');
      truncateSync(first.plotly, 10);
      expect((await buildPlotly({ root, log: quiet })).built).toBe(true);
      expect(readFileSync(first.plotly).length).toBeGreaterThan(1_000_000);
    },
  );

  it('gives a script that cannot end its own element, with its licence, and fonts that need no request', async () => {
    const assets = await buildPlotly({ root: ROOT, log: quiet });
    const plotly = readFileSync(assets.plotly, 'utf8');
    expect(plotly).not.toContain('</script');
    expect(plotly).toMatch(/Licensed under the MIT license/i);
    const urls = readFileSync(assets.fonts, 'utf8').match(/url\([^)]{0,40}/g) ?? [];
    expect(urls.length).toBe(2);
    expect(urls.every((url) => url.startsWith('url(data:font/woff2;base64,'))).toBe(true);
  });
});
