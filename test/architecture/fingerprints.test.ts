import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROGRAM_STAGES } from '../../lib/plan/node.js';
import { fingerprintPrograms, PROGRAM_FILES } from '../../scripts/build/fingerprints.mjs';
import { useTemporaryFolder } from '../scripts/temporary-folder.js';
import { filesBelow, ROOT } from './sources.js';

const folder = useTemporaryFolder();
const FILES = { features: 'features', fold: 'fold', report: 'report' };

const SOURCES = {
  'activities/programs/features.ts': `import { ema } from '../../lib/kernels.js';
import { parse } from 'parser';
export const features = (x: number): number => ema(parse(x));\n`,
  'activities/programs/fold.ts': `import { rank } from '../../lib/rank.js';
export const fold = (x: number): number => rank(x);\n`,
  'activities/programs/report.ts': `export const report = (): URL => new URL('../../lib/page.css', import.meta.url);
export const thread = (): URL => new URL('./thread.js', import.meta.url);\n`,
  'activities/programs/thread.ts': `import { rank } from '../../lib/rank.js';\nconsole.log(rank(1));\n`,
  'lib/kernels.ts': `import { smooth } from './smooth.js';
export const ema = (x: number): number => smooth(x);\n`,
  'lib/smooth.ts': 'export const smooth = (x: number): number => x * 0.5;\n',
  'lib/rank.ts': 'export const rank = (x: number): number => x + 1;\n',
  'lib/page.css': 'body {}\n',
};

function writeLock(deep: string): void {
  const packages = {
    'node_modules/parser': { version: '1.0.0', integrity: 'sha512-p', dependencies: { deep: '*' } },
    'node_modules/deep': { version: deep, integrity: `sha512-${deep}` },
  };
  folder.write('package-lock.json', JSON.stringify({ packages }));
}

beforeEach(() => {
  for (const [file, text] of Object.entries(SOURCES)) folder.write(file, text);
  writeLock('1.0.0');
});

/** The programs whose fingerprint an edit of the little project changes. */
async function changedBy(edit: () => void): Promise<string[]> {
  const before = await fingerprintPrograms(folder.path, { files: FILES });
  edit();
  const after = await fingerprintPrograms(folder.path, { files: FILES });
  return Object.keys(FILES).filter((program) => before[program] !== after[program]);
}

const replace = (file: keyof typeof SOURCES, from: string, to: string): void => {
  expect(SOURCES[file]).toContain(from);
  folder.write(file, SOURCES[file].replace(from, to));
};

describe('the fingerprint of a program', () => {
  it.each([
    ['a comment', () => folder.write('lib/smooth.ts', `/** Halves. */\n${SOURCES['lib/smooth.ts']} // half`)],
    ['layout', () => replace('lib/smooth.ts', 'x * 0.5', '(\n  x   *   0.5\n)')],
    [
      'the name of a local',
      () => folder.write('lib/rank.ts', SOURCES['lib/rank.ts'].replaceAll(/\bx\b/g, 'row')),
    ],
    ['a type', () => replace('lib/rank.ts', '(x: number)', '(x: 1 | number)')],
    [
      'an export that nothing uses',
      () => folder.write('lib/rank.ts', `${SOURCES['lib/rank.ts']}export const unused = 3;`),
    ],
    ['a file that nothing imports', () => folder.write('lib/other.ts', 'console.log(1);')],
  ])('stays when only %s changes', async (_, edit) => {
    expect(await changedBy(edit)).toEqual([]);
  });

  it.each<[string, () => void, string[]]>([
    ['two imports deep', () => replace('lib/smooth.ts', '0.5', '0.25'), ['features']],
    ['in what a thread entry imports', () => replace('lib/rank.ts', 'x + 1', 'x + 2'), ['fold', 'report']],
    ['in an asset found by URL', () => replace('lib/page.css', 'body', 'main'), ['report']],
    ['in a package behind a package', () => writeLock('1.0.1'), ['features']],
    [
      'in a top-level effect',
      () => folder.write('lib/smooth.ts', `console.log(1);\n${SOURCES['lib/smooth.ts']}`),
      ['features'],
    ],
  ])('changes exactly where a change %s reaches', async (_, edit, programs) => {
    expect(await changedBy(edit)).toEqual(programs);
  });

  it('is the same in another folder', async () => {
    const here = await fingerprintPrograms(folder.path, { files: FILES });
    for (const [file, text] of Object.entries(SOURCES)) folder.write(`copy/of/it/${file}`, text);
    folder.write('copy/of/it/package-lock.json', readFileSync(folder.at('package-lock.json')));
    expect(await fingerprintPrograms(folder.at('copy/of/it'), { files: FILES })).toEqual(here);
  });

  it('is refused where a program imports a file or a package that is not there', async () => {
    replace('lib/kernels.ts', './smooth.js', './gone.js');
    await expect(fingerprintPrograms(folder.path, { files: FILES })).rejects.toThrow('./gone.js');
    folder.write('lib/kernels.ts', `export { ema } from 'not-locked';`);
    await expect(fingerprintPrograms(folder.path, { files: FILES })).rejects.toThrow('not-locked');
  });
});

describe('the fingerprints of the real programs', () => {
  /** Programs whose fingerprint moves when the given sources get `prefix` in front. */
  async function movedBy(files: readonly string[], prefix: string): Promise<string[]> {
    const edited = files.map((file) => {
      const full = path.join(ROOT, file);
      return [full, prefix + readFileSync(full, 'utf8')] as const;
    });
    const [before, after] = await Promise.all([
      fingerprintPrograms(ROOT),
      fingerprintPrograms(ROOT, { overlay: new Map(edited) }),
    ]);
    return Object.keys(before)
      .filter((program) => before[program] !== after[program])
      .sort();
  }

  it('exist for every program of the plan', async () => {
    expect(Object.keys(PROGRAM_FILES).sort()).toEqual(Object.keys(PROGRAM_STAGES).sort());
    expect(Object.keys(await fingerprintPrograms(ROOT)).sort()).toEqual(Object.keys(PROGRAM_STAGES).sort());
  });

  it('do not move when every source gets a comment', async () => {
    const sources = filesBelow(['lib', 'native', 'activities'], '.ts');
    expect(await movedBy(sources, '/* a remark */\n')).toEqual([]);
  });

  const EFFECT = 'globalThis.edited = true;\n';

  it.each<[string, string[]]>([
    ['lib/features/kernels/rsi.ts', ['backtest', 'evaluate', 'features']],
    ['lib/report/page.ts', ['reportPage']],
    ['lib/bars/segments.ts', ['backtest', 'evaluate', 'features']],
    ['lib/backtest/account.ts', ['backtest']],
    ['lib/model/training.ts', ['fold']],
  ])('move only where %s is reached', async (file, programs) => {
    expect(await movedBy([file], EFFECT)).toEqual(programs);
  });

  it('all move when the errors that all throw change', async () => {
    expect(await movedBy(['lib/errors.ts'], EFFECT)).toEqual(Object.keys(PROGRAM_STAGES).sort());
  });

  it('do not move with workflows, commands and the plan', async () => {
    const sources = filesBelow(['workflows', 'commands', 'lib/plan'], '.ts');
    expect(await movedBy(sources, EFFECT)).toEqual([]);
  });
});
