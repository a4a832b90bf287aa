import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../lib/config/json-schema.js';
import { readGraph } from './module-graph.js';
import { filesBelow, productSources, ROOT } from './sources.js';

const inGit = existsSync(path.join(ROOT, '.git'));

/** Files of the project as git has them, relative to the root. */
function trackedFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
  return output.split('\0').filter((file) => file !== '' && existsSync(path.join(ROOT, file)));
}

/** The layout that docs/architecture.md describes; a new entry is a decision, not an accident. */
const TOP_LEVEL = {
  required:
    'package.json tsconfig.json config.json client.ts worker.ts workflows activities cache README.md'.split(
      ' ',
    ),
  allowed: [
    ...'commands lib native simulator test bench docs scripts .ci'.split(' '),
    ...'package-lock.json config.schema.json eslint.config.mjs vitest.config.ts CHANGELOG.md LICENSE'.split(
      ' ',
    ),
    ...'.gitignore .gitattributes .prettierignore .prettierrc.json .npmrc'.split(' '),
  ],
};

describe.skipIf(!inGit)('the checkout (skipped outside git)', () => {
  it('has the fixed top level and nothing beside it', () => {
    const entries = new Set(trackedFiles().map((file) => file.split('/')[0]!));
    expect(TOP_LEVEL.required.filter((name) => !entries.has(name))).toEqual([]);
    const known = new Set([...TOP_LEVEL.required, ...TOP_LEVEL.allowed]);
    expect([...entries].filter((name) => !known.has(name))).toEqual([]);
  });

  it('names no package registry and no folder of a machine', () => {
    const found = trackedFiles()
      .filter((file) => !BINARY.has(path.extname(file)))
      .flatMap((file) => forbiddenText(file, readFileSync(path.join(ROOT, file), 'utf8')));
    expect(found).toEqual([]);
  });

  it('tracks nothing that is made: builds, downloads, results', () => {
    const made = /^(node_modules|dist|build|data|models|plot|report|demo)\/|^cache\/(?!README\.md$)/;
    expect(trackedFiles().filter((file) => made.test(file))).toEqual([]);
  });

  it('has file names in kebab-case', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
    const sources = trackedFiles().filter((file) => /\.(ts|mts|mjs|cc|h)$/.test(file));
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((file) => !kebab.test(path.basename(file)))).toEqual([]);
  });
});

const BINARY = new Set(['.zip', '.gz', '.png', '.parquet', '.node', '.woff2']);

/** Joined here, so that this file does not hold what it forbids. */
const FORBIDDEN = [
  ...[
    ['registry', 'npmjs', 'org'],
    ['registry', 'yarnpkg', 'com'],
    ['pypi', 'org'],
    ['files', 'pythonhosted', 'org'],
    ['proxy', 'golang', 'org'],
    ['deb', 'debian', 'org'],
  ].map((parts) => new RegExp(parts.join('\\.'), 'i')),
  ...['work/(main|shared)', 'root', 'opt/wheels', 'tmp/bash_jobs'].map(
    (folder) => new RegExp(`(?<![\\w.})\\]<-])/${folder}(?![\\w-])`),
  ),
];

function forbiddenText(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      FORBIDDEN.some((pattern) => pattern.test(line))
        ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`]
        : [],
    );
}

describe('the search for registries and machine folders', () => {
  it.each([
    `see https://${['registry', 'npmjs', 'org'].join('.')}/zod`,
    `cd ${['', 'work', 'main'].join('/')} && ls`,
    `open "${['', 'root', 'x'].join('/')}"`,
  ])('finds %s', (line) => {
    expect(forbiddenText('x.md', `fine\n${line}`)).toEqual([expect.stringContaining('x.md:2')]);
  });

  it.each(['</root>', 'lib/work/main.ts', 'path.join(root, "x")', 'the/root of it'])('leaves %s', (line) => {
    expect(forbiddenText('x.md', line)).toEqual([]);
  });
});

/** Sources of lib that no test of their own folder runs, with the test that does, and why there. */
const TESTED_ELSEWHERE: readonly { readonly sources: RegExp; readonly test: string; readonly why: string }[] =
  [];

describe('sources', () => {
  const edges = readGraph(ROOT, [...productSources(), ...filesBelow(['test'], '.ts')]);
  const targets = new Map<string, string[]>();
  for (const { from, to, typeOnly, kind } of edges) {
    if (!typeOnly && kind === 'file') targets.set(from, [...(targets.get(from) ?? []), to]);
  }

  /** Files that run when these are loaded, through any number of imports. */
  function reachedFrom(starts: readonly string[]): ReadonlySet<string> {
    const reached = new Set(starts);
    for (const file of reached) for (const target of targets.get(file) ?? []) reached.add(target);
    return reached;
  }

  const tests = filesBelow(['test'], '.test.ts');
  const active = filesBelow(['lib'], '.ts').filter(doesAnything);

  /** `lib/store/key.ts` belongs to `test/lib/store/`, `lib/errors.ts` to `test/lib/errors.test.ts`. */
  const ownTests = (source: string): string[] => {
    const place = `test/${source.split('/').slice(0, 2).join('/')}`;
    return tests.filter((test) =>
      test.startsWith(source.split('/').length > 2 ? `${place}/` : place.replace(/ts$/, 'test.ts')),
    );
  };

  it('of lib are each run by a test of their own folder, or it is said where else', () => {
    const reached = new Map<string, ReadonlySet<string>>();
    const untested = active.filter((source) => {
      const folder = source.split('/').slice(0, 2).join('/');
      if (!reached.has(folder)) reached.set(folder, reachedFrom(ownTests(source)));
      return !reached.get(folder)!.has(source);
    });
    const unlisted = untested.filter(
      (source) =>
        !TESTED_ELSEWHERE.some(
          ({ sources, test }) => sources.test(source) && reachedFrom([test]).has(source),
        ),
    );
    expect(unlisted).toEqual([]);
    expect(
      TESTED_ELSEWHERE.filter(({ sources }) => !untested.some((source) => sources.test(source))),
    ).toEqual([]);
  });

  it('are all used: reached from the command line, a worker, a thread of it or the build', () => {
    const used = reachedFrom(['client.ts', 'worker.ts', 'workflows/index.ts', ...HIDDEN_ENTRIES]);
    const dead = productSources().filter((source) => doesAnything(source) && !used.has(source));
    expect(dead).toEqual([]);
  });
});

/** Loaded by URL as a thread's entry, or by what makes the schema and docs/features.md, which no import shows. */
const HIDDEN_ENTRIES = [
  'activities/program-thread.ts',
  'lib/config/json-schema.ts',
  'lib/features/render-feature-docs.ts',
];

/** False for types and for files that only pass on what others export. */
function doesAnything(source: string): boolean {
  const text = readFileSync(path.join(ROOT, source), 'utf8');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  return outputText.replaceAll(/export (\{[^}]*\}|\*( as \w+)?)( from ['"][^'"]+['"])?;/g, '').trim() !== '';
}

describe('config.schema.json', () => {
  it('is the one of the schema in code', () => {
    const file = path.join(ROOT, 'config.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
  });
});
