import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { isUnchanged, readStamp, stampFile, writeJson } from '../../../scripts/setup/stamp.mjs';
import { useTemporaryFolder } from '../temporary-folder.js';

const folder = useTemporaryFolder();
let tool = '';

beforeEach(() => {
  tool = folder.write('bin/tool', 'original');
});

describe('a stamped file', () => {
  it('is unchanged while nobody writes it and the wish is the same', async () => {
    const stamped = await stampFile(tool, '1.9.1');
    expect(isUnchanged(stamped, '1.9.1')).toBe(true);
    expect(isUnchanged(stamped, '1.9.2')).toBe(false);
  });

  it('is changed when it is gone or was never stamped', async () => {
    const stamped = await stampFile(tool, '1');
    rmSync(tool);
    expect(isUnchanged(stamped, '1')).toBe(false);
    expect(isUnchanged(undefined, '1')).toBe(false);
  });

  it('is changed by a write of equal length whose time was set back', async () => {
    const stamped = await stampFile(tool, '1');
    const { atime, mtime } = statSync(tool);
    writeFileSync(tool, 'damaged!');
    utimesSync(tool, atime, mtime);
    expect(isUnchanged(stamped, '1')).toBe(false);
  });

  it('is unchanged when the folder around it was moved aside and back, as around npm ci', async () => {
    const stamped = await stampFile(tool, '1');
    renameSync(folder.at('bin'), folder.at('aside'));
    expect(isUnchanged(stamped, '1')).toBe(false);
    renameSync(folder.at('aside'), folder.at('bin'));
    expect(isUnchanged(stamped, '1')).toBe(true);
  });

  it('cannot be stamped when it is not there, or is a folder', async () => {
    mkdirSync(folder.at('dir'));
    await expect(stampFile(folder.at('nothing'), '1')).rejects.toThrow('vanished');
    await expect(stampFile(folder.at('dir'), '1')).rejects.toThrow('vanished');
  });
});

describe('the stamp', () => {
  it('comes back as it was written', async () => {
    const stamp = { layout: 1, root: '/home/x', files: { tool: await stampFile(tool, '1') } };
    writeJson(folder.at('set-up.json'), stamp);
    expect(readStamp(folder.at('set-up.json'), '/home/x')).toEqual(stamp);
  });

  it.each([
    ['there is none', null],
    ['it is damaged', '{"layout": 1, "fi'],
    ['it has another layout', '{"layout": 0, "root": "/home/x", "files": {"tool": {}}}'],
    ['it came with a copy of another checkout', '{"layout": 1, "root": "/home/y", "files": {"tool": {}}}'],
  ])('is empty where %s', (_, content) => {
    if (content !== null) folder.write('set-up.json', content);
    expect(readStamp(folder.at('set-up.json'), '/home/x').files).toEqual({});
  });

  it('is replaced in one step', () => {
    const file = folder.write('set-up.json', 'old');
    writeJson(file, { a: 1 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: 1 });
  });
});
