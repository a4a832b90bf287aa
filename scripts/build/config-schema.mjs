/** `config.schema.json`, which editors read, from the schema in code. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { COMPILER_OPTIONS, writeIfChanged } from './transpile.mjs';

let evaluations = 0;

/**
 * Writes `config.schema.json` when it changes; true when it was written.
 * @param {string} root
 */
export async function writeConfigSchema(root) {
  const entry = path.join(root, 'lib', 'config', 'json-schema.ts');
  if (!existsSync(entry)) return false;
  // Bundled to a file of a name never used before: a process keeps every module it once imported.
  const module = path.join(root, 'build', `config-schema-${process.pid}-${evaluations++}.mjs`);
  mkdirSync(path.dirname(module), { recursive: true });
  try {
    await build({
      ...COMPILER_OPTIONS,
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      packages: 'external',
      outfile: module,
    });
    const { configJsonSchema } = await import(pathToFileURL(module).href);
    const schema = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
    return writeIfChanged(path.join(root, 'config.schema.json'), schema);
  } finally {
    rmSync(module, { force: true });
  }
}
