/** The workflows in one file, so that a worker does not bundle them at every start (0.9 s). */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { sha256Of } from '../setup/digest.mjs';
import { writeIfChanged } from './transpile.mjs';

/**
 * Writes `dist/workflow-bundle.js` unless it was made from the same modules and packages.
 * @param {string} root
 * @param {string | undefined} known digest of what the last bundle was made from
 * @returns {Promise<{digest: string, built: boolean}>}
 */
export async function bundleWorkflows(root, known) {
  const entry = path.join(root, 'dist', 'workflows', 'index.js');
  const target = path.join(root, 'dist', 'workflow-bundle.js');
  const digest = await workflowDigest(root, entry);
  if (digest === known && existsSync(target)) return { digest, built: false };
  const { bundleWorkflowCode } = createRequire(path.join(root, 'package.json'))('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: QUIET });
  writeIfChanged(target, code);
  return { digest, built: true };
}

const ignore = () => undefined;
const QUIET = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Of the modules that workflows reach in `dist/`, and of the lock file, which pins Temporal's own code. */
async function workflowDigest(root, entry) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    metafile: true,
    write: false,
    logLevel: 'silent',
    format: 'esm',
    outfile: 'workflows.js',
  });
  const files = Object.keys(metafile.inputs).sort();
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const temporal = Object.entries(lock).filter(([place]) =>
    /(^|\/)node_modules\/(@temporalio\/|webpack$)/.test(place),
  );
  const contents = files.map((file) => readFileSync(path.join(root, file), 'utf8'));
  return sha256Of(JSON.stringify([files, contents, temporal]));
}
