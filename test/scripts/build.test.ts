import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildProject } from '../../scripts/build.mjs';
import { ROOT } from '../architecture/sources.js';
import { useTemporaryFolder } from './temporary-folder.js';

const folder = useTemporaryFolder();
const lines: string[] = [];

function build(): Promise<boolean> {
  return buildProject({ root: folder.path, log: (line) => lines.push(line) });
}

const read = (file: string): string => readFileSync(folder.at(file), 'utf8');

function writeSchema(title: string): void {
  folder.write(
    'lib/config/json-schema.ts',
    `export const configJsonSchema = () => ({ title: '${title}' });\n`,
  );
}

beforeEach(() => {
  lines.length = 0;
  symlinkSync(path.join(ROOT, 'node_modules'), folder.at('node_modules'));
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(ROOT, file), folder.at(file));
  mkdirSync(folder.at('build'));
  // What the report draws with has a test of its own and takes seconds.
  for (const file of ['plotly.min.js', 'report-fonts.css', 'report-assets.json']) {
    copyFileSync(path.join(ROOT, 'build', file), folder.at('build', file));
  }
  folder.write('client.ts', `export const answer: number = 42;\n`);
  folder.write('workflows/index.ts', `export { greet } from './greet.js';\n`);
  folder.write(
    'workflows/greet.ts',
    `export async function greet(): Promise<string> {\n  return 'hello';\n}\n`,
  );
  folder.write('activities/programs/klines.ts', `export const klines = (x: number): number => x;\n`);
  writeSchema('first');
});

describe('buildProject', () => {
  it('builds everything from nothing, then nothing', async () => {
    expect(await build()).toBe(true);
    expect(read('dist/client.js')).toContain('answer = 42');
    expect(read('dist/workflow-bundle.js')).toContain('hello');
    expect(read('dist/client-bundle.js')).toMatch(/answer ?= ?42/);
    expect(JSON.parse(read('config.schema.json'))).toEqual({ title: 'first' });
    expect(JSON.parse(read('dist/fingerprints.json'))).toEqual({
      klines: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    });
    const { mtimeMs } = statSync(folder.at('dist/client.js'));
    expect(await build()).toBe(false);
    expect(statSync(folder.at('dist/client.js')).mtimeMs).toBe(mtimeMs);
  });

  it('bundles the workflows again when they change, and only then', async () => {
    await build();
    const { mtimeMs } = statSync(folder.at('dist/workflow-bundle.js'));
    folder.write('client.ts', 'export const answer = 43;\n');
    expect(await build()).toBe(true);
    expect(read('dist/client.js')).toContain('answer = 43');
    expect(read('dist/client-bundle.js')).toMatch(/answer ?= ?43/);
    expect(statSync(folder.at('dist/workflow-bundle.js')).mtimeMs).toBe(mtimeMs);
    folder.write('workflows/greet.ts', read('workflows/greet.ts').replace('hello', 'goodbye'));
    await build();
    expect(read('dist/workflow-bundle.js')).toContain('goodbye');
  });

  it('leaves in files of their own what a command loads late', async () => {
    folder.write('client.ts', `import { late } from './commands/late.js';\nexport { late };\n`);
    folder.write(
      'commands/late.ts',
      `export const late = (): Promise<{ far: number }> => import('../lib/far.js');\n`,
    );
    folder.write('lib/far.ts', `export const far = 7;\n`);
    await build();
    const { late } = (await import(folder.at('dist/client-bundle.js'))) as {
      late(): Promise<{ far: number }>;
    };
    expect((await late()).far).toBe(7);
    expect(read('dist/client-bundle.js')).toContain('import("./lib/far.js")');
  });

  it('writes the schema of the code as it is now, in the same process too', async () => {
    await build();
    writeSchema('second');
    await build();
    expect(JSON.parse(read('config.schema.json'))).toEqual({ title: 'second' });
  });

  it('is not taken for done when a source does not compile, and mends itself after', async () => {
    await build();
    folder.write('client.ts', 'export const answer = ;\n');
    await expect(build()).rejects.toThrow('client.ts:1');
    await expect(build()).rejects.toThrow('client.ts:1');
    folder.write('client.ts', 'export const answer = 44;\n');
    expect(await build()).toBe(true);
    expect(read('dist/client.js')).toContain('answer = 44');
  });

  it('brings back an output that was deleted', async () => {
    await build();
    rmSync(folder.at('dist/workflow-bundle.js'));
    expect(await build()).toBe(true);
    expect(existsSync(folder.at('dist/workflow-bundle.js'))).toBe(true);
  });
});
