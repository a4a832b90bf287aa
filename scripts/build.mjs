/**
 * Builds `dist/`: every module transpiled, the workflows, the command line and the threads' programs bundled, the
 * fingerprints of the stage programs, `config.schema.json`, and what the report draws with. Does nothing while
 * the sources are those last built.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dropBuildRecord, isBuildFresh, readBuildRecord, writeBuildRecord } from './build/freshness.mjs';
import { listSources, readInputs } from './build/sources.mjs';
import { logToStderr } from './setup/context.mjs';
import { listFiles } from './setup/files.mjs';

/**
 * Builds unless the build is fresh. Needs the npm packages.
 * @param {{root: string, log?: (line: string, sinceMs?: number) => void}} options
 * @returns {Promise<boolean>} true when anything was built
 * @throws {Error} when a source does not compile
 */
export async function buildProject({ root, log = logToStderr }) {
  if (isBuildFresh(root)) return false;
  const startMs = performance.now();
  const known = readBuildRecord(root);
  const inputs = readInputs(root, known?.inputs ?? {});
  const sources = listSources(root);
  dropBuildRecord(root);
  const { transpile, writeIfChanged } = await import('./build/transpile.mjs');
  const changes = await transpile(root, sources);
  const [workflows, fingerprints] = await Promise.all([
    bundleWorkflows(root, known?.workflows),
    fingerprint(root),
    writeSchema(root),
    buildReportAssets(root, log),
    bundlePrograms(root),
  ]);
  writeIfChanged(path.join(root, 'dist', 'fingerprints.json'), `${JSON.stringify(fingerprints, null, 2)}\n`);
  writeBuildRecord(root, { inputs, outputs: listOutputs(root), workflows });
  log(`built dist/: ${changes.written} files written, ${changes.deleted} deleted`, startMs);
  return true;
}

function listOutputs(root) {
  const dist = path.join(root, 'dist');
  return listFiles(dist)
    .map((file) => path.relative(dist, file))
    .filter((file) => !file.endsWith('.map') && file !== 'build.json');
}

async function bundleWorkflows(root, known) {
  const { bundleWorkflows: bundle } = await import('./build/workflow-bundle.mjs');
  return (await bundle(root, known)).digest;
}

async function bundlePrograms(root) {
  const { bundleClient, bundleThreads } = await import('./build/bundles.mjs');
  await Promise.all([bundleClient(root), bundleThreads(root)]);
}

async function fingerprint(root) {
  const { fingerprintPrograms } = await import('./build/fingerprints.mjs');
  return fingerprintPrograms(root);
}

async function writeSchema(root) {
  const { writeConfigSchema } = await import('./build/config-schema.mjs');
  await writeConfigSchema(root);
}

async function buildReportAssets(root, log) {
  const { buildPlotly } = await import('./build-plotly.mjs');
  await buildPlotly({ root, log });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
  if (!existsSync(path.join(root, 'node_modules'))) {
    logToStderr('no npm packages yet: run `npm run setup`');
    process.exit(1);
  }
  try {
    if (!(await buildProject({ root }))) logToStderr('dist/ is fresh');
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
