import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bundleThreads } from '../../../scripts/build/bundles.mjs';
import { ROOT } from '../../architecture/sources.js';
import { useTemporaryFolder } from '../temporary-folder.js';

const folder = useTemporaryFolder();

/** Path of the bundle's entry after a build of code that answers `answer`. */
async function bundleOf(answer: number): Promise<string> {
  folder.write('dist/activities/program-thread.js', `export const run = () => import('./late.js');`);
  folder.write(
    'dist/activities/late.js',
    `export { strToU8 } from 'fflate';\nexport const answer = ${answer};`,
  );
  await bundleThreads(folder.path);
  const { entry } = JSON.parse(readFileSync(folder.at('dist/threads.json'), 'utf8')) as { entry: string };
  return folder.at(path.join('dist', entry));
}

async function answerOf(entry: string): Promise<number> {
  const { run } = (await import(entry)) as { run(): Promise<{ answer: number }> };
  return (await run()).answer;
}

it('keeps the bundle that a running worker started from, and drops those of long ago', async () => {
  symlinkSync(path.join(ROOT, 'node_modules'), folder.at('node_modules'));
  folder.write('package.json', '{"type": "module"}');
  const first = await bundleOf(1);
  const second = await bundleOf(2);
  expect(await answerOf(second)).toBe(2);
  expect(await answerOf(first)).toBe(1);
  for (const answer of [3, 4, 5]) await bundleOf(answer);
  expect(existsSync(first)).toBe(true);
  expect(await bundleOf(1)).toBe(first);
  await bundleOf(6);
  expect([first, second].map((entry) => existsSync(entry))).toEqual([true, false]);
});
