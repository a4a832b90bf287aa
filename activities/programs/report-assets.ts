/** What pictures and pages are drawn with, as the build left it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '../../lib/errors.js';
import type { PageAssets } from '../../lib/report/page.js';

/** Reads plotly and the fonts. @throws SetupError ASSETS_MISSING */
export function readReportAssets(): PageAssets {
  const folder = path.join(projectRoot(), 'build');
  try {
    return {
      plotly: readFileSync(path.join(folder, 'plotly.min.js'), 'utf8'),
      fonts: readFileSync(path.join(folder, 'report-fonts.css'), 'utf8'),
    };
  } catch (cause) {
    throw new SetupError('ASSETS_MISSING', {
      what: `The report's drawing library is not built: ${(cause as Error).message}.`,
      fix: 'Run `npm run setup`.',
      cause,
    });
  }
}

/** The folder with package.json above this file, in the sources and in dist alike. */
function projectRoot(): string {
  let at = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(at, 'package.json')) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}
