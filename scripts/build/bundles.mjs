/**
 * The command line and the threads' programs, each with its packages in few files: loading the some 500 modules of
 * a command one by one takes twice as long, those of a thread five times.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { sha256Of } from '../setup/digest.mjs';
import { COMPILER_OPTIONS, writeIfChanged } from './transpile.mjs';

/** CommonJS packages within ask for Node's own modules by `require`, and some for where they stand. */
const BANNER = [
  "import { createRequire as requireFrom } from 'node:module';",
  'const require = requireFrom(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

/** Loaded from where they are: large packages that few jobs use, and code that strict mode refuses. */
const NOT_BUNDLED = ['puppeteer', 'mathjs', 'technicalindicators', 'parquetjs-lite'];

/** A worker starts threads from the bundle of its own build, however often the project is built meanwhile. */
const KEPT_BUNDLES = 5;

/**
 * Writes `dist/client-bundle.js`. Needs the npm packages and `dist/` transpiled: what a command loads only when
 * it needs it stays a file of its own there.
 * @param {string} root
 * @throws {Error} when a module does not bundle
 */
export async function bundleClient(root) {
  const dist = path.join(root, 'dist');
  const outfile = path.join(dist, 'client-bundle.js');
  const [bundle] = await bundleEntry(root, { entry: 'client.js', outfile, plugins: [lateModulesStay(dist)] });
  if (bundle !== undefined) writeIfChanged(outfile, bundle.text);
}

/**
 * Writes `dist/threads/{digest}/`, one file a program and what they share, and `dist/threads.json`, which says
 * where. Needs the npm packages and `dist/` transpiled.
 * @param {string} root
 * @throws {Error} when a module does not bundle
 */
export async function bundleThreads(root) {
  const folder = path.join(root, 'dist', 'threads');
  const entry = path.join('activities', 'program-thread.js');
  const files = await bundleEntry(root, { entry, outdir: folder, splitting: true, external: NOT_BUNDLED });
  if (files.length === 0) return;
  const contents = files.map((file) => [path.relative(folder, file.path), file.text]).sort();
  const digest = sha256Of(JSON.stringify(contents)).slice(0, 16);
  writeFolder(path.join(folder, digest), contents);
  pruneFolders(folder);
  const place = `threads/${digest}/${path.basename(entry)}`;
  writeIfChanged(path.join(root, 'dist', 'threads.json'), `${JSON.stringify({ entry: place }, null, 2)}\n`);
}

/** The files of a bundle; none where the entry is not there. */
async function bundleEntry(root, { entry, ...options }) {
  const file = path.join(root, 'dist', entry);
  if (!existsSync(file)) return [];
  const { outputFiles } = await build({
    ...COMPILER_OPTIONS,
    ...options,
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    banner: { js: BANNER },
    write: false,
  });
  return outputFiles;
}

/** `import('../simulator/index.js')` becomes a path from `dist/`, where the bundle stands. */
function lateModulesStay(dist) {
  return {
    name: 'late-modules-stay',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ kind, path: specifier, resolveDir }) => {
        if (kind !== 'dynamic-import' || resolveDir.includes('node_modules')) return undefined;
        const file = path.relative(dist, path.resolve(resolveDir, specifier));
        return { path: `./${file.split(path.sep).join('/')}`, external: true };
      });
    },
  };
}

/** Whole in one step; a folder that is there has the same content by its name and becomes the newest. */
function writeFolder(folder, contents) {
  const now = new Date();
  if (existsSync(folder)) {
    utimesSync(folder, now, now);
    return;
  }
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  for (const [file, text] of contents) writeFileSync(path.join(partial, file), text);
  renameSync(partial, folder);
}

function pruneFolders(folder) {
  const newestFirst = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  for (const old of newestFirst.slice(KEPT_BUNDLES)) rmSync(old, { recursive: true });
}
