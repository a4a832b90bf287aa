import { existsSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  dropBuildRecord,
  isBuildFresh,
  readBuildRecord,
  writeBuildRecord,
} from '../../../scripts/build/freshness.mjs';
import { listSources, readInputs } from '../../../scripts/build/sources.mjs';
import { transpile } from '../../../scripts/build/transpile.mjs';
import { useTemporaryFolder } from '../temporary-folder.js';

const folder = useTemporaryFolder();

async function build(): Promise<{ written: number; deleted: number }> {
  const inputs = readInputs(folder.path, {});
  const changes = await transpile(folder.path, listSources(folder.path));
  writeBuildRecord(folder.path, { inputs, outputs: ['client.js', 'lib/a.js'], workflows: '' });
  return changes;
}

beforeEach(async () => {
  folder.write('package-lock.json', '{}');
  folder.write('client.ts', `import { a } from './lib/a.js';\nexport const b: number = a;\n`);
  folder.write('lib/a.ts', 'export const a: number = 1;\n');
  folder.write('lib/style.css', 'body {}');
  folder.write('simulator/recorded/index.json', '{}');
  folder.write('build/plotly.min.js', '');
  folder.write('build/report-fonts.css', '');
  await build();
});

function touch(file: string): void {
  const later = new Date(statSync(folder.at(file)).mtimeMs + 5000);
  utimesSync(folder.at(file), later, later);
}

describe('a build', () => {
  it('is fresh after it was made', () => {
    expect(isBuildFresh(folder.path)).toBe(true);
  });

  it('stays fresh when a source is only touched, and remembers the new time', () => {
    touch('lib/a.ts');
    expect(isBuildFresh(folder.path)).toBe(true);
    const { mtimeMs } = statSync(folder.at('lib/a.ts'));
    expect(readBuildRecord(folder.path)?.inputs['lib/a.ts']?.mtimeMs).toBe(mtimeMs);
  });

  it.each([
    ['a source changes', () => folder.write('lib/a.ts', 'export const a: number = 2;\n')],
    ['a source is added', () => folder.write('lib/deep/b.ts', 'export {};\n')],
    ['a source is deleted', () => rmSync(folder.at('lib/a.ts'))],
    ['an asset changes', () => folder.write('lib/style.css', 'p {}')],
    ['the lock file changes', () => folder.write('package-lock.json', '{ }')],
    ['an output is deleted', () => rmSync(folder.at('dist/lib/a.js'))],
    ['what the report draws with is deleted', () => rmSync(folder.at('build/plotly.min.js'))],
    ['it was interrupted', () => dropBuildRecord(folder.path)],
    ['its record is damaged', () => folder.write('dist/build.json', '{"layout"')],
  ])('is stale when %s', (_, change) => {
    change();
    expect(isBuildFresh(folder.path)).toBe(false);
  });
});

describe('transpile', () => {
  it('writes modules and assets, but no recorded data', () => {
    expect(readFileSync(folder.at('dist/client.js'), 'utf8')).toContain('from "./lib/a.js"');
    expect(readFileSync(folder.at('dist/client.js'), 'utf8')).not.toContain('number');
    expect(existsSync(folder.at('dist/client.js.map'))).toBe(true);
    expect(existsSync(folder.at('dist/lib/style.css'))).toBe(true);
    expect(existsSync(folder.at('dist/simulator'))).toBe(false);
  });

  it('writes nothing again when nothing changed', async () => {
    expect(await build()).toEqual({ written: 0, deleted: 0 });
  });

  it('deletes what has no source any more', async () => {
    folder.write('client.ts', 'export {};\n');
    rmSync(folder.at('lib/a.ts'));
    expect((await build()).deleted).toBe(2);
    expect(existsSync(folder.at('dist/lib/a.js'))).toBe(false);
  });

  it('keeps an import of values that only types use: the build is file by file', async () => {
    folder.write(
      'client.ts',
      `import './lib/a.js';\nimport type { A } from './lib/a.js';\nexport let a: A;\n`,
    );
    await build();
    expect(readFileSync(folder.at('dist/client.js'), 'utf8').match(/import/g)).toHaveLength(1);
  });

  it('refuses a source that does not parse', async () => {
    folder.write('lib/a.ts', 'export const a = ;');
    await expect(build()).rejects.toThrow('lib/a.ts:1');
  });
});
