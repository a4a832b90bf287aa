/** A build of the project with one source edited, in a folder of its own: `dist/` and fingerprints. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleThreads } from '../../scripts/build/bundles.mjs';
import { fingerprintPrograms } from '../../scripts/build/fingerprints.mjs';
import { transpile } from '../../scripts/build/transpile.mjs';

/**
 * @param {string} project root of the project, built
 * @param {string} file source that is edited, relative to the root
 * @param {(source: string) => string} edit
 * @returns {Promise<{root: string, moved: string[], remove: () => void}>} the other root; the programs whose
 * fingerprint differs from the project's own
 * @throws {Error} when the edit changes nothing
 */
export async function buildEdited(project, file, edit) {
  const full = path.join(project, file);
  const source = readFileSync(full, 'utf8');
  const edited = edit(source);
  if (edited === source) throw new Error(`the edit of ${file} changes nothing`);
  const root = mkdtempSync(path.join(tmpdir(), 'minute-alpha-edited-'));
  for (const name of ['node_modules', 'build', 'scripts', 'package.json'])
    symlinkSync(path.join(project, name), path.join(root, name));
  cpSync(path.join(project, 'dist'), path.join(root, 'dist'), { recursive: true });
  await replaceModule(root, file, edited);
  await bundleThreads(root);
  const own = JSON.parse(readFileSync(path.join(project, 'dist/fingerprints.json'), 'utf8'));
  const fingerprints = await fingerprintPrograms(project, { overlay: new Map([[full, edited]]) });
  writeFileSync(path.join(root, 'dist/fingerprints.json'), JSON.stringify(fingerprints));
  return {
    root,
    moved: Object.keys(own).filter((program) => own[program] !== fingerprints[program]),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Compiles the one module as the build does, and puts it in place of the copied one. */
async function replaceModule(root, file, source) {
  const aside = mkdtempSync(path.join(tmpdir(), 'minute-alpha-module-'));
  try {
    cpSync(path.join(root, 'package.json'), path.join(aside, 'package.json'));
    const target = path.join(aside, file);
    cpSync(path.dirname(path.join(root, 'dist', file)), path.dirname(target), { recursive: true });
    writeFileSync(target, source);
    await transpile(aside, { modules: [file], assets: [] });
    const compiled = file.replace(/\.ts$/, '.js');
    cpSync(path.join(aside, 'dist', compiled), path.join(root, 'dist', compiled));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
