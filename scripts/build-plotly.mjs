/**
 * Prepares what the report's figures are drawn with: plotly minified once, and the fonts as one style
 * sheet, so that pictures and page look the same on a machine without any font of its own.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const PLOTLY = 'plotly.js-dist';
const WEIGHTS = [400, 600];

/**
 * Writes `build/plotly.min.js` (UTF-8, safe inside a script element) and `build/report-fonts.css` unless
 * they are there and of the installed package versions. Under 5 ms when fresh, about 2 s when not.
 * @param {{root: string, log: (line: string) => void}} options
 * @returns {Promise<{plotly: string, fonts: string, built: boolean}>} absolute paths
 */
export async function buildPlotly({ root, log }) {
  const require = createRequire(path.join(root, 'package.json'));
  const folder = path.join(root, 'build');
  const files = { plotly: path.join(folder, 'plotly.min.js'), fonts: path.join(folder, 'report-fonts.css') };
  const stampFile = path.join(folder, 'report-assets.json');
  const stamp = JSON.stringify(versions(require));
  if (isFresh(files, stampFile, stamp)) return { ...files, built: false };
  mkdirSync(folder, { recursive: true });
  writeWhole(files.plotly, await minifiedPlotly(require));
  writeWhole(files.fonts, fontSheet(require));
  // Last, so that an interrupted build is not taken for a whole one.
  writeWhole(stampFile, stamp);
  log(`built ${path.relative(root, files.plotly)} and ${path.relative(root, files.fonts)}`);
  return { ...files, built: true };
}

function versions(require) {
  const versionOf = (name) => require(`${name}/package.json`).version;
  return {
    plotly: `${PLOTLY} ${versionOf(PLOTLY)}`,
    esbuild: versionOf('esbuild'),
    inter: versionOf('@fontsource/inter'),
    weights: WEIGHTS,
  };
}

function isFresh(files, stampFile, stamp) {
  const present = [...Object.values(files), stampFile].every((file) => existsSync(file));
  return present && readFileSync(stampFile, 'utf8') === stamp;
}

async function minifiedPlotly(require) {
  const { transform } = await import('esbuild');
  const source = readFileSync(require.resolve(PLOTLY), 'utf8');
  const options = { minify: true, legalComments: 'inline', charset: 'ascii', target: 'es2020' };
  return (await transform(source, options)).code.replaceAll('</script', '<\\/script');
}

function fontSheet(require) {
  const notice = '/* Inter, (c) The Inter Project Authors, SIL Open Font License 1.1, rsms.me/inter */\n';
  const faces = WEIGHTS.map((weight) => {
    const file = require.resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
    const url = `data:font/woff2;base64,${readFileSync(file).toString('base64')}`;
    return `@font-face{font-family:Inter;font-style:normal;font-weight:${weight};src:url(${url}) format("woff2")}\n`;
  });
  return notice + faces.join('');
}

function writeWhole(file, content) {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, content);
  renameSync(partial, file);
}
