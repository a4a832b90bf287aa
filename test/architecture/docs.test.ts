import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, ROOT } from './sources.js';

const PAGES = ['README.md', 'CHANGELOG.md', ...filesBelow(['docs'], '.md')].filter((file) =>
  existsSync(path.join(ROOT, file)),
);

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Targets of `[text](target)` and `![text](target)` that are no web addresses. */
function localLinks(text: string): string[] {
  return [...text.matchAll(/!?\[[^\]]*\]\(([^)\s]+)[^)]*\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .map((target) => target.replace(/#.*$/, ''));
}

/** Commands in `npm run X` and `npx minute-alpha X`. */
function wordsAfter(text: string, command: string): string[] {
  return [...text.matchAll(new RegExp(`${command} ([a-z][a-z-]*)`, 'g'))].map(([, word]) => word!);
}

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('links to files that are there', () => {
    const broken = localLinks(text).filter(
      (target) => !existsSync(path.join(ROOT, path.dirname(page), target)),
    );
    expect(broken).toEqual([]);
  });

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(wordsAfter(text, 'npm run').filter((name) => !(name in scripts))).toEqual([]);
    const commands = filesBelow(['commands'], '.ts').flatMap((file) =>
      [...read(file).matchAll(/\.command\('([a-z-]+)/g)].map(([, name]) => name!),
    );
    expect(wordsAfter(text, 'npx minute-alpha').filter((name) => !commands.includes(name))).toEqual([]);
  });

  it('names only files of the checkout', () => {
    const named = [
      ...text.matchAll(/`((?:scripts|test|lib|native|docs|activities|workflows|commands)\/[\w./-]+\.\w+)`/g),
    ];
    expect(named.map(([, file]) => file!).filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });
});

describe('the README', () => {
  const lines = existsSync(path.join(ROOT, 'README.md')) ? read('README.md').split('\n') : [];

  it('is there, short, and starts with commands to copy', () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(200);
    const firstCode = lines.findIndex((line) => line.startsWith('```'));
    expect(firstCode).toBeGreaterThan(0);
    expect(firstCode).toBeLessThan(40);
  });
});

describe('the checks of the docs', () => {
  it('find links and commands', () => {
    const text =
      '[a](docs/x.md#part) ![b](plot.png "t") [c](https://x.y) `npm run setup` and npx minute-alpha run';
    expect(localLinks(text)).toEqual(['docs/x.md', 'plot.png']);
    expect(wordsAfter(text, 'npm run')).toEqual(['setup']);
    expect(wordsAfter(text, 'npx minute-alpha')).toEqual(['run']);
  });
});
