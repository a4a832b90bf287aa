/** What pictures and pages are drawn with, as the build left it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '../../lib/errors.js';
import type { PageAssets } from '../../lib/report/page.js';

/** Reads plotly and the fonts. @throws SetupError ASSETS_MISSING */
export function readReportAssets(): PageAssets {
  const { plotlyFile, fonts } = drawingAssets();
  return { plotly: readAsset(plotlyFile), fonts };
}

/** The fonts, and where plotly is. @throws SetupError ASSETS_MISSING */
export function drawingAssets(): { readonly plotlyFile: string; readonly fonts: string } {
  const folder = path.join(projectRoot(), 'build');
  const plotlyFile = path.join(folder, 'plotly.min.js');
  if (!existsSync(plotlyFile)) throw missingAsset(`${plotlyFile} is not there`);
  return { plotlyFile, fonts: readAsset(path.join(folder, 'report-fonts.css')) };
}

function readAsset(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw missingAsset((cause as Error).message, cause);
  }
}

function missingAsset(why: string, cause?: unknown): SetupError {
  return new SetupError('ASSETS_MISSING', {
    what: `The report's drawing library is not built: ${why}.`,
    fix: 'Run `npm run setup`.',
    cause,
  });
}

/** The folder with package.json above this file, in the sources and in dist alike. */
function projectRoot(): string {
  let at = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(at, 'package.json')) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}
