/**
 * The fingerprint of each stage program's code: what `impl` in an action key is. It covers the tree-shaken,
 * minified bundle of everything the program reaches, thread entries and assets included, and the packages
 * behind it; so a comment or an unrelated file changes nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { sha256Of } from '../setup/digest.mjs';
import { packageClosure, packageNameOf } from './package-closure.mjs';
import { COMPILER_OPTIONS } from './transpile.mjs';

/** The programs of `PROGRAM_STAGES`, each with its file in activities/programs. */
export const PROGRAM_FILES = {
  klines: 'klines',
  features: 'features',
  fold: 'fold',
  predict: 'predict',
  evaluate: 'evaluate',
  backtest: 'backtest',
  quantileFigures: 'report',
  backtestFigures: 'report',
  reportPage: 'report',
};

/** Packages that reach a program as files prepared at set-up, so that no import shows them. */
const PREPARED_PACKAGES = {
  quantileFigures: ['plotly.js-dist', '@fontsource/inter'],
  backtestFigures: ['plotly.js-dist', '@fontsource/inter'],
  reportPage: ['plotly.js-dist', '@fontsource/inter'],
};

/** A file found by URL from beside its module: `new Worker(new URL('./thread.js', import.meta.url))`. */
const URL_REFERENCE = /new\s+URL\(\s*(['"`])(\.{1,2}\/[^'"`]+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/**
 * The fingerprint of every program.
 * @param {string} root
 * @param {{overlay?: ReadonlyMap<string, string>, files?: Record<string, string>}} [options] `overlay` replaces
 * the content of sources by absolute path; `files` names the programs and their files
 * @returns {Promise<Record<string, string>>} program to `sha256:<hex of the code>|<packages>`, the part of the
 * packages only where it uses any
 * @throws {Error} when a program does not bundle
 */
export async function fingerprintPrograms(root, { overlay = new Map(), files = PROGRAM_FILES } = {}) {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  // A program that is not there has no fingerprint, and a worker that needs it says so.
  const present = Object.entries(files).filter(([, file]) => existsSync(programFile(root, file)));
  const fingerprints = present.map(async ([program, file]) => {
    const source = `export { ${program} } from './activities/programs/${file}.js';`;
    const code = await bundleWithReferences({ root, overlay, source });
    const packages = packageClosure(lock, [...code.packages, ...(PREPARED_PACKAGES[program] ?? [])]);
    const impl = `sha256:${sha256Of(['minute-alpha/impl2', ...code.parts].join('\n'))}`;
    return [program, packages.length === 0 ? impl : `${impl}|${packagesText(packages)}`];
  });
  return Object.fromEntries(await Promise.all(fingerprints));
}

/** `hyparquet@1.31.5 tar@.. sha256:..`: names that a reader knows, and a digest over all integrities. */
function packagesText(packages) {
  const names = packages.map((line) => line.split(' ')[0]);
  return `${names.join(' ')} sha256:${sha256Of(packages.join('\n'))}`;
}

const programFile = (root, file) => path.join(root, 'activities', 'programs', `${file}.ts`);

/** The bundle of an entry, then of each module it names by URL, each once. */
async function bundleWithReferences({ root, overlay, source }) {
  const parts = [];
  const packages = new Set();
  const seen = new Set();
  const open = [{ stdin: { contents: source, resolveDir: root, sourcefile: 'program.ts', loader: 'ts' } }];
  for (let entry = open.shift(); entry !== undefined; entry = open.shift()) {
    const bundle = await bundleEntry(root, overlay, entry);
    parts.push(bundle.text);
    for (const name of bundle.packages) packages.add(name);
    for (const reference of bundle.references.filter(({ file }) => !seen.has(file)).sort(byFile)) {
      seen.add(reference.file);
      if (reference.isModule) open.push({ entryPoints: [reference.file] });
      else parts.push(`${path.relative(root, reference.file)} ${sha256Of(readFileSync(reference.file))}`);
    }
  }
  return { parts, packages };
}

const byFile = (left, right) => (left.file < right.file ? -1 : 1);

async function bundleEntry(root, overlay, entry) {
  const { outputFiles, metafile } = await build({
    ...COMPILER_OPTIONS,
    ...entry,
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    treeShaking: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    outfile: 'program.js',
    plugins: [overlayPlugin(overlay)],
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    text: await minify(outputFiles[0].text),
    packages: output.imports
      .map((each) => each.path)
      .filter(isPackage)
      .map(packageNameOf),
    references: used.flatMap(([input]) => urlReferences(path.resolve(root, input), overlay)),
  };
}

/**
 * Short names by themselves: while it bundles, esbuild chooses them by the letters of whole source files, types
 * and unused functions included, which must not move a fingerprint.
 */
async function minify(text) {
  const { format, target, charset } = COMPILER_OPTIONS;
  return (await transform(text, { format, target, charset, minify: true, legalComments: 'none' })).code;
}

function isPackage(specifier) {
  return !specifier.startsWith('node:') && !builtinModules.includes(packageNameOf(specifier));
}

function urlReferences(module, overlay) {
  const text = overlay.get(module) ?? readOrEmpty(module);
  return [...text.matchAll(URL_REFERENCE)].map(([, , target]) => {
    const file = path.resolve(path.dirname(module), target);
    const isModule = file.endsWith('.js');
    return { file: isModule ? file.replace(/\.js$/, '.ts') : file, isModule };
  });
}

/** The entry given on stdin is no file. */
function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

function overlayPlugin(overlay) {
  return {
    name: 'overlay',
    setup({ onLoad }) {
      if (overlay.size === 0) return;
      onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const contents = overlay.get(file);
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}
