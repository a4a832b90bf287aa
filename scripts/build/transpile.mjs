/** TypeScript to ESM, file by file, into `dist/`. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { listFiles } from '../setup/files.mjs';

/**
 * Options that every use of esbuild shares, given here and not read from tsconfig.json, so that what a
 * fingerprint covers does not hang on an editor's settings. `verbatimModuleSyntax` keeps imports as written.
 */
export const COMPILER_OPTIONS = {
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  tsconfigRaw: { compilerOptions: { target: 'ES2022', verbatimModuleSyntax: true } },
  logLevel: 'silent',
};

/**
 * Writes `dist/` for all modules and assets and deletes what has no source any more. A file is written only
 * when its bytes change and then in one step, so a process that loads modules meanwhile sees whole files.
 * @param {string} root
 * @param {{modules: string[], assets: string[]}} sources relative to root
 * @returns {Promise<{written: number, deleted: number}>}
 */
export async function transpile(root, { modules, assets }) {
  const dist = path.join(root, 'dist');
  const { outputFiles } = await build({
    ...COMPILER_OPTIONS,
    absWorkingDir: root,
    entryPoints: modules,
    outbase: root,
    outdir: dist,
    bundle: false,
    sourcemap: true,
    write: false,
  });
  const outputs = new Map(outputFiles.map(({ path: file, contents }) => [file, Buffer.from(contents)]));
  for (const asset of assets) outputs.set(path.join(dist, asset), readFileSync(path.join(root, asset)));
  let written = 0;
  for (const [file, bytes] of outputs) written += Number(writeIfChanged(file, bytes));
  return { written, deleted: deleteOrphans(dist, outputs) };
}

/**
 * Writes a file in one step unless it holds these bytes already; true when it was written.
 * @param {string} file
 * @param {string | Buffer} content
 */
export function writeIfChanged(file, content) {
  const bytes = Buffer.from(content);
  if (existsSync(file) && readFileSync(file).equals(bytes)) return false;
  const partial = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(partial, bytes);
  renameSync(partial, file);
  return true;
}

/** What later steps of the build write directly into `dist/`. */
const LATER = new Set([
  'workflow-bundle.js',
  'client-bundle.js',
  'threads',
  'threads.json',
  'fingerprints.json',
  'build.json',
]);

function deleteOrphans(dist, outputs) {
  const orphans = listFiles(dist).filter(
    (file) => !outputs.has(file) && !LATER.has(path.relative(dist, file).split(path.sep)[0]),
  );
  for (const file of orphans) rmSync(file);
  return orphans.length;
}
