import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../scripts/setup/lock.mjs';
import { useTemporaryFolder } from '../temporary-folder.js';

const folder = useTemporaryFolder();
const silent = (): void => undefined;

describe('withLock', () => {
  it('lets one in at a time and gives the answer of each', async () => {
    const file = folder.at('build', 'lock');
    let inside = 0;
    const work = async (answer: number): Promise<number> => {
      inside++;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      return answer;
    };
    const answers = await Promise.all([1, 2, 3].map((n) => withLock(file, silent, () => work(n))));
    expect(answers).toEqual([1, 2, 3]);
    expect(existsSync(file)).toBe(false);
  });

  it('is given back when the work fails', async () => {
    const file = folder.at('lock');
    await expect(withLock(file, silent, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const file = folder.write('lock', String(pid));
    const holder = await withLock(file, silent, () => Promise.resolve(readFileSync(file, 'utf8')));
    expect(holder).toBe(String(process.pid));
  });

  it('says whom it waits for', async () => {
    const file = folder.at('lock');
    writeFileSync(file, String(process.ppid));
    const lines: string[] = [];
    const waiting = withLock(
      file,
      (line) => {
        lines.push(line);
        writeFileSync(file, String(spawnSync(process.execPath, ['-e', '']).pid));
      },
      () => Promise.resolve('in'),
    );
    expect(await waiting).toBe('in');
    expect(lines).toEqual([expect.stringContaining(`process ${process.ppid}`)]);
  });
});
